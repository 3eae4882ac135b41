/* coder_client.h - Coder's HTTP API, asked from the loop.
 *
 * Shape    one client per Coder deployment; each call is one GET; the answer's body goes to done undecoded when it is 200
 *          and JSON, else an error that says what to do (which role the token needs; that 404 mostly means a missing role)
 * Token    from a file, re-read when it changes and after a 401; sent as Coder-Session-Token, never logged
 * Bounds   body limit, timeout (http.h)
 * Threads  the loop's
 * Owner    the options' strings are copied; a call ends with done or with coder_call_cancel (then done is not called) */
#ifndef QUEUE_CODER_CLIENT_H
#define QUEUE_CODER_CLIENT_H

#include "base/http.h"
#include "queue/uuid.h"

struct coder_client;
struct coder_call;

enum {
    CODER_BODY_MAX = 32 * 1024 * 1024, /* or CODER_ELEMENT_BYTES for each element that was asked for, if that is more */
    CODER_ELEMENT_BYTES = 1536,        /* on average: a job has about 900 bytes */
    CODER_IDS_MAX = 100,               /* in one question: under 4 KiB of address */
    CODER_WORKSPACES_PAGE = 50,
};

struct coder_options {
    const char *url; /* without a slash at the end, or with one */
    const char *token_file;
    const char *ca_file; /* "": the system's */
    int64_t timeout_ms;
    size_t job_limit;
};

/* One answer of Coder. */
struct coder_answer {
    struct buffer body;      /* may be moved out */
    size_t limit;            /* of elements, as asked for, when more may exist; 0: none */
    int64_t clock_offset_ms; /* Coder's clock minus ours, by its Date header; 0 when it sent none or the two agree within its precision */
    int64_t received_boot_ms, received_unix_ms;
    int64_t duration_ms;
    int64_t asked_unix_ms; /* when we asked: what it says is at least as new */
    int64_t asked_boot_ms;
};

/* answer or err; retry_after_ms: rest of this path after a 429, -1 otherwise */
typedef void coder_done(void *context, struct coder_answer *answer, const struct error *err, int64_t retry_after_ms);

struct coder_client *coder_client_new(struct http_client *http, const struct coder_options *options, struct error *err) MUST_CHECK;
void coder_client_free(struct coder_client *client); /* nothing may be running */
DEFINE_CLEANUP_POINTER(struct coder_client, coder_client_free)

/* All of them return NULL and err when the call could not even be started (no token file, ...). */
struct coder_call *coder_list_active_jobs(struct coder_client *client, const char *organization, coder_done *done, void *context,
                                          struct error *err) MUST_CHECK;
/* With limit DAEMON_LIST_MAX */
struct coder_call *coder_list_daemons(struct coder_client *client, const char *organization, coder_done *done, void *context,
                                      struct error *err) MUST_CHECK;
/* GET /organizations/{organization}: to resolve names, ids and "default" to one id */
struct coder_call *coder_get_organization(struct coder_client *client, const char *organization, coder_done *done, void *context,
                                          struct error *err) MUST_CHECK;
/* Jobs whatever their status, by id: how finished ones are read, since the list of them costs Coder its whole history */
struct coder_jobs_asked {
    const char *organization;
    const struct uuid *ids;
    size_t n; /* 1 to CODER_IDS_MAX */
};
struct coder_call *coder_get_jobs_by_ids(struct coder_client *client, const struct coder_jobs_asked *asked, coder_done *done, void *context,
                                         struct error *err) MUST_CHECK;
/* A page of at most CODER_WORKSPACES_PAGE workspaces of all organizations. Costs Coder much: rarely. */
struct coder_call *coder_list_workspaces(struct coder_client *client, size_t offset, coder_done *done, void *context, struct error *err)
    MUST_CHECK;
/* Whose the token is. */
struct coder_call *coder_get_user(struct coder_client *client, coder_done *done, void *context, struct error *err) MUST_CHECK;
void coder_call_cancel(struct coder_call *call);

#endif
