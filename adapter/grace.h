/* grace.h - how long a provisioner that must go may go on with its build, against how long builds take. Pure.
 *
 * Units    *_s: seconds; *_ms: milliseconds
 * Source   coder-api.md section 5: at SIGTERM a provisioner ends its build, at the end of the pod's grace period it is killed with it */
#ifndef ADAPTER_GRACE_H
#define ADAPTER_GRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

enum {
    GRACE_DEFAULT_S = 30, /* of Kubernetes, where the pod says nothing */
    GRACE_STEP_S = 30,    /* what is advised is a multiple of it */
    GRACE_CHART_S = 600,  /* of Coder's chart */
};

/* Measured run times; 0: none. */
struct grace_measured {
    int64_t p99_ms, longest_ms;
};

/* terminationGracePeriodSeconds of a Deployment's or StatefulSet's pods; -1: that is no such object. */
int64_t grace_of_workload(const json_t *workload);
/* What to set it to: the next step above the longest. */
int64_t grace_wanted_s(const struct grace_measured *measured);
/* Is it below the p99, or below the longest? */
bool grace_is_short(int64_t grace_s, const struct grace_measured *measured);
/* {"terminationGracePeriodSeconds":600,"p99Seconds":..,"longestSeconds":..,"tooShort":false,"wantedSeconds":null}; grace_s -1: not known,
 * null; the measured are null when there are none */
void grace_json(int64_t grace_s, const struct grace_measured *measured, struct buffer *out);

#endif
