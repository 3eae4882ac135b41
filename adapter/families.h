/* families.h - the table of public metrics: the only place where their names stand.
 *
 * Source   DESIGN section 6. The order of the rows is the order on /metrics and in the documents */
#ifndef ADAPTER_FAMILIES_H
#define ADAPTER_FAMILIES_H

#include "metric/family.h"

enum family {
    FAMILY_QUEUE_DEPTH,
    FAMILY_ACTIVE_JOBS,
    FAMILY_DEMAND,
    FAMILY_OLDEST_PENDING,
    FAMILY_DAEMONS,
    FAMILY_UTILIZATION,
    FAMILY_UNSERVED_JOBS,
    FAMILY_UNMANAGED_JOBS,
    FAMILY_JOB_DURATION,
    FAMILY_JOB_DURATION_SUM,
    FAMILY_JOB_DURATION_COUNT,
    FAMILY_JOB_WAIT,
    FAMILY_JOB_WAIT_SUM,
    FAMILY_JOB_WAIT_COUNT,
    FAMILY_JOB_FAILURE_RATIO,
    FAMILY_JOBS_COMPLETED,
    FAMILY_SOURCE_ERRORS,
    FAMILY_POLL_DURATION,
    FAMILY_OUTSIDE_DAEMONS,
    FAMILY_LOST_COMPLETIONS,
    FAMILIES
};

const struct metric_family *family(enum family family);
const struct metric_family *families_all(size_t *n);

#endif
