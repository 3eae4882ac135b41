/* own_metrics.h - what /metrics tells about the program itself: configuration, build, leadership and certificate.
 *
 * Threads  setters: the loop's; expose: any server thread (all members are atomic)
 * Owner    {0} is ready to use */
#ifndef ADAPTER_OWN_METRICS_H
#define ADAPTER_OWN_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "apiservice/exposition.h"

struct own_metrics {
    atomic_uint_fast64_t config_hash;
    atomic_int_fast64_t config_loaded_unix_ms; /* of the configuration in force */
    atomic_bool config_refused;                /* the file on disk is not the one in force */
    atomic_bool may_lead, leads;               /* there is a Lease; we hold it */
    atomic_bool own_certificate;               /* it is kept in a Secret */
    atomic_uint certificate_problems;          /* certificate_plan.h */
};

void own_metrics_expose(void *context, struct exposition *exposition); /* context: struct own_metrics */

#endif
