/* previous_jobs.h - jobs that came and went between two lists of active jobs: a daemon still names the last one it ran. Pure bookkeeping.
 *
 * Shape    each list of daemons is compared with the one before: a daemon that was there then, and names another previous job now, has
 *          run it since. Unless the lists of active jobs had it, nobody has counted it
 * Once     a job of an earlier list of active jobs is found by its leaving that list (completion.h), so it is none of ours. Of a daemon
 *          that is new, or back, it is not known what it had run when: its job may be an old one. So nothing is found at the first list
 * Missed   of several jobs that one daemon ran between two lists of daemons, all but the last
 * Bounds   32 bytes a daemon; PREVIOUS_LEFT_MAX jobs that left the active list since the last list of daemons. With more of them, which
 *          takes lists of daemons that fail for long, the next one is taken as the first
 * Owner    {0} / previous_jobs_clear */
#ifndef QUEUE_PREVIOUS_JOBS_H
#define QUEUE_PREVIOUS_JOBS_H

#include "queue/daemon.h"

enum { PREVIOUS_LEFT_MAX = 16384 };

struct previous_job {
    struct uuid daemon, job;
};

struct previous_jobs {
    struct previous_job *items; /* of the last list, sorted by daemon */
    size_t len;
    int64_t read_ms;   /* of that list; 0: there was none */
    struct uuid *left; /* jobs that left the active list since */
    size_t n_left, left_capacity;
    bool too_many; /* left, to know them all */
};

void previous_jobs_clear(struct previous_jobs *previous);
/* The job left the list of active jobs. */
void previous_jobs_note_left(struct previous_jobs *previous, const struct uuid *job);

/* Indices of daemons in their list. */
struct previous_found {
    uint32_t *daemons;
    size_t n;
};
void previous_found_clear(struct previous_found *found);

/* The list of daemons that was read at read_ms; the same one again is of no matter. Finds those whose previous job is new and has not left
 * the active list since the last one. *out is {0} at first. */
int previous_jobs_find(struct previous_jobs *previous, const struct daemon_list *daemons, int64_t read_ms, struct previous_found *out,
                       struct error *err) MUST_CHECK;

#endif
