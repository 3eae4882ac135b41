/* policy_arrivals.h - how many jobs came in the last quarter of an hour, in bounded memory. Pure.
 *
 * Shape    one count for each minute; the rate is over the time that was watched, at most 15 minutes
 * Units    *_ms: any monotonic clock; a clock that goes back is taken as standing still
 * Owner    plain data; {0} has seen nothing */
#ifndef QUEUE_POLICY_ARRIVALS_H
#define QUEUE_POLICY_ARRIVALS_H

#include <stdbool.h>
#include <stdint.h>

enum { POLICY_ARRIVAL_MINUTES = 15 };

struct policy_arrivals {
    int64_t counts[POLICY_ARRIVAL_MINUTES + 1]; /* by minute, modulo their number: the one that runs, and those before it */
    int64_t minute;                             /* of the newest count */
    int64_t since_ms;                           /* when watching began */
    bool watching;
};

/* jobs came since the last call. The first call begins to watch: what came before is not known, and not counted. */
void policy_arrivals_add(struct policy_arrivals *arrivals, int64_t now_ms, int64_t jobs);
/* Jobs per second; 0 in the first minute, when there is too little to go by. */
double policy_arrivals_per_second(const struct policy_arrivals *arrivals, int64_t now_ms);

#endif
