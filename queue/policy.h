/* policy.h - how many provisioners a queue should have, and which part of the rule decided so. Pure.
 *
 * Shape    the wish is the most of demand + headroom, the floors and the active jobs; after a fall the highest wish of the last
 *          scaleDownAfter stands; what comes out is brought into the replica range
 * Served   a stock HPA ignores a wish within its tolerance of what it has (at 14 replicas it ignores 15). So a larger number is served:
 *          floor((1 + hpaTolerance) * (n - 1)) + 1, the least with which it reaches n from any smaller number
 * Units    replicas; *_ms: any monotonic clock, the same for all of them
 * Owner    struct policy_state is plain data, {0} at first, one for each queue; it is kept while the queue keeps its name, organization
 *          and tags. All else is borrowed for the call
 * Source   DESIGN section 5 */
#ifndef QUEUE_POLICY_H
#define QUEUE_POLICY_H

#include "queue/model.h"
#include "queue/policy_history.h"

enum { POLICY_SAMPLES_MIN = 20 }; /* run times below which nothing is concluded from them */

/* Those that wish come first, each named by the key of the configuration that asks for it. */
enum policy_part {
    POLICY_DEMAND,
    POLICY_HEADROOM, /* demand + headroom */
    POLICY_WORKSHOP,
    POLICY_TARGET_WAIT,
    POLICY_LEARNED_PROFILE,
    POLICY_AUTOSTART,
    POLICY_ACTIVE,           /* what would kill a running build */
    POLICY_SCALE_DOWN_AFTER, /* the highest wish of the time before */
    POLICY_START,            /* connected provisioners, in the first scaleDownAfter */
    POLICY_BUSY_ORDINAL,     /* below it a StatefulSet would remove a provisioner that works */
    POLICY_MIN,
    POLICY_MAX,
    POLICY_PARTS,
};

/* What was measured of the jobs that came and went lately. */
struct policy_load {
    double arrivals_per_second; /* of the last 15 minutes */
    double mean_run_s;          /* of workspace builds */
    int64_t run_samples;
};

struct policy_input {
    const struct queue_spec *spec;
    const struct queue_stats *stats;
    struct policy_load load;
    int64_t workshop, learned_profile, autostart; /* floors, in replicas; 0: none */
    int64_t busy_ordinal;                         /* the same: of a StatefulSet whose busy provisioners are protected */
    int64_t started_ms;                           /* when the adapter began to watch this queue */
    int64_t now_ms;
};

struct policy_state {
    struct policy_history history;
};

struct policy_answer {
    int64_t wanted; /* n */
    int64_t served; /* as coder_provisioner_desired_replicas */
    enum policy_part decided_by;
    int64_t parts[POLICY_PARTS]; /* what each part asked for; 0: nothing. POLICY_MIN and POLICY_MAX: the range */
    int64_t held_until_ms;       /* when scaleDownAfter or start, which decided, let go; 0: another part decided */
    int64_t now_ms;
    int64_t waiting, active; /* jobs, unweighted */
    int64_t headroom;        /* as configured */
};

/* Adds the wish of now to the state. */
struct policy_answer policy_decide(const struct policy_input *input, struct policy_state *state);

/* The least integer with which an HPA of this tolerance reaches n from any smaller number of replicas; 0 for 0. */
int64_t policy_serve(int64_t wanted, double hpa_tolerance);
/* The targetWait floor; 0: none (no target, too few samples, nothing comes). At most most. */
int64_t policy_target_wait_floor(const struct policy_load *load, int64_t target_wait_ms, int64_t most);
/* "demand", "headroom", "workshop", "targetWait", "learnedProfile", "autostart", "active", "scaleDownAfter", "start", "busyOrdinal",
 * "min", "max" */
const char *policy_part_name(enum policy_part part);

#endif
