/* erlang.h - how long jobs wait that come at random, all day: the M/M/c queue. Pure.
 *
 * Shape    jobs come as a Poisson process and run for exponentially distributed times on c provisioners, first come first
 *          served; for a crowd that comes at one moment there is plan.h
 * Units    load: erlangs, arrivals per second times mean run time in seconds; *_s: seconds
 * Source   Erlang C: P(wait > t) = C(c, load) * exp(-(c - load) * t / run_s); capacity.md, fixture workshop-waits.json "mmc" */
#ifndef QUEUE_ERLANG_H
#define QUEUE_ERLANG_H

#include <stdint.h>

/* Share of the jobs that find all servers busy; 1 when the load is more than they can do. */
double erlang_c(int64_t servers, double load);
/* What 95 % of the jobs wait at most; infinite when the load is more than the servers can do. */
double erlang_p95_wait_s(int64_t servers, double load, double run_s);
/* The least number of servers with which 95 % wait at most target_s; most when fewer than that will not do. 0 without load. */
int64_t erlang_servers(double load, double run_s, double target_s, int64_t most);

#endif
