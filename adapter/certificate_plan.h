/* certificate_plan.h - what the leader does next about the serving certificate that the adapter makes for itself. Pure.
 *
 * Kept      in one Secret: tls.crt and tls.key, what every replica serves with; next-tls.crt and next-tls.key, while it is being
 *           renewed; ca.crt, the CAs that clients must trust, which is what caBundle must say
 * Renewal   PREPARE makes the next certificate and adds its CA to ca.crt; PUBLISH writes ca.crt into caBundle; once both have stood for
 *           the settling time, SWITCH makes the next the serving one; when a CA expires, TIDY takes it out of ca.crt,
 *           and PUBLISH out of caBundle. So at every moment caBundle holds the CA of each certificate that a replica may still serve
 * Crash     each step is one write, guarded by the resourceVersion that was read, and what is next depends on nothing but what is
 *           written: any leader goes on where another has stopped. Only the settling time starts anew
 * Due       when less than a third of the lifetime is left, when the names are others, or when it would live for longer than it should
 * No good   a serving certificate that is missing, broken, foreign or expired is replaced at once, by the next if that is good: there is
 *           nothing to protect. Likewise when caBundle cannot be written (no right, no cluster) until the serving
 *           certificate ends
 * Limits    caBundle is written only when spec.service is ours; insecureSkipTLSVerify is never written
 * Source    DESIGN section 9 */
#ifndef ADAPTER_CERTIFICATE_PLAN_H
#define ADAPTER_CERTIFICATE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "apiservice/own_ca.h"

/* The APIService v1beta1.external.metrics.k8s.io. */
enum registration {
    REGISTRATION_UNKNOWN, /* not read yet */
    REGISTRATION_MISSING,
    REGISTRATION_FOREIGN,  /* it leads to another service */
    REGISTRATION_INSECURE, /* ours, with insecureSkipTLSVerify: no caBundle may stand beside it */
    REGISTRATION_OURS,
};

struct certificate_facts {
    bool leads;
    bool secret_known, secret_exists;
    struct own_pair serving, next;
    bool bundle_tidy; /* ca.crt needs no tidying */
    int64_t bundle_first_end_unix_ms;
    enum registration registration;
    bool published;      /* caBundle is ca.crt */
    int64_t settled_ms;  /* for so long we have seen ca.crt as it is, and published if it can be; 0: not so */
    int64_t lifetime_ms; /* of a new certificate */
    int64_t now_unix_ms;
};

enum certificate_step {
    CERTIFICATE_WAIT,
    CERTIFICATE_ISSUE,   /* a new one, to be served at once */
    CERTIFICATE_PREPARE, /* a new one, to be the next */
    CERTIFICATE_SWITCH,  /* the next is the serving one */
    CERTIFICATE_TIDY,    /* ca.crt and a next that is no good */
    CERTIFICATE_PUBLISH, /* caBundle = ca.crt */
};

struct certificate_plan {
    enum certificate_step step;
    int64_t wait_ms; /* CERTIFICATE_WAIT: time alone changes nothing before; INT64_MAX: never */
    const char *why; /* for the log */
};

struct certificate_plan certificate_plan(const struct certificate_facts *facts);
int64_t certificate_settling_ms(int64_t lifetime_ms); /* a minute, or a tenth of a lifetime below ten minutes */

/* What is wrong, for metrics and logs: a set of bits. The last two are told by who reads and writes. */
enum certificate_problem {
    CERTIFICATE_SECRET_MISSING,
    CERTIFICATE_NO_GOOD, /* there is none to serve with, or it has expired */
    CERTIFICATE_REGISTRATION_MISSING,
    CERTIFICATE_REGISTRATION_FOREIGN,
    CERTIFICATE_REGISTRATION_INSECURE,
    CERTIFICATE_READ_FAILED,
    CERTIFICATE_WRITE_FAILED,
    CERTIFICATE_PROBLEMS,
};

/* What concerns the registration is the leader's to tell. */
unsigned certificate_problems(const struct certificate_facts *facts);
const char *certificate_problem_name(enum certificate_problem problem); /* "registration_foreign" */
const char *certificate_problem_text(enum certificate_problem problem); /* what it means and what to do */

#endif
