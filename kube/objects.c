#include "kube/objects.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/escape.h"
#include "base/json.h"

struct object_call {
    object_done *done;
    void *context;
};

static int read_object(const struct buffer *body, json_t **out_new, struct error *err)
{
    CLEANUP(json_decrefp) json_t *root = NULL;

    if (json_read(buffer_text(body), body->len, &root, err) < 0)
        return -1;
    if (!json_is_object(root))
        return error_set(err, ERROR_INVALID, "expected a JSON object, got %s", json_type_name(root));
    *out_new = root;
    root = NULL;
    return 0;
}

static void on_done(void *context, struct http_response *answer, const struct error *err)
{
    const struct object_call *call = context;
    CLEANUP(json_decrefp) json_t *object = NULL;
    struct object_result result = {.status = answer ? answer->status : 0, .retry_after_ms = answer ? answer->retry_after_ms : -1};
    struct error why = {0};

    if (answer && !err && read_object(&answer->body, &object, &why) < 0)
        err = &why;
    result.object = object;
    call->done(call->context, &result, err);
}

static const char *content_type_of(const struct object_request *request)
{
    return request->method && strcmp(request->method, "PATCH") == 0 ? "application/merge-patch+json" : "application/json";
}

struct kube_call *object_start(struct kube_client *client, const struct object_request *request, object_done *done, void *context,
                               struct error *err)
{
    struct object_call *call = malloc(sizeof(*call));
    char *written = request->object ? json_dumps(request->object, JSON_COMPACT) : NULL;
    struct kube_request wire = {
        .method = request->method,
        .path = request->path,
        .body = written ? written : request->body,
        .body_len = written ? strlen(written) : request->body_len,
        .content_type = content_type_of(request),
        .answer_limit = OBJECT_BYTES_MAX,
        .timeout_ms = request->timeout_ms > 0 ? request->timeout_ms : OBJECT_TIMEOUT_MS,
        .release = free,
    };
    struct kube_call *started = NULL;

    if (!call || (request->object && !written)) {
        error_no_memory(err);
    } else {
        *call = (struct object_call){.done = done, .context = context};
        started = kube_client_start(client, &wire, on_done, call, err);
    }
    if (!started)
        free(call);
    if (written)
        explicit_bzero(written, strlen(written)); /* a Secret */
    free(written);
    return started;
}

const char *object_version(const json_t *object)
{
    const char *version = json_string_value(json_object_get(json_object_get(object, "metadata"), "resourceVersion"));

    return version ? version : "";
}

int secret_entry_read(const json_t *secret, const char *key, struct buffer *out, struct error *err)
{
    const json_t *entries = NULL;
    const char *text = NULL;

    if (json_object_optional(secret, "data", &entries, err) < 0)
        return -1;
    if (json_text_optional(entries, key, &text, err) < 0)
        return error_wrap(err, "data");
    if (!text)
        return error_set(err, ERROR_NOT_FOUND, "data.%s: not in the Secret", key);
    if (base64_decode(text, strlen(text), out))
        return 0;
    if (out->no_memory)
        return error_no_memory(err);
    if (buffer_failed(out))
        return error_set(err, ERROR_LIMIT, "data.%s: larger than %zu bytes", key, out->limit);
    return error_set(err, ERROR_INVALID, "data.%s: not base64", key);
}

int secret_entry_set(json_t *secret, const char *key, const void *bytes, size_t len, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer packed = BUFFER_INIT(OBJECT_BYTES_MAX);
    json_t *entries = json_object_get(secret, "data");

    if (!json_is_object(entries)) {
        entries = json_object();
        if (json_object_set_new(secret, "data", entries) < 0)
            return error_no_memory(err);
    }
    base64_encode(bytes, len, &packed);
    if (buffer_failed(&packed) || json_object_set_new(entries, key, json_string(buffer_text(&packed))) < 0)
        return error_no_memory(err);
    return 0;
}

int ca_bundle_patch_write(const char *version, const char *ca_pem, struct buffer *out, struct error *err)
{
    (void)buffer_add_text(out, "{\"metadata\":{\"resourceVersion\":");
    escape_json_string(out, version, strlen(version));
    (void)buffer_add_text(out, "},\"spec\":{\"caBundle\":\"");
    base64_encode(ca_pem, strlen(ca_pem), out);
    (void)buffer_add_text(out, "\"}}");
    if (out->no_memory)
        return error_no_memory(err);
    return buffer_failed(out) ? error_set(err, ERROR_LIMIT, "caBundle: larger than %zu bytes", out->limit) : 0;
}
