/* objects.h - one API object: read, written, patched, as JSON.
 *
 * Shape    done gets the object of a 2xx answer, or an error; the status is there whenever an answer came (404, 409: the
 *          caller may know what to do)
 * Bounds   OBJECT_BYTES_MAX, OBJECT_TIMEOUT_MS
 * Threads  the loop's
 * Owner    the request is copied; the result lives for the call of done only */
#ifndef KUBE_OBJECTS_H
#define KUBE_OBJECTS_H

#include <jansson.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "kube/client.h"

enum {
    OBJECT_BYTES_MAX = 3 * 1024 * 1024, /* etcd refuses more than 1.5 MiB */
    OBJECT_TIMEOUT_MS = 10000,
};

struct object_request {
    const char *method; /* NULL: GET; PUT, POST, PATCH (a JSON merge patch, RFC 7396) */
    const char *path;
    const json_t *object; /* the body; NULL: none */
    const char *body;     /* instead of object: the body as text */
    size_t body_len;
    int64_t timeout_ms; /* 0: OBJECT_TIMEOUT_MS */
};

struct object_result {
    int status;             /* 0: no answer */
    int64_t retry_after_ms; /* -1: not told */
    json_t *object;         /* NULL with an error */
};

typedef void object_done(void *context, const struct object_result *result, const struct error *err);

/* The call may be cancelled with kube_call_cancel until done is called. */
struct kube_call *object_start(struct kube_client *client, const struct object_request *request, object_done *done, void *context,
                               struct error *err) MUST_CHECK;

/* metadata.resourceVersion, "" when there is none. */
const char *object_version(const json_t *object);

/* One entry of a Secret's data. read appends the bytes; a missing entry is ERROR_NOT_FOUND. */
int secret_entry_read(const json_t *secret, const char *key, struct buffer *out, struct error *err) MUST_CHECK;
int secret_entry_set(json_t *secret, const char *key, const void *bytes, size_t len, struct error *err) MUST_CHECK;

/* The merge patch that gives an APIService this caBundle, and fails with 409 unless it still has that version. */
int ca_bundle_patch_write(const char *version, const char *ca_pem, struct buffer *out, struct error *err) MUST_CHECK;

#endif
