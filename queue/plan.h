/* plan.h - how long a crowd waits that asks for its workspaces at about one moment, and how many provisioners it takes. Pure.
 *
 * Shape    every person asks once, at a random moment within the spread; first come first served; a provisioner runs one build at a time
 * Exact    when all ask at once and all builds take the same time: one run tells all. Otherwise many runs are drawn from a
 *          seed that never changes, so that the same question has the same answer
 * Units    *_us: microseconds, so that waves of builds add up exactly
 * Errors   only memory, and a crowd out of bounds
 * Source   capacity.md section 6; fixture workshop-waits.json */
#ifndef QUEUE_PLAN_H
#define QUEUE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { PLAN_USERS_MAX = 10000, PLAN_JOB_S_MAX = 86400, PLAN_SPREAD_S_MAX = 86400, PLAN_JOB_CV_MAX = 10 };

struct plan_crowd {
    int64_t users;
    double job_s;  /* mean time of a build */
    bool varies;   /* build times are lognormal, with the coefficient of variation job_cv */
    double job_cv; /* standard deviation / mean */
    double spread_s;
};

/* Build times that vary: the lognormal distribution with these quantiles. Both at least 0; of a p95 below p50 it is p50. */
void plan_crowd_fit(struct plan_crowd *crowd, double p50_s, double p95_s);

/* Waits of all people of all runs: quantiles are interpolated between neighbours; the longest is the mean of each run's largest. */
struct plan_waits {
    double p50_s, p95_s, longest_s;
};

/* What the runs are made of: it is drawn once, and tried with different numbers of provisioners. */
struct plan_draw {
    int64_t *asked_us; /* runs x users; each run ascending */
    int64_t *job_us;
    size_t runs, users;
    bool varies;
};

int plan_draw_make(const struct plan_crowd *crowd, struct plan_draw *out, struct error *err) MUST_CHECK;
void plan_draw_clear(struct plan_draw *draw);

int plan_measure(const struct plan_draw *draw, int64_t provisioners, struct plan_waits *out, struct error *err) MUST_CHECK;
/* The least number with which the wait is at most target_s: the longest one when build times are fixed, else the 95th percentile. */
int plan_require(const struct plan_draw *draw, double target_s, int64_t *out, struct error *err) MUST_CHECK;

#endif
