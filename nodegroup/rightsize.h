/* rightsize.h - what the requests and limits of provisioners should be, and what a change of them brought. Pure.
 *
 * Shape    figures of one pool of equal pods in one span of time; advice for cpu and for memory, each with its reason
 * Units    cores, bytes, seconds; a share is 0..1. NAN: unknown (a limit: none, where the request is known)
 * Rules    what is censored is doubled: a throttled container, or one whose memory ran out, used what it was let use, so that its
 *          peak says nothing of what it would have used. Else 15 % above the p95 for a request, 25 % above the peak for a limit. Room
 *          that nobody uses is given back only below half of the request. Sizes are rounded up to what people write: 100m, 500m above
 *          one core; 128Mi, 256Mi above 1Gi, 1Gi above 4Gi
 * Source   the HPA's formula for memory: idle memory / request above its target keeps the maximum for ever */
#ifndef NODEGROUP_RIGHTSIZE_H
#define NODEGROUP_RIGHTSIZE_H

#include <stdbool.h>

#include "base/buffer.h"

enum rightsize_figure {
    RIGHTSIZE_PODS,
    RIGHTSIZE_RESIZED,      /* resources whose request or limit changed within the span; unknown: none */
    RIGHTSIZE_BUSY_MINUTES, /* of all pods together, at more than a twentieth of a core */
    RIGHTSIZE_CPU_REQUEST,
    RIGHTSIZE_CPU_LIMIT,
    RIGHTSIZE_CPU_P95, /* of the busy minutes */
    RIGHTSIZE_CPU_PEAK,
    RIGHTSIZE_THROTTLED, /* share of the CFS periods */
    RIGHTSIZE_MEMORY_REQUEST,
    RIGHTSIZE_MEMORY_LIMIT,
    RIGHTSIZE_MEMORY_IDLE, /* median */
    RIGHTSIZE_MEMORY_P95,
    RIGHTSIZE_MEMORY_PEAK,
    RIGHTSIZE_OOM_EVENTS,   /* processes that the kernel killed (cAdvisor) */
    RIGHTSIZE_OOM_RESTARTS, /* containers that ended for it (kube-state-metrics, or the pod's status) */
    RIGHTSIZE_JOBS,
    RIGHTSIZE_JOB_MEAN,
    RIGHTSIZE_JOB_P95,
    RIGHTSIZE_FIGURES
};

struct rightsize_facts {
    double figures[RIGHTSIZE_FIGURES];
    bool moment; /* one reading, not a span: nothing is given back for it */
};

void rightsize_facts_init(struct rightsize_facts *facts); /* all unknown */
double rightsize_oom_kills(const struct rightsize_facts *facts);

enum rightsize_verdict { RIGHTSIZE_UNKNOWN, RIGHTSIZE_KEEP, RIGHTSIZE_RAISE, RIGHTSIZE_LOWER };
const char *rightsize_verdict_name(enum rightsize_verdict verdict);

enum { RIGHTSIZE_WHY_MAX = 512 };

struct rightsize_advice {
    enum rightsize_verdict verdict;
    double request, limit; /* what they should be; NAN: not said (a limit: none) */
    char why[RIGHTSIZE_WHY_MAX];
};

struct rightsize_advice rightsize_cpu(const struct rightsize_facts *facts);
struct rightsize_advice rightsize_memory(const struct rightsize_facts *facts);

/* What the change brought, a sentence a line: throttling, OOM kills, job times. */
void rightsize_compare(const struct rightsize_facts *before, const struct rightsize_facts *after, struct buffer *out);

/* Rounded up to what people write. */
double rightsize_round_cores(double cores);
double rightsize_round_bytes(double bytes);

/* "500m", "1.5"; "512Mi", "1Gi"; "-" when unknown. */
enum { RIGHTSIZE_TEXT_MAX = 32 };
void rightsize_cores_text(double cores, char out[RIGHTSIZE_TEXT_MAX]);
void rightsize_bytes_text(double bytes, char out[RIGHTSIZE_TEXT_MAX]);

#endif
