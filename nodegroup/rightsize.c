#include "nodegroup/rightsize.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const double mib = 1024.0 * 1024, gib = 1024.0 * 1024 * 1024;
static const double throttled_much = 0.05; /* of the periods */
static const double near_limit = 0.9;      /* a peak there may have wanted more */
static const double over_p95 = 1.15, over_peak = 1.25;
static const double give_back_below = 0.5;             /* of the request */
static const double idle_much = 0.75, idle_fine = 0.6; /* of the request; the HPA's target is 80 % */
static const double busy_minutes_least = 30;           /* below it a p95 says little */
static const double same = 1e-9;

void rightsize_facts_init(struct rightsize_facts *facts)
{
    *facts = (struct rightsize_facts){0};
    for (int i = 0; i < RIGHTSIZE_FIGURES; i++)
        facts->figures[i] = (double)NAN;
}

/* One kill may be seen by both, so they are not added. */
double rightsize_oom_kills(const struct rightsize_facts *facts)
{
    return fmax(facts->figures[RIGHTSIZE_OOM_EVENTS], facts->figures[RIGHTSIZE_OOM_RESTARTS]); /* NAN only when both are */
}

const char *rightsize_verdict_name(enum rightsize_verdict verdict)
{
    static const char *const names[] = {
        [RIGHTSIZE_UNKNOWN] = "unknown", [RIGHTSIZE_KEEP] = "keep", [RIGHTSIZE_RAISE] = "raise", [RIGHTSIZE_LOWER] = "lower"};

    return names[verdict];
}

/* --- sizes --- */

static double round_up(double value, double step)
{
    return ceil(value / step - same) * step;
}

double rightsize_round_cores(double cores)
{
    return cores <= 1 ? fmax(round_up(cores, 0.1), 0.1) : round_up(cores, 0.5);
}

double rightsize_round_bytes(double bytes)
{
    if (bytes <= gib)
        return fmax(round_up(bytes, 128 * mib), 128 * mib);
    return round_up(bytes, bytes <= 4 * gib ? 256 * mib : gib);
}

void rightsize_cores_text(double cores, char out[RIGHTSIZE_TEXT_MAX])
{
    double milli = round(cores * 1000);

    if (!isfinite(cores))
        (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "-");
    else if (fmod(milli, 100) == 0 && milli >= 1000)
        (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "%.10g", milli / 1000);
    else
        (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "%.0fm", milli);
}

void rightsize_bytes_text(double bytes, char out[RIGHTSIZE_TEXT_MAX])
{
    double whole = ceil(bytes / mib - same);

    if (!isfinite(bytes))
        (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "-");
    else if (whole >= 1024 && fmod(whole, 1024) == 0)
        (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "%.0fGi", whole / 1024);
    else
        (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "%.0fMi", whole);
}

/* --- advice --- */

/* What one resource of a pool was, and how its sizes are written. */
struct resource {
    double request, limit, p95, peak;
    double (*round)(double);
    void (*text)(double, char[RIGHTSIZE_TEXT_MAX]);
};

static void add_why(struct rightsize_advice *advice, const char *format, ...) PRINTF_LIKE(2, 3);

static void add_why(struct rightsize_advice *advice, const char *format, ...)
{
    size_t used = strlen(advice->why);
    va_list args;

    if (used > 0)
        used += (size_t)snprintf(advice->why + used, sizeof(advice->why) - used, "; ");
    if (used >= sizeof(advice->why))
        return;
    va_start(args, format);
    (void)vsnprintf(advice->why + used, sizeof(advice->why) - used, format, args);
    va_end(args);
}

/* The peak came close to the limit. */
static void raise_limit_to_peak(const struct resource *of, struct rightsize_advice *advice)
{
    char peak[RIGHTSIZE_TEXT_MAX], limit[RIGHTSIZE_TEXT_MAX];

    if (!isfinite(of->limit) || of->peak <= near_limit * of->limit)
        return;
    of->text(of->peak, peak);
    of->text(of->limit, limit);
    advice->limit = of->round(over_peak * of->peak);
    add_why(advice, "the peak, %s, is %.0f %% of the limit %s", peak, 100 * of->peak / of->limit, limit);
}

