#include "kube/watch_rules.h"

enum {
    FIRST_DELAY_MS = 800,
    MOST_DELAY_MS = 30000,
    SHORT_WATCH_MS = 1000, /* a watch that ends "well" so soon, again and again, would be a busy loop */
    RETRY_AFTER_SPREAD_MS = 1000,
    TIMEOUT_LEAST_S = 300,
};

static bool needs_pause(const struct watch_outcome *outcome)
{
    if (outcome->end == WATCH_END_SILENT)
        return false;
    if (outcome->end != WATCH_END_WELL)
        return true;
    return outcome->phase == WATCH_WATCHING && !outcome->told && outcome->lasted_ms < SHORT_WATCH_MS;
}

static bool ends_the_row(const struct watch_outcome *outcome)
{
    return outcome->phase == WATCH_WATCHING && (outcome->told || outcome->lasted_ms >= MOST_DELAY_MS);
}

/* Statuses that say nothing against the resourceVersion. */
static bool may_resume_after(int status)
{
    return status >= 500 || status == 401 || status == 403 || status == 408 || status == 429;
}

static enum watch_phase next_phase(const struct watch_outcome *outcome)
{
    switch (outcome->end) {
    case WATCH_END_WELL: return WATCH_WATCHING;
    case WATCH_END_LOST: return outcome->phase;
    case WATCH_END_STATUS: return outcome->phase == WATCH_WATCHING && may_resume_after(outcome->status) ? WATCH_WATCHING : WATCH_LISTING;
    case WATCH_END_SILENT:
    case WATCH_END_GARBLED:
    default: return WATCH_LISTING;
    }
}

static int64_t pause_ms(int failures, int64_t retry_after_ms, double unit)
{
    int64_t delay = FIRST_DELAY_MS, half, asked = 0;

    for (int i = 1; i < failures && delay < MOST_DELAY_MS; i++)
        delay *= 2;
    if (delay > MOST_DELAY_MS)
        delay = MOST_DELAY_MS;
    half = delay / 2;
    delay = half + (int64_t)(unit * (double)half);
    if (retry_after_ms > 0)
        asked = retry_after_ms + (int64_t)(unit * RETRY_AFTER_SPREAD_MS);
    return delay > asked ? delay : asked;
}

struct watch_next watch_rules_next(const struct watch_outcome *outcome, int failures, double unit)
{
    struct watch_next next = {.phase = next_phase(outcome), .failures = ends_the_row(outcome) ? 0 : failures};

    if (!needs_pause(outcome))
        return next;
    if (next.failures < MOST_DELAY_MS) /* only so that it can never overflow */
        next.failures++;
    next.delay_ms = pause_ms(next.failures, outcome->retry_after_ms, unit);
    return next;
}

int watch_rules_timeout_s(double unit)
{
    return TIMEOUT_LEAST_S + (int)(unit * TIMEOUT_LEAST_S);
}
