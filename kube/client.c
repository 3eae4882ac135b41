#include "kube/client.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "kube/api_error.h"

enum {
    REFUSAL_BYTES_MAX = 64 * 1024, /* the Status that comes instead of a stream */
    HEADER_BYTES_MAX = 300 * 1024,
    URL_BYTES_MAX = 16 * 1024,
    HEADERS_MAX = 6,
};

struct kube_call {
    struct kube_client *client;
    struct http_transfer *transfer;
    struct kube_request request; /* its texts are ours: see call_new */
    char *method, *url, *body, *content_type, *accept;
    struct buffer refusal; /* the body of an answer that is no stream */
    bool streams, retried;
    kube_done *done;
    void *context;
    struct kube_call *next;
};

struct kube_client {
    struct loop *loop;
    struct http_client *http;
    struct kube_identity *identity;
    struct kube_call *running;
};

/* --- a call and its texts --- */

static void call_unlink(struct kube_call *call)
{
    struct kube_call **at = &call->client->running;

    while (*at && *at != call)
        at = &(*at)->next;
    if (*at)
        *at = call->next;
}

static void call_free(struct kube_call *call)
{
    call_unlink(call);
    if (call->body)
        explicit_bzero(call->body, call->request.body_len); /* a TokenReview holds a token, a Secret a key */
    free(call->method);
    free(call->url);
    free(call->body);
    free(call->content_type);
    free(call->accept);
    buffer_clear(&call->refusal);
    free(call);
}

static void call_end(struct kube_call *call)
{
    loop_callback *release = call->request.release;
    void *context = call->context;

    call_free(call);
    if (release)
        release(context);
}

static char *make_url(const struct kube_call *call, const char *path)
{
    struct buffer url = BUFFER_INIT(URL_BYTES_MAX);

    if (buffer_printf(&url, "%s%s", kube_identity_server(call->client->identity), path) < 0) {
        buffer_clear(&url);
        return NULL;
    }
    return url.data;
}

static int copy_request(struct kube_call *call, const struct kube_request *request)
{
    bool complete;

    call->request = *request;
    call->url = make_url(call, request->path);
    call->method = strdup(request->method ? request->method : "GET");
    call->accept = strdup(request->accept ? request->accept : "application/json");
    complete = call->url && call->method && call->accept;
    if (request->body) {
        call->content_type = strdup(request->content_type ? request->content_type : "application/json");
        call->body = malloc(request->body_len + 1);
        complete = complete && call->content_type && call->body;
    }
    if (!complete)
        return -1;
    if (request->body) {
        memcpy(call->body, request->body, request->body_len);
        call->body[request->body_len] = '\0';
    }
    return 0;
}

/* --- sending --- */

static void on_head(void *context, const struct http_response *head)
{
    struct kube_call *call = context;

    call->streams = call->request.on_data && head->status >= 200 && head->status < 300;
    if (call->request.on_open && head->status >= 200 && head->status < 300)
        call->request.on_open(call->context);
}

static int on_data(void *context, const char *data, size_t len)
{
    struct kube_call *call = context;

    if (call->streams)
        return call->request.on_data(call->context, data, len);
    (void)buffer_append(&call->refusal, data, len); /* what is beyond the limit would not be told anyway */
    return 0;
}

static void on_done(void *context, struct http_response *response, const struct error *err);

struct header_lines {
    char *authorization, *accept, *content_type;
    const char *all[HEADERS_MAX];
};

static void header_lines_clear(struct header_lines *lines)
{
    if (lines->authorization)
        explicit_bzero(lines->authorization, strlen(lines->authorization));
    free(lines->authorization);
    free(lines->accept);
    free(lines->content_type);
}

/* Adds the line unless there is no value; false when out of memory. */
static bool add_line(const char *name, const char *value, char **out)
{
    struct buffer line = BUFFER_INIT(HEADER_BYTES_MAX);

    if (!value)
        return true;
    if (buffer_printf(&line, "%s%s", name, value) < 0)
        buffer_clear(&line);
    *out = line.data;
    return *out != NULL;
}

