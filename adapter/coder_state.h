/* coder_state.h - what Coder last said, organization by organization, and the queues made of it.
 *
 * Shape    a reading is one outcome of a poll; applying it replaces the last good one, or, when it failed, only notes why:
 *          the last good value stays until it is stale
 * Units    *_unix_ms: UTC by our clock; *_boot_ms: clock_boot_ms
 * Threads  one at a time: the worker's, or the loop's while the worker rests
 * Owner    specs are borrowed from the configuration, which must live as long */
#ifndef ADAPTER_CODER_STATE_H
#define ADAPTER_CODER_STATE_H

#include "adapter/grace.h"
#include "queue/completion.h"
#include "queue/model.h"
#include "queue/policy.h"
#include "queue/poller.h"
#include "queue/profile.h"

enum { ERROR_CODES = ERROR_NOT_FOUND + 1 };

struct queue_moment {
    int64_t boot_ms, unix_ms; /* ours */
};

struct coder_reading {
    enum poll_path path;
    struct coder_answer answer; /* its body is ours */
    struct error err;           /* code ERROR_NONE: there is an answer */
};

/* One path of one organization, as a source of metrics. */
struct coder_source {
    int64_t read_unix_ms, read_boot_ms; /* of the last good reading; 0: none */
    int64_t duration_ms;                /* of the last answer */
    struct error err;                   /* of the last reading; ERROR_NONE when it was good */
    uint64_t failures[ERROR_CODES];
    bool settled; /* at least one reading, good or bad */
};

struct organization_state {
    char *name;     /* as configured */
    struct uuid id; /* once known */
    size_t same_as; /* index of the organization that it turned out to be; its own when none */
    struct coder_source sources[POLL_PATHS];
    struct job_list jobs;
    struct daemon_list daemons;
    int64_t clock_offset_ms; /* Coder's clock minus ours */
    /* The queues of this organization and of those that are the same, in configuration order, without duplicates. */
    const struct queue_spec **specs;
    size_t n_specs;
    bool shares_jobs;         /* there may be a job that two of them can run */
    struct queue_model model; /* of specs; made by coder_state_model */
    bool changed;             /* since the model was made */
    struct completions completions;
};

/* How long its pods may take to end (coder_graces.h). */
struct queue_grace {
    bool known;
    int64_t grace_s;
    struct grace_measured measured;
    int64_t warned_s; /* what it was said to be set to; 0: it is long enough */
};

/* What the replica policy of one queue remembers and last decided (coder_policies.h). */
struct queue_policy {
    bool decided;
    int64_t started_boot_ms; /* when it was decided first */
    struct policy_state state;
    struct policy_answer answer;
    struct queue_grace grace;
    struct profile *profile; /* NULL: nothing is learned */
    uint64_t arrivals_seen;  /* of sliding_totals, when they were learned from last */
};

struct coder_state {
    struct organization_state *organizations;
    size_t n_organizations;
    const struct queue_spec *specs; /* borrowed: all queues in configuration order */
    size_t n_specs;
    bool *duplicates;              /* per spec: its organization and tags are another queue's */
    struct sliding *slidings;      /* per spec: what became of its jobs */
    struct queue_policy *policies; /* per spec */
};

int coder_state_new(const struct queue_spec *specs, size_t n_specs, struct coder_state *out, struct error *err) MUST_CHECK;
void coder_state_clear(struct coder_state *state);
/* Moves what old knows about organizations of the same name into state: nothing known is lost by a reload. */
void coder_state_inherit(struct coder_state *state, struct coder_state *old);
/* Decodes the reading and takes it. -1 when it was an error or could not be decoded: then err says why, as noted in the source. */
int coder_state_apply(struct coder_state *state, size_t index, struct coder_reading *reading, struct error *err) MUST_CHECK;
/* Makes the models of the organizations that changed. */
int coder_state_model(struct coder_state *state, struct error *err) MUST_CHECK;
/* Every organization was asked once, well or badly. */
bool coder_state_settled(const struct coder_state *state);

#endif
