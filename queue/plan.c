#include "queue/plan.h"

#include <math.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"

static const double second_us = 1e6;

/* --- one run --- */

/* The moments at which provisioners become free, as a heap: the soonest first. */
struct pool {
    int64_t *free_us;
    size_t provisioners;
};

/* Gives the job to the provisioner that is free the soonest; returns when it begins. */
static int64_t pool_take(struct pool *pool, int64_t asked_us, int64_t job_us)
{
    int64_t *heap = pool->free_us;
    int64_t begins_us = heap[0] > asked_us ? heap[0] : asked_us;
    int64_t free_us = begins_us + job_us;
    size_t at = 0, child;

    while ((child = 2 * at + 1) < pool->provisioners) {
        if (child + 1 < pool->provisioners && heap[child + 1] < heap[child])
            child++;
        if (heap[child] >= free_us)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = free_us;
    return begins_us;
}

/* The waits of one run, in the order of asking, into waits_us; returns the longest. */
static int64_t play(const struct plan_draw *draw, size_t run, struct pool *pool, int64_t *waits_us)
{
    const int64_t *asked_us = draw->asked_us + run * draw->users, *job_us = draw->job_us + run * draw->users;
    int64_t longest_us = 0;

    memset(pool->free_us, 0, pool->provisioners * sizeof(*pool->free_us));
    for (size_t i = 0; i < draw->users; i++) {
        waits_us[i] = pool_take(pool, asked_us[i], job_us[i]) - asked_us[i];
        if (waits_us[i] > longest_us)
            longest_us = waits_us[i];
    }
    return longest_us;
}

/* --- all runs --- */

struct study {
    struct pool pool;
    int64_t *waits_us; /* of all runs */
    size_t n;          /* of those played */
    double longest_us; /* mean of the runs' longest */
};

static void study_clear(struct study *study)
{
    free(study->pool.free_us);
    free(study->waits_us);
}

static int study_prepare(const struct plan_draw *draw, size_t most_provisioners, struct study *out, struct error *err)
{
    out->pool.free_us = calloc(most_provisioners, sizeof(*out->pool.free_us));
    out->waits_us = calloc(draw->runs * draw->users, sizeof(*out->waits_us));
    return out->pool.free_us && out->waits_us ? 0 : error_no_memory(err);
}

/* The first runs of the draw. */
static void study_play(struct study *study, const struct plan_draw *draw, size_t provisioners, size_t runs)
{
    double sum = 0;

    study->pool.provisioners = provisioners;
    study->n = runs * draw->users;
    for (size_t run = 0; run < runs; run++)
        sum += (double)play(draw, run, &study->pool, study->waits_us + run * draw->users);
    study->longest_us = sum / (double)runs;
}

/* --- quantiles --- */

static void swap(int64_t *a, int64_t *b)
{
    int64_t kept = *a;

    *a = *b;
    *b = kept;
}

/* What lies between low and high falls into two parts, the first nowhere larger than the second, and maybe values between them that are
 * equal: the first ends at *last, the second begins at *first (Hoare). */
static void partition(int64_t *values, ptrdiff_t low, ptrdiff_t high, ptrdiff_t *last, ptrdiff_t *first)
{
    int64_t pivot = values[low + (high - low) / 2];

    while (low <= high) {
        while (values[low] < pivot)
            low++;
        while (values[high] > pivot)
            high--;
        if (low <= high)
            swap(&values[low++], &values[high--]);
    }
    *last = high;
    *first = low;
}

/* Afterwards the k-th smallest stands at k, nothing larger before it and nothing smaller behind it. */
static void select_kth(int64_t *values, ptrdiff_t n, ptrdiff_t k)
{
    ptrdiff_t low = 0, high = n - 1, last, first;

    while (low < high) {
        partition(values, low, high, &last, &first);
        if (k <= last)
            high = last;
        else if (k >= first)
            low = first;
        else
            return;
    }
}

/* Interpolated between the two values around it; puts values in another order. */
static double quantile(int64_t *values, size_t n, double share)
{
    double position = share * (double)(n - 1);
    size_t below = (size_t)position;
    int64_t next;

    select_kth(values, (ptrdiff_t)n, (ptrdiff_t)below);
    if (below + 1 >= n)
        return (double)values[below];
    next = values[below + 1];
    for (size_t i = below + 2; i < n; i++)
        if (values[i] < next)
            next = values[i];
    return (double)values[below] + (position - (double)below) * (double)(next - values[below]);
}

/* --- the questions --- */

int plan_measure(const struct plan_draw *draw, int64_t provisioners, struct plan_waits *out, struct error *err)
{
    CLEANUP(study_clear) struct study study = {0};
    size_t useful = provisioners < (int64_t)draw->users ? (size_t)provisioners : draw->users; /* nobody waits beyond one for each */

    assert(provisioners > 0);
    if (study_prepare(draw, useful, &study, err) < 0)
        return -1;
    study_play(&study, draw, useful, draw->runs);
    *out = (struct plan_waits){
        .p50_s = quantile(study.waits_us, study.n, 0.5) / second_us,
        .p95_s = quantile(study.waits_us, study.n, 0.95) / second_us,
        .longest_s = study.longest_us / second_us,
    };
    return 0;
}

struct question {
    const struct plan_draw *draw;
    size_t runs; /* that are asked */
    double target_us;
};

/* Less than a microsecond is rounding. */
static bool is_enough(struct study *study, const struct question *question, size_t provisioners)
{
    study_play(study, question->draw, provisioners, question->runs);
    return (question->draw->varies ? quantile(study->waits_us, study->n, 0.95) : study->longest_us) < question->target_us + 1;
}

/* too_few is not enough, enough is. With one provisioner more nobody of the same run begins later: so what is enough is all from the
 * least on. */
static size_t least_between(struct study *study, const struct question *question, size_t too_few, size_t enough)
{
    while (enough - too_few > 1) {
        size_t middle = too_few + (enough - too_few) / 2;

        if (is_enough(study, question, middle))
            enough = middle;
        else
            too_few = middle;
    }
    return enough;
}

/* Looks around a guess, in steps that double. */
static size_t least_around(struct study *study, const struct question *question, size_t guess)
{
    size_t step = 1, users = question->draw->users, other = guess;

    if (is_enough(study, question, guess)) {
        for (; other > step && is_enough(study, question, other - step); step *= 2)
            other -= step;
        return least_between(study, question, other > step ? other - step : 0, other);
    }
    for (; other + step < users && !is_enough(study, question, other + step); step *= 2)
        other += step;
    return least_between(study, question, other, other + step < users ? other + step : users); /* one for each is enough */
}

/* A few of the runs give a guess at small cost. */
int plan_require(const struct plan_draw *draw, double target_s, int64_t *out, struct error *err)
{
    CLEANUP(study_clear) struct study study = {0};
    struct question rough = {.draw = draw, .runs = draw->runs / 16 + 1, .target_us = target_s * second_us};
    struct question whole = {.draw = draw, .runs = draw->runs, .target_us = target_s * second_us};
    size_t guess;

    if (study_prepare(draw, draw->users, &study, err) < 0)
        return -1;
    guess = least_between(&study, &rough, 0, draw->users);
    *out = (int64_t)(draw->runs > 1 ? least_around(&study, &whole, guess) : guess);
    return 0;
}

/* --- measured build times --- */

void plan_crowd_fit(struct plan_crowd *crowd, double p50_s, double p95_s)
{
    static const double least_s = 0.001, normal_p95 = 1.6448536269514722;
    double median = fmin(fmax(p50_s, least_s), PLAN_JOB_S_MAX);
    double sigma = log(fmax(p95_s, median) / median) / normal_p95;

    crowd->varies = true;
    crowd->job_s = fmin(median * exp(sigma * sigma / 2), PLAN_JOB_S_MAX);
    crowd->job_cv = fmin(sqrt(exp(sigma * sigma) - 1), PLAN_JOB_CV_MAX);
}
