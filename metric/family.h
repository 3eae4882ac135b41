/* family.h - what a metric family is: its name, its labels, which of them may be summed.
 *
 * Shape    plain rows; the table of the public families is adapter/families.c, the only one
 * Source   DESIGN section 6. The HPA sums every item of an answer: a label that may not be summed must have one
 *          value in it */
#ifndef METRIC_FAMILY_H
#define METRIC_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metric_type { METRIC_GAUGE, METRIC_COUNTER };
enum metric_unit { METRIC_COUNT, METRIC_RATIO, METRIC_SECONDS, METRIC_CORES, METRIC_BYTES };

enum { METRIC_LABELS_MAX = 6 };

struct metric_label_spec {
    const char *name; /* NULL ends the list */
    bool summable;
};

struct metric_family {
    const char *name;       /* "coder_provisioner_queue_depth" */
    const char *kind;       /* "CoderProvisionerQueueDepth": kubectl maps resources by kind */
    const char *short_name; /* "cpq" */
    const char *help;       /* one sentence, no full stop */
    enum metric_type type;
    enum metric_unit unit;
    int64_t window_seconds; /* the time that a value is about; 0: one moment, or what the label "window" says */
    bool on_demand;         /* many series: their wire forms are made when they are asked for, and not with each snapshot */
    bool local;             /* on /metrics only, no kind and no short name */
    bool continues;         /* the _sum or _count of a summary in a row before: its series follow it without a HELP and TYPE of their own */
    struct metric_label_spec labels[METRIC_LABELS_MAX + 1];
};

/* NULL when there is none of that name; the comparison ignores case, since the HPA lower-cases names. */
const struct metric_family *metric_family_find(const struct metric_family *families, size_t n, const char *name, size_t name_len);

#endif
