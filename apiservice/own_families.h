/* own_families.h - the table of families that tell of the adapter itself and are in no snapshot: on /metrics only.
 *
 * Shape    the order of the rows is the order in the documents; a family without a part of the adapter that has it is not served
 *          (adapter_leader without a Lease) */
#ifndef APISERVICE_OWN_FAMILIES_H
#define APISERVICE_OWN_FAMILIES_H

#include "apiservice/exposition.h"

enum own_family {
    OWN_SOURCE_UP,
    OWN_SOURCE_LAST_SUCCESS,
    OWN_BUILD_INFO,
    OWN_CONFIG_HASH,
    OWN_CONFIG_LAST_RELOAD,
    OWN_CONFIG_LOADED,
    OWN_LEADER,
    OWN_CERTIFICATE_EXPIRY,
    OWN_CERTIFICATE_PROBLEM,
    OWN_CONNECTIONS,
    OWN_CONNECTIONS_ENDED,
    OWN_HANDSHAKE_FAILURES,
    OWN_REQUESTS_IN_FLIGHT,
    OWN_REQUEST_DURATION,
    OWN_EXTERNAL_READS,
    OWN_AUTHENTICATION,
    OWN_AUTHENTICATION_REFUSED,
    OWN_REVIEWS,
    OWN_REVIEW_DURATION,
    OWN_REVIEW_CACHE,
    OWN_PROTECTED_PODS,
    OWN_PROTECTION_MARKS,
    OWN_PROTECTION_UNMARKS,
    OWN_PROTECTION_FAILURES,
    OWN_WORKSHOP_CONFIGMAPS,
    OWN_FAMILIES
};

struct own_family_row {
    const char *name, *type;
    const char *labels; /* for the documents: "`route`, `code`"; "": none */
    const char *help;
};

const struct own_family_row *own_family(enum own_family id);
/* Begins it; its samples come next. */
void own_family_begin(struct exposition *exposition, enum own_family id);
/* All of a family that has one sample without labels. */
void own_family_value(struct exposition *exposition, enum own_family id, double value);

#endif
