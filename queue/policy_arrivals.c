#include "queue/policy_arrivals.h"

#include "base/attributes.h"

static const int64_t minute_ms = 60000;

static int64_t *count_of(struct policy_arrivals *arrivals, int64_t minute)
{
    return &arrivals->counts[(uint64_t)minute % ARRAY_LEN(arrivals->counts)];
}

/* The minutes that went by since the newest count begin empty. */
static void move_to(struct policy_arrivals *arrivals, int64_t minute)
{
    int64_t slots = (int64_t)ARRAY_LEN(arrivals->counts);
    int64_t first = minute - arrivals->minute > slots ? minute - slots : arrivals->minute;

    for (int64_t next = first + 1; next <= minute; next++)
        *count_of(arrivals, next) = 0;
    if (minute > arrivals->minute)
        arrivals->minute = minute;
}

void policy_arrivals_add(struct policy_arrivals *arrivals, int64_t now_ms, int64_t jobs)
{
    if (!arrivals->watching) {
        *arrivals = (struct policy_arrivals){.watching = true, .since_ms = now_ms, .minute = now_ms / minute_ms};
        return;
    }
    move_to(arrivals, now_ms / minute_ms);
    *count_of(arrivals, arrivals->minute) += jobs;
}

double policy_arrivals_per_second(const struct policy_arrivals *arrivals, int64_t now_ms)
{
    int64_t minute = now_ms / minute_ms > arrivals->minute ? now_ms / minute_ms : arrivals->minute;
    int64_t oldest = minute - POLICY_ARRIVAL_MINUTES, jobs = 0;
    int64_t from_ms = oldest * minute_ms > arrivals->since_ms ? oldest * minute_ms : arrivals->since_ms;

    if (!arrivals->watching || now_ms - from_ms < minute_ms)
        return 0;
    for (int64_t i = oldest; i <= arrivals->minute; i++)
        jobs += arrivals->counts[(uint64_t)i % ARRAY_LEN(arrivals->counts)];
    return (double)jobs * 1000 / (double)(now_ms - from_ms);
}
