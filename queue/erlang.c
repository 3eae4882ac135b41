#include "queue/erlang.h"

#include <math.h>

static const double may_wait_longer = 0.05; /* all but 95 % */

/* Erlang B, the share of jobs lost where nobody can wait, for one server more than blocking is for. */
static double one_more(double blocking, int64_t servers, double load)
{
    return load * blocking / ((double)servers + load * blocking);
}

static double waiting_share(double blocking, int64_t servers, double load)
{
    double busy = load / (double)servers;

    return busy < 1 ? blocking / (1 - busy * (1 - blocking)) : 1;
}

static double p95_wait(double waiting, int64_t servers, double load, double run_s)
{
    if (load <= 0 || waiting <= may_wait_longer)
        return 0;
    if (load >= (double)servers)
        return HUGE_VAL;
    return run_s * log(waiting / may_wait_longer) / ((double)servers - load);
}

double erlang_c(int64_t servers, double load)
{
    double blocking = 1;

    for (int64_t c = 1; c <= servers; c++)
        blocking = one_more(blocking, c, load);
    return servers > 0 ? waiting_share(blocking, servers, load) : 1;
}

double erlang_p95_wait_s(int64_t servers, double load, double run_s)
{
    return p95_wait(erlang_c(servers, load), servers, load, run_s);
}

int64_t erlang_servers(double load, double run_s, double target_s, int64_t most)
{
    double blocking = 1;

    if (!(load > 0 && run_s > 0))
        return 0;
    for (int64_t c = 1; c < most; c++) {
        blocking = one_more(blocking, c, load);
        if (p95_wait(waiting_share(blocking, c, load), c, load, run_s) <= target_s)
            return c;
    }
    return most;
}
