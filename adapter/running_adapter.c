#include "adapter/running_adapter.h"

#include <string.h>

#include "base/escape.h"
#include "base/file.h"
#include "base/http.h"
#include "base/json.h"
#include "kube/path.h"

enum { TIMEOUT_MS = 10 * 1000, URL_MAX = 8192, TOKEN_MAX = 64 * 1024, STATUS_TEXT_MAX = 400 };

/* One question on its way. */
struct asking {
    const struct running_adapter *adapter;
    struct loop *loop;
    struct buffer body;
    int status;
    struct error err; /* code ERROR_NONE: there is an answer */
};

static void asking_clear(struct asking *asking)
{
    buffer_clear(&asking->body);
}

static void on_done(void *context, struct http_response *response, const struct error *err)
{
    struct asking *asking = context;

    if (err) {
        asking->err = *err;
    } else {
        asking->status = response->status;
        asking->body = buffer_move(&response->body);
    }
    loop_stop(asking->loop);
}

static int make_url(const struct running_adapter *adapter, const struct explain_question *question, struct buffer *out, struct error *err)
{
    size_t len = strlen(adapter->server);

    while (len > 0 && adapter->server[len - 1] == '/')
        len--;
    if (strncmp(adapter->server, "https://", 8) != 0 || len <= 8)
        return error_set(err, ERROR_INVALID, "--server %s: expected https://HOST:PORT", adapter->server);
    (void)buffer_append(out, adapter->server, len);
    (void)buffer_add_text(out, "/explain/namespaces");
    path_add_segment(out, question->name_space);
    path_add_segment(out, question->metric);
    if (question->selector)
        path_add_query(out, "labelSelector", question->selector);
    return buffer_failed(out) ? error_set(err, ERROR_LIMIT, "metric, namespace and selector are too long") : 0;
}

static int make_authorization(const struct running_adapter *adapter, struct buffer *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer token = BUFFER_INIT(TOKEN_MAX);

    if (!adapter->token_file)
        return 0;
    if (file_read_secret(adapter->token_file, &token, err) < 0)
        return error_wrap(err, "--token-file");
    return buffer_printf(out, "Authorization: Bearer %s", buffer_text(&token)) < 0 ? error_no_memory(err) : 0;
}

static int ask(struct asking *asking, const char *url, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer authorization = BUFFER_INIT(TOKEN_MAX + 64);
    CLEANUP(loop_freep) struct loop *loop = loop_new(err);
    CLEANUP(http_client_freep) struct http_client *http = loop ? http_client_new(loop, err) : NULL;
    const char *headers[] = {"Accept: application/json", NULL, NULL};
    struct http_request request = {.url = url,
                                   .headers = headers,
                                   .answer_limit = RUNNING_ADAPTER_ANSWER_MAX,
                                   .timeout_ms = TIMEOUT_MS,
                                   .ca_file = asking->adapter->ca_file,
                                   .connect_to = asking->adapter->connect_to,
                                   .loopback_unverified = !asking->adapter->ca_file};

    if (!http || make_authorization(asking->adapter, &authorization, err) < 0)
        return -1;
    headers[1] = authorization.len > 0 ? authorization.data : NULL;
    asking->loop = loop;
    if (!http_client_start(http, &request, on_done, asking, err) || loop_run(loop, err) < 0)
        return -1;
    if (asking->err.code == ERROR_NONE)
        return 0;
    *err = asking->err;
    return -1;
}

/* A Status says what was wrong; anything else is not an adapter's. */
static int refused(const struct asking *asking, const json_t *answer, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT((size_t)STATUS_TEXT_MAX * 4);
    const char *text = json_string_value(json_object_get(answer, "message"));

    if (!text)
        return error_set(err, ERROR_INVALID, "%s answered HTTP %d without a Status; is this an adapter?", asking->adapter->server,
                         asking->status);
    escape_controls(&message, text, strnlen(text, STATUS_TEXT_MAX));
    return error_set(err, ERROR_INVALID, "HTTP %d: %s", asking->status, buffer_text(&message));
}

static int read_answer(const struct asking *asking, json_t **out_new, struct error *err)
{
    CLEANUP(json_decrefp) json_t *answer = NULL;
    struct error not_json = {0};

    if (json_read(buffer_text(&asking->body), asking->body.len, &answer, &not_json) < 0 && asking->status == 200)
        return error_set(err, ERROR_INVALID, "%s did not answer in JSON; is this an adapter?", asking->adapter->server);
    if (asking->status != 200)
        return refused(asking, answer, err);
    if (!json_is_array(json_object_get(answer, "sources")))
        return error_set(err, ERROR_INVALID, "%s answered something else than an explanation; is this an adapter?",
                         asking->adapter->server);
    *out_new = json_incref(answer);
    return 0;
}

int running_adapter_explain(const struct running_adapter *adapter, const struct explain_question *question, struct buffer *out_body,
                            json_t **out_new, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer url = BUFFER_INIT(URL_MAX);
    CLEANUP(asking_clear) struct asking asking = {.adapter = adapter};

    if (make_url(adapter, question, &url, err) < 0 || ask(&asking, buffer_text(&url), err) < 0 || read_answer(&asking, out_new, err) < 0)
        return -1;
    if (out_body)
        *out_body = buffer_move(&asking.body);
    return 0;
}