static int make_lines(const struct kube_call *call, const char *token, struct header_lines *lines)
{
    size_t n = 0;

    if (!add_line("Accept: ", call->accept, &lines->accept) || !add_line("Content-Type: ", call->content_type, &lines->content_type) ||
        !add_line("Authorization: Bearer ", token, &lines->authorization))
        return -1;
    lines->all[n++] = "User-Agent: coder-metrics-adapter/" VERSION;
    lines->all[n++] = "Expect:"; /* curl's 100-continue would cost a second before a large body */
    lines->all[n++] = lines->accept;
    if (lines->content_type)
        lines->all[n++] = lines->content_type;
    if (lines->authorization)
        lines->all[n] = lines->authorization;
    return 0;
}

static int send_call(struct kube_call *call, struct error *err)
{
    struct kube_credentials identity = kube_identity_credentials(call->client->identity);
    CLEANUP(header_lines_clear) struct header_lines lines = {0};
    struct http_request request = {
        .method = call->method,
        .url = call->url,
        .headers = lines.all,
        .body = call->body,
        .body_len = call->request.body_len,
        .answer_limit = call->request.answer_limit,
        .timeout_ms = call->request.timeout_ms,
        .ca_pem = identity.ca_pem,
        .client_cert_pem = identity.client_cert_pem,
        .client_key_pem = identity.client_key_pem,
        .on_head = on_head,
        .on_data = call->request.on_data ? on_data : NULL,
    };

    if (make_lines(call, identity.token, &lines) < 0)
        return error_no_memory(err);
    buffer_reset(&call->refusal);
    call->streams = false;
    call->transfer = http_client_start(call->client->http, &request, on_done, call, err);
    return call->transfer ? 0 : -1;
}

/* --- the end of a call --- */

static bool is_success(int status)
{
    return status >= 200 && status < 300;
}

static int explain(const struct kube_call *call, const struct http_response *response, struct error *err)
{
    const struct buffer *body = call->request.on_data ? &call->refusal : &response->body;

    api_error_set(err, response->status, buffer_text(body), body->len);
    return error_wrap(err, "%s %.*s", call->method, (int)strcspn(call->url, "?"), call->url);
}

static void on_done(void *context, struct http_response *response, const struct error *err)
{
    struct kube_call *call = context;
    struct error why = {0};

    call->transfer = NULL;
    if (response && response->status == 401 && !call->retried && kube_identity_reread_token(call->client->identity)) {
        call->retried = true;
        if (send_call(call, &why) == 0)
            return;
        response = NULL;
        err = &why;
    } else if (response && !is_success(response->status)) {
        explain(call, response, &why);
        err = &why;
    }
    call_unlink(call); /* first: done may start or cancel others */
    call->done(call->context, response, err);
    call_end(call);
}

void kube_call_cancel(struct kube_call *call)
{
    if (!call)
        return;
    if (call->transfer)
        http_transfer_cancel(call->transfer);
    call_end(call);
}

/* --- the client --- */

struct kube_call *kube_client_start(struct kube_client *client, const struct kube_request *request, kube_done *done, void *context,
                                    struct error *err)
{
    struct kube_call *call = calloc(1, sizeof(*call));

    if (!call) {
        error_no_memory(err);
        return NULL;
    }
    *call = (struct kube_call){.client = client, .done = done, .context = context, .refusal = BUFFER_INIT(REFUSAL_BYTES_MAX)};
    if (copy_request(call, request) < 0) {
        error_set(err, ERROR_MEMORY, "%s: out of memory, or the path is too long", request->path);
        call_free(call);
        return NULL;
    }
    if (send_call(call, err) < 0) {
        call_free(call);
        return NULL;
    }
    call->next = client->running;
    client->running = call;
    return call;
}

struct kube_client *kube_client_new(struct loop *loop, struct kube_identity *identity, struct error *err)
{
    struct kube_client *client = calloc(1, sizeof(*client));

    if (!client) {
        error_no_memory(err);
        return NULL;
    }
    *client = (struct kube_client){.loop = loop, .identity = identity, .http = http_client_new(loop, err)};
    if (!client->http) {
        free(client);
        return NULL;
    }
    return client;
}

void kube_client_free(struct kube_client *client)
{
    if (!client)
        return;
    while (client->running)
        kube_call_cancel(client->running);
    http_client_free(client->http);
    free(client);
}

struct loop *kube_client_loop(const struct kube_client *client)
{
    return client->loop;
}
