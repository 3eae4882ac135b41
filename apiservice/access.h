/* access.h - may this request have its answer? Authentication and authorization together, for a server thread.
 *
 * Shape    access_judge is called for each request, and again with the same ticket once an answer that it waited for has come. It holds
 *          no rules of its own: whose request it is says authentication.h, what it wants authorization.h, what the API server said
 *          and for how long access_desk.h
 * Errors   401 for credentials that do not hold, 403 for a right that is missing; 503 while the API server cannot be asked or the
 *          cluster's configuration was not read yet, 429 when too many reviews wait. Nothing is allowed without an answer
 * Threads  judge: any; set_config, set_metrics_free: any
 * Owner    new borrows the desk for its life */
#ifndef APISERVICE_ACCESS_H
#define APISERVICE_ACCESS_H

#include "apiservice/access_desk.h"
#include "apiservice/authentication.h"
#include "apiservice/target.h"

enum access_decision {
    ACCESS_GRANTED,
    ACCESS_REFUSED, /* the response says why */
    ACCESS_LATER,   /* hand the request's ticket in: access_wait */
};

struct access;

struct access *access_new(struct access_desk *desk, struct error *err) MUST_CHECK;
void access_free(struct access *access); /* NULL is fine */
DEFINE_CLEANUP_POINTER(struct access, access_free)

/* The configuration in force from now on; access takes a reference of its own. */
void access_set_config(struct access *access, struct authentication_config *config);
/* A reference for the caller; NULL: there was none yet. */
struct authentication_config *access_config(struct access *access) MUST_CHECK;
void access_set_metrics_free(struct access *access, bool free_for_all);

enum access_decision access_judge(struct access *access, const struct request *request, const struct target *target,
                                  struct response *response);
void access_wait(struct access *access, struct access_ticket *ticket, loop_callback *resume, void *context);
/* Who waits is refused, and nobody waits any more. The loop's thread, or when the loop does not run. */
void access_close(struct access *access);

/* context: struct access */
void access_expose(void *context, struct exposition *exposition);

#endif
