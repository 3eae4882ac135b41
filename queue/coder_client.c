#include "queue/coder_client.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "queue/coder_clock.h"
#include "queue/coder_error.h"
#include "queue/coder_url.h"
#include "queue/daemon.h"

enum { TOKEN_MAX = 4096 };

static const char token_header[] = "Coder-Session-Token: ";

struct coder_client {
    struct http_client *http;
    char *url, *token_file, *ca_file;
    int64_t timeout_ms;
    size_t job_limit;
    struct buffer header;    /* "Coder-Session-Token: ..."; empty until the file was read */
    struct file_stamp stamp; /* of the token file when it was read; zero: to be read again */
};

struct coder_call {
    struct coder_client *client;
    enum coder_resource resource;
    size_t limit;
    struct http_transfer *transfer;
    coder_done *done;
    void *context;
    int64_t asked_unix_ms, asked_boot_ms;
    char organization[];
};

/* What is asked, in the words of errors. Coder wants the permission on jobs for its daemons too, since that list shows what they
 * work on. */
static const struct {
    const char *doing, *permission;
} words[CODER_RESOURCES] = {
    [CODER_ORGANIZATION] = {"read organization", "organization:read"},
    [CODER_ACTIVE_JOBS] = {"list provisioner jobs of", "provisioner_jobs:read"},
    [CODER_DAEMONS] = {"list provisioner daemons of", "provisioner_jobs:read"},
    [CODER_JOBS_BY_ID] = {"read finished provisioner jobs of", "provisioner_jobs:read"},
    [CODER_WORKSPACES] = {"list workspaces of", "workspace:read"},
    [CODER_USER] = {"read the user of", "user:read"},
};

/* --- the client --- */

struct coder_client *coder_client_new(struct http_client *http, const struct coder_options *options, struct error *err)
{
    struct coder_client *client = calloc(1, sizeof(*client));

    if (!client) {
        (void)error_no_memory(err);
        return NULL;
    }
    *client = (struct coder_client){
        .http = http,
        .url = strdup(options->url),
        .token_file = strdup(options->token_file),
        .ca_file = strdup(options->ca_file ? options->ca_file : ""),
        .timeout_ms = options->timeout_ms,
        .job_limit = options->job_limit,
        .header = BUFFER_INIT(sizeof(token_header) + TOKEN_MAX),
    };
    if (!client->url || !client->token_file || !client->ca_file) {
        (void)error_no_memory(err);
        coder_client_free(client);
        return NULL;
    }
    return client;
}

static void forget_token(struct coder_client *client)
{
    if (client->header.data)
        explicit_bzero(client->header.data, client->header.capacity);
    buffer_clear(&client->header);
    client->stamp = (struct file_stamp){0};
}

void coder_client_free(struct coder_client *client)
{
    if (!client)
        return;
    forget_token(client);
    free(client->url);
    free(client->token_file);
    free(client->ca_file);
    free(client);
}

/* --- its token --- */

static int make_header(const struct buffer *token, struct buffer *out, struct error *err)
{
    if (buffer_add_text(out, token_header) < 0 || buffer_append(out, token->data, token->len) < 0)
        return error_no_memory(err);
    return 0;
}

/* The stamp is taken first: a file that changes in between is read again the next time. */
static int refresh_token(struct coder_client *client, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer token = BUFFER_INIT(TOKEN_MAX);
    struct file_stamp stamp = file_stamp_of(client->token_file);
    int result;

    if (stamp.exists && file_stamp_equal(&stamp, &client->stamp))
        return 0;
    forget_token(client);
    if (file_read_secret(client->token_file, &token, err) < 0)
        return error_wrap(err, "Coder's token (coder.tokenFile)");
    result = make_header(&token, &client->header, err);
    explicit_bzero(token.data, token.len);
    if (result == 0)
        client->stamp = stamp;
    return result;
}

/* --- one call --- */

static void fail(const struct coder_call *call, const struct error *why, int64_t retry_after_ms)
{
    struct error err = *why;

    (void)error_wrap(&err, "%s %s", words[call->resource].doing, call->organization);
    call->done(call->context, NULL, &err, retry_after_ms);
}

static void succeed(const struct coder_call *call, struct http_response *response)
{
    int64_t received_unix_ms = clock_unix_ms();
    struct coder_answer answer = {
        .body = buffer_move(&response->body),
        .limit = call->limit,
        .clock_offset_ms = coder_clock_offset_ms(response->date_unix_ms, received_unix_ms, response->duration_ms),
        .received_boot_ms = clock_boot_ms(),
        .received_unix_ms = received_unix_ms,
        .duration_ms = response->duration_ms,
        .asked_unix_ms = call->asked_unix_ms,
        .asked_boot_ms = call->asked_boot_ms,
    };

    call->done(call->context, &answer, NULL, -1);
    buffer_clear(&answer.body);
}

