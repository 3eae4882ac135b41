/* plan_draw.c - who asks when, and how long each build takes. */
#include <math.h>
#include <stdlib.h>

#include "queue/plan.h"

/* People over all runs: the error of their 95th percentile is then some tenths of a percent, after some hundredths of a second. The
 * runs of a large crowd differ less. */
enum { PEOPLE = 300000, PEOPLE_OF_LARGE_CROWDS = 100000, LARGE_CROWD = 150, RUNS_MIN = 10 };

static const double second_us = 1e6;

/* --- chance --- */

/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014) */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In (0, 1]: its logarithm is finite. */
static double unit(uint64_t *state)
{
    return (double)((next_random(state) >> 11) + 1) * 0x1p-53;
}

/* Two independent normal numbers (Box and Muller). */
static void draw_normals(uint64_t *state, double out[2])
{
    double radius = sqrt(-2 * log(unit(state))), angle = 2 * M_PI * unit(state);

    out[0] = radius * cos(angle);
    out[1] = radius * sin(angle);
}

/* --- the crowd --- */

/* Uniform moments in ascending order, without sorting: the gaps between them, and from the last one to the end, are exponential numbers,
 * scaled to fill the spread. */
static void draw_moments(uint64_t *state, double spread_us, int64_t *out, size_t n)
{
    const double fine = 0x1p30; /* whole numbers of so many to one: 10,000 gaps of at most 37 stay far below 2^63 */
    int64_t end = 0;

    for (size_t i = 0; i <= n; i++) {
        end += (int64_t)(-log(unit(state)) * fine) + 1;
        if (i < n)
            out[i] = end;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = llround((double)out[i] * spread_us / (double)end);
}

/* Lognormal with this mean and coefficient of variation. Runs come in pairs: where one draws a long build the other has one as short, so
 * that the mean of both is close to the mean of all. */
static void draw_jobs(uint64_t *state, const struct plan_crowd *crowd, struct plan_draw *draw)
{
    double variance = log1p(crowd->job_cv * crowd->job_cv), deviation = sqrt(variance);
    double median_us = crowd->job_s * second_us * exp(-variance / 2);
    double normals[2];

    for (size_t run = 0; run < draw->runs; run += 2) {
        int64_t *first = draw->job_us + run * draw->users, *second = run + 1 < draw->runs ? first + draw->users : NULL;

        for (size_t i = 0; i < draw->users; i++) {
            double factor;

            if (i % 2 == 0)
                draw_normals(state, normals);
            factor = exp(deviation * normals[i % 2]);
            first[i] = llround(median_us * factor);
            if (second)
                second[i] = llround(median_us / factor);
        }
    }
}

static void set_all(int64_t *out, size_t n, int64_t value)
{
    for (size_t i = 0; i < n; i++)
        out[i] = value;
}

static bool is_within(double value, double least, double most)
{
    return value >= least && value <= most; /* a NaN is not */
}

static int check(const struct plan_crowd *crowd, struct error *err)
{
    if (crowd->users < 1 || crowd->users > PLAN_USERS_MAX)
        return error_set(err, ERROR_INVALID, "users: want 1 to %d", PLAN_USERS_MAX);
    if (!is_within(crowd->job_s, 0.001, PLAN_JOB_S_MAX))
        return error_set(err, ERROR_INVALID, "time of a build: want 1 ms to %d s", PLAN_JOB_S_MAX);
    if (crowd->varies && !is_within(crowd->job_cv, 0, PLAN_JOB_CV_MAX))
        return error_set(err, ERROR_INVALID, "coefficient of variation: want 0 to %d", PLAN_JOB_CV_MAX);
    if (!is_within(crowd->spread_s, 0, PLAN_SPREAD_S_MAX))
        return error_set(err, ERROR_INVALID, "spread: want 0 to %d s", PLAN_SPREAD_S_MAX);
    return 0;
}

static size_t runs_for(const struct plan_crowd *crowd)
{
    int64_t people = crowd->users < LARGE_CROWD ? PEOPLE : PEOPLE_OF_LARGE_CROWDS;
    int64_t runs = 1;

    if (!crowd->varies && crowd->spread_s <= 0)
        return 1; /* nothing is left to chance */
    if (crowd->users > 0)
        runs = people / crowd->users;
    return (size_t)(runs > RUNS_MIN ? runs : RUNS_MIN);
}

void plan_draw_clear(struct plan_draw *draw)
{
    free(draw->asked_us);
    free(draw->job_us);
    *draw = (struct plan_draw){0};
}

int plan_draw_make(const struct plan_crowd *crowd, struct plan_draw *out, struct error *err)
{
    CLEANUP(plan_draw_clear) struct plan_draw draw = {.varies = crowd->varies};
    uint64_t state = 3; /* any will do */
    size_t people;

    if (check(crowd, err) < 0)
        return error_wrap(err, "plan");
    draw.users = (size_t)crowd->users;
    draw.runs = runs_for(crowd);
    people = draw.runs * draw.users;
    draw.asked_us = calloc(people, sizeof(*draw.asked_us));
    draw.job_us = calloc(people, sizeof(*draw.job_us));
    if (!draw.asked_us || !draw.job_us)
        return error_no_memory(err);
    for (size_t run = 0; run < draw.runs; run++)
        draw_moments(&state, crowd->spread_s * second_us, draw.asked_us + run * draw.users, draw.users);
    if (crowd->varies)
        draw_jobs(&state, crowd, &draw);
    else
        set_all(draw.job_us, people, llround(crowd->job_s * second_us));
    *out = draw;
    draw = (struct plan_draw){0};
    return 0;
}