/* floor: what the request must be; why: what p95 is not enough for, or NULL. */
static void fit_request(const struct resource *of, double floor, bool may_lower, struct rightsize_advice *advice)
{
    char p95[RIGHTSIZE_TEXT_MAX], request[RIGHTSIZE_TEXT_MAX];
    double wanted = of->round(floor);

    of->text(of->p95, p95);
    of->text(of->request, request);
    if (!isfinite(of->request)) {
        advice->request = wanted;
        add_why(advice, "there is no request: the scheduler reserves nothing, and a utilization target of an HPA has nothing to divide by");
    } else if (of->request < floor) {
        advice->request = wanted;
        if (of->p95 > of->request)
            add_why(advice, "the p95, %s, is above the request %s", p95, request);
        else if (over_p95 * of->p95 > of->request)
            add_why(advice, "the p95, %s, leaves less than 15 %% of the request %s", p95, request);
    } else if (may_lower && wanted < give_back_below * of->request) {
        advice->request = wanted;
        add_why(advice, "the p95, %s, is less than half of the request %s: nodes keep room that nobody uses", p95, request);
    }
}

/* Request and limit agree, and the verdict says what changes. */
static void settle(const struct resource *of, struct rightsize_advice *advice)
{
    bool raised, lowered;

    if (isfinite(advice->limit) && advice->request > advice->limit)
        advice->limit = advice->request;
    raised = !(advice->request <= of->request + same) || (isfinite(of->limit) && advice->limit > of->limit + same);
    lowered = advice->request < of->request - same;
    advice->verdict = raised ? RIGHTSIZE_RAISE : lowered ? RIGHTSIZE_LOWER : RIGHTSIZE_KEEP;
}

/* True: too little is known; the advice says so. */
static bool is_unknown(const struct rightsize_facts *facts, const struct resource *of, struct rightsize_advice *advice)
{
    double busy = facts->figures[RIGHTSIZE_BUSY_MINUTES];

    if (facts->figures[RIGHTSIZE_RESIZED] > 0)
        (void)snprintf(
            advice->why, sizeof(advice->why),
            "requests or limits changed within the span, which makes a mixture: give --changed and a time when all pods were new");
    else if (!isfinite(of->p95) || !isfinite(of->peak))
        (void)snprintf(advice->why, sizeof(advice->why), "no use was measured");
    else if (!facts->moment && !(busy >= busy_minutes_least))
        (void)snprintf(advice->why, sizeof(advice->why), "only %.0f busy minutes: too few to tell, look again after a workshop",
                       isfinite(busy) ? busy : 0);
    else
        return false;
    return true;
}

struct rightsize_advice rightsize_cpu(const struct rightsize_facts *facts)
{
    const double *figures = facts->figures;
    double throttled = figures[RIGHTSIZE_THROTTLED];
    const struct resource cpu = {.request = figures[RIGHTSIZE_CPU_REQUEST],
                                 .limit = figures[RIGHTSIZE_CPU_LIMIT],
                                 .p95 = figures[RIGHTSIZE_CPU_P95],
                                 .peak = figures[RIGHTSIZE_CPU_PEAK],
                                 .round = rightsize_round_cores,
                                 .text = rightsize_cores_text};
    struct rightsize_advice advice = {.request = cpu.request, .limit = cpu.limit};
    bool censored = isfinite(cpu.limit) && throttled > throttled_much && !(figures[RIGHTSIZE_RESIZED] > 0);

    if (!censored && is_unknown(facts, &cpu, &advice))
        return advice;
    if (censored) {
        double twice = rightsize_round_cores(fmax(2 * cpu.limit, isfinite(cpu.peak) ? over_peak * cpu.peak : 0));
        bool at_limit = !isfinite(cpu.p95) || cpu.p95 > near_limit * cpu.limit;

        add_why(&advice, "throttled in %.0f %% of its periods: Terraform waits for the limit, and the peak is what the limit let through",
                100 * throttled);
        advice.limit = twice;
        if (at_limit && !(cpu.request >= twice))
            advice.request = twice;
        else
            fit_request(&cpu, over_p95 * cpu.p95, false, &advice);
    } else {
        raise_limit_to_peak(&cpu, &advice);
        fit_request(&cpu, over_p95 * cpu.p95, !facts->moment, &advice);
    }
    settle(&cpu, &advice);
    if (advice.why[0] == '\0')
        add_why(&advice, "the p95 and the peak fit, and throttling is %s", isfinite(throttled) ? "below 5 %" : "not known");
    return advice;
}

