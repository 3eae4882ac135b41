/* health.h - /healthz, /livez and /readyz, with ?verbose, ?exclude= and single checks (/readyz/NAME).
 *
 * Shape    the caller's table of checks; "ping", which always passes, comes before them, and readyz has "shutdown" after them.
 *          Reasons are told in the log when a check begins to fail; who asks without a right sees only its name
 * Threads  checks are called on server threads, several at once: they read what is atomic or behind a lock of their own
 * Source   apiserver healthz as kubernetes-api 3.6 recorded it */
#ifndef APISERVICE_HEALTH_H
#define APISERVICE_HEALTH_H

#include <stdatomic.h>

#include "apiservice/exchange.h"
#include "apiservice/target.h"

enum health_kind { HEALTH_HEALTHZ, HEALTH_LIVEZ, HEALTH_READYZ, HEALTH_KINDS };
enum { HEALTH_CHECKS_MAX = 16, HEALTH_REASON_MAX = 256 };

/* True when all is well; else reason says why. */
typedef bool health_check_function(void *context, char *reason, size_t size);

struct health_check {
    const char *name;
    health_check_function *check;
    void *context;
    bool liveness; /* part of healthz and livez too; a check that cannot be cured by a restart must not be */
};

struct health {
    const struct health_check *checks;
    size_t n_checks;           /* at most HEALTH_CHECKS_MAX */
    atomic_bool shutting_down; /* set by the server's drain */
    atomic_bool failing[HEALTH_CHECKS_MAX];
};

/* single: the name of the one check that is asked for, NULL: all of the kind. */
void health_respond(struct health *health, enum health_kind kind, const char *single, const struct target *target,
                    struct response *response);

#endif