static void on_response(struct coder_call *call, struct http_response *response)
{
    const struct coder_question question = {
        .organization = call->organization,
        .permission = words[call->resource].permission,
        .token_file = call->client->token_file,
    };
    const struct coder_reply reply = {
        .status = response->status,
        .content_type = response->content_type,
        .body = buffer_text(&response->body),
        .body_len = response->body.len,
        .retry_after_ms = response->retry_after_ms,
    };
    struct error err = {0};

    if (coder_check(&question, &reply, &err) == 0) {
        succeed(call, response);
        return;
    }
    if (err.code == ERROR_UNAUTHORIZED)
        call->client->stamp = (struct file_stamp){0};
    fail(call, &err, coder_rest_ms(&reply));
}

static void on_done(void *context, struct http_response *response, const struct error *err)
{
    struct coder_call *call = context;

    if (response)
        on_response(call, response);
    else
        fail(call, err, -1);
    free(call);
}

/* --- asking --- */

struct asking {
    enum coder_resource resource;
    const char *organization;
    coder_done *done;
    void *context;
    const struct uuid *ids;
    size_t n_ids;
    size_t offset;
};

static size_t limit_of(const struct coder_client *client, enum coder_resource resource)
{
    switch (resource) {
    case CODER_ACTIVE_JOBS: return client->job_limit;
    case CODER_DAEMONS: return DAEMON_LIST_MAX;
    case CODER_WORKSPACES: return CODER_WORKSPACES_PAGE;
    case CODER_ORGANIZATION:
    case CODER_JOBS_BY_ID: /* no more of them can exist than are asked for */
    case CODER_USER:
    case CODER_RESOURCES:
    default: return 0;
    }
}

static struct coder_call *call_new(struct coder_client *client, const struct asking *asking)
{
    size_t size = strlen(asking->organization) + 1;
    struct coder_call *call = calloc(1, sizeof(*call) + size);

    if (!call)
        return NULL;
    *call = (struct coder_call){
        .client = client,
        .resource = asking->resource,
        .limit = limit_of(client, asking->resource),
        .done = asking->done,
        .context = asking->context,
        .asked_unix_ms = clock_unix_ms(),
        .asked_boot_ms = clock_boot_ms(),
    };
    memcpy(call->organization, asking->organization, size);
    return call;
}

/* As many elements as were asked for must fit. */
static size_t answer_limit(size_t elements)
{
    size_t needed = elements * CODER_ELEMENT_BYTES;

    return needed > CODER_BODY_MAX ? needed : CODER_BODY_MAX;
}

static int send_call(struct coder_call *call, const struct asking *asking, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer url = BUFFER_INIT(CODER_URL_MAX);
    struct coder_client *client = call->client;
    const struct coder_address address = {
        .base = client->url,
        .organization = call->organization,
        .resource = call->resource,
        .limit = asking->ids ? asking->n_ids : call->limit,
        .ids = asking->ids,
        .offset = asking->offset,
    };
    const char *headers[] = {NULL, "Accept: application/json", "User-Agent: coder-metrics-adapter/" VERSION, NULL};
    struct http_request request = {
        .headers = headers,
        .answer_limit = answer_limit(call->limit),
        .timeout_ms = client->timeout_ms,
        .ca_file = client->ca_file,
    };

    if (coder_url_make(&address, &url, err) < 0 || refresh_token(client, err) < 0)
        return -1;
    request.url = buffer_text(&url);
    headers[0] = buffer_text(&client->header);
    call->transfer = http_client_start(client->http, &request, on_done, call, err);
    return call->transfer ? 0 : -1;
}

static struct coder_call *start(struct coder_client *client, const struct asking *asking, struct error *err)
{
    struct coder_call *call = call_new(client, asking);

    if (!call) {
        (void)error_no_memory(err);
        return NULL;
    }
    if (send_call(call, asking, err) == 0)
        return call;
    (void)error_wrap(err, "%s %s", words[call->resource].doing, call->organization);
    free(call);
    return NULL;
}

void coder_call_cancel(struct coder_call *call)
{
    http_transfer_cancel(call->transfer);
    free(call);
}

struct coder_call *coder_list_active_jobs(struct coder_client *client, const char *organization, coder_done *done, void *context,
                                          struct error *err)
{
    return start(client, &(struct asking){CODER_ACTIVE_JOBS, organization, done, context}, err);
}

struct coder_call *coder_list_daemons(struct coder_client *client, const char *organization, coder_done *done, void *context,
                                      struct error *err)
{
    return start(client, &(struct asking){CODER_DAEMONS, organization, done, context}, err);
}

struct coder_call *coder_get_organization(struct coder_client *client, const char *organization, coder_done *done, void *context,
                                          struct error *err)
{
    return start(client, &(struct asking){CODER_ORGANIZATION, organization, done, context}, err);
}

struct coder_call *coder_get_jobs_by_ids(struct coder_client *client, const struct coder_jobs_asked *asked, coder_done *done, void *context,
                                         struct error *err)
{
    return start(client, &(struct asking){CODER_JOBS_BY_ID, asked->organization, done, context, asked->ids, asked->n}, err);
}

struct coder_call *coder_list_workspaces(struct coder_client *client, size_t offset, coder_done *done, void *context, struct error *err)
{
    return start(client, &(struct asking){CODER_WORKSPACES, "(every one)", done, context, .offset = offset}, err);
}

struct coder_call *coder_get_user(struct coder_client *client, coder_done *done, void *context, struct error *err)
{
    return start(client, &(struct asking){CODER_USER, "(the token)", done, context}, err);
}
