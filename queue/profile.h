/* profile.h - what an hour of the week has shown so far: how many jobs come in its busiest five minutes. Pure.
 *
 * Shape    one moving average for each of the 168 hours of a week, in the local time of a zone: an hour that the clocks repeat counts
 *          as one, one that they skip is not seen. The busiest five minutes and not the hour's mean, because the people who start at nine
 *          come within minutes
 * Use      only ever raises: a floor beside the demand. Nothing is said of an hour that was not watched in two weeks
 * Bounds   some 900 bytes; a count is cut at PROFILE_JOBS_MAX
 * Units    *_unix_ms: UTC; a clock that goes back is taken as standing still
 * Owner    plain data; {0} has learned nothing */
#ifndef QUEUE_PROFILE_H
#define QUEUE_PROFILE_H

#include "base/buffer.h"
#include "queue/policy.h"
#include "queue/zone.h"

enum { PROFILE_HOURS = 168, PROFILE_WEEKS_MIN = 2, PROFILE_JOBS_MAX = 100000 };

struct profile {
    float jobs[PROFILE_HOURS];    /* in the busiest five minutes */
    uint8_t weeks[PROFILE_HOURS]; /* in which the hour was watched; stays at 255 */
    float run_s;                  /* how long a build took when that was last known: nobody builds before the rush; 0: never */
    /* the hour that runs */
    bool watching;
    int hour;
    int64_t last_unix_ms, watched_ms;
    int64_t five_minutes, jobs_now, jobs_busiest; /* which five minutes since 1970, and their jobs */
};

/* jobs came since the last call. The first call begins to watch. */
void profile_add(struct profile *profile, const struct zone *zone, int64_t now_unix_ms, int64_t jobs);
/* The most jobs in five minutes that this hour, or the one in a quarter of an hour, has shown; 0 when it is not known. */
double profile_jobs(const struct profile *profile, const struct zone *zone, int64_t now_unix_ms);
/* How much it has seen: the weeks of all hours together. */
unsigned profile_weeks(const struct profile *profile);
/* Remembers the run time of builds, when there are enough of them. */
void profile_note_run(struct profile *profile, const struct policy_load *load);
/* Provisioners for so many: 95 % wait at most target_wait_ms, or one build where that is 0; 0 when no run time is known. At most most. */
int64_t profile_floor(const struct profile *profile, double jobs, int64_t target_wait_ms, int64_t most);

/* --- kept over a restart (profile_bytes.c) --- */

enum { PROFILE_BYTES = 849 };

/* What was learned; not the hour that runs. */
void profile_write(const struct profile *profile, struct buffer *out);
/* ERROR_INVALID when that was not written by this version; *out is then untouched. */
int profile_read(const void *bytes, size_t len, struct profile *out, struct error *err) MUST_CHECK;

#endif