/* The request that an HPA's memory target can live with, told when p95 alone would do with less. */
static double memory_floor(const struct resource *memory, double idle, struct rightsize_advice *advice)
{
    double floor = over_p95 * memory->p95;

    if (isfinite(idle) && isfinite(memory->request) && idle > idle_much * memory->request) {
        add_why(advice, "idle memory is %.0f %% of the request: an HPA with a memory target of 80 %% never shrinks",
                100 * idle / memory->request);
        floor = fmax(floor, idle / idle_fine);
    } else if (isfinite(idle) && idle / idle_fine > floor) {
        floor = idle / idle_fine;
    }
    return floor;
}

struct rightsize_advice rightsize_memory(const struct rightsize_facts *facts)
{
    const double *figures = facts->figures;
    double kills = rightsize_oom_kills(facts);
    const struct resource memory = {.request = figures[RIGHTSIZE_MEMORY_REQUEST],
                                    .limit = figures[RIGHTSIZE_MEMORY_LIMIT],
                                    .p95 = figures[RIGHTSIZE_MEMORY_P95],
                                    .peak = figures[RIGHTSIZE_MEMORY_PEAK],
                                    .round = rightsize_round_bytes,
                                    .text = rightsize_bytes_text};
    struct rightsize_advice advice = {.request = memory.request, .limit = memory.limit};
    bool censored = isfinite(memory.limit) && kills > 0 && !(figures[RIGHTSIZE_RESIZED] > 0);

    if (!censored && is_unknown(facts, &memory, &advice))
        return advice;
    if (censored) {
        add_why(&advice, "%.0f OOM kill(s): Terraform lost its build, and the peak is what the limit let it have", kills);
        advice.limit = rightsize_round_bytes(fmax(2 * memory.limit, isfinite(memory.peak) ? over_peak * memory.peak : 0));
        advice.request = fmax(advice.request, advice.limit);
    } else {
        raise_limit_to_peak(&memory, &advice);
        fit_request(&memory, memory_floor(&memory, figures[RIGHTSIZE_MEMORY_IDLE], &advice), !facts->moment, &advice);
    }
    settle(&memory, &advice);
    if (advice.why[0] == '\0')
        add_why(&advice, "the p95 and the peak fit, and OOM kills are %s", isfinite(kills) ? "none" : "not known");
    return advice;
}

/* --- what a change brought --- */

static void compare_share(const struct rightsize_facts *before, const struct rightsize_facts *after, struct buffer *out)
{
    double was = before->figures[RIGHTSIZE_THROTTLED], is = after->figures[RIGHTSIZE_THROTTLED];

    if (isfinite(was) && isfinite(is))
        (void)buffer_printf(out, "Throttled in %.1f %% of the periods before, %.1f %% after%s.\n", 100 * was, 100 * is,
                            is > throttled_much ? ": still too much" : "");
}

static void compare_kills(const struct rightsize_facts *before, const struct rightsize_facts *after, struct buffer *out)
{
    double was = rightsize_oom_kills(before), is = rightsize_oom_kills(after);

    if (isfinite(was) && isfinite(is))
        (void)buffer_printf(out, "OOM kills: %.0f before, %.0f after%s.\n", was, is, is > 0 ? ": memory is still short" : "");
}

static void compare_jobs(const struct rightsize_facts *before, const struct rightsize_facts *after, struct buffer *out)
{
    double was = before->figures[RIGHTSIZE_JOB_MEAN], is = after->figures[RIGHTSIZE_JOB_MEAN], change;

    if (!isfinite(was) || !isfinite(is) || was <= 0)
        return;
    change = (is - was) / was;
    (void)buffer_printf(out, "A build took %.0f s on average before, %.0f s after: ", was, is);
    if (fabs(change) < 0.05)
        (void)buffer_add_text(out, "no difference that stands out.\n");
    else
        (void)buffer_printf(out, "%.0f %% %s.\n", 100 * fabs(change), change < 0 ? "less" : "more");
}

void rightsize_compare(const struct rightsize_facts *before, const struct rightsize_facts *after, struct buffer *out)
{
    compare_share(before, after, out);
    compare_kills(before, after, out);
    compare_jobs(before, after, out);
}
