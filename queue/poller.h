/* poller.h - asks one organization of Coder again and again: who its daemons are, which jobs are active, how those ended that
 * no longer are.
 *
 * Shape    never two requests at once for one organization: daemons, then jobs, then the ended jobs of which poller_ask_for told,
 *          then a rest. Each path has its own back-off, so that a 429 on one rests that path only
 * Units    milliseconds
 * Errors   none of its own: every outcome goes to the sink
 * Threads  the loop's. The sink hands the answer on (to the worker) and later calls poller_settle, once for each call
 *          of the sink; only then does the poller ask for more
 * Owner    options' strings are copied; client and loop are borrowed. poller_free cancels what runs, but an answer that is
 *          still unsettled must be settled before */
#ifndef QUEUE_POLLER_H
#define QUEUE_POLLER_H

#include "queue/coder_client.h"

enum poll_path { POLL_ORGANIZATION, POLL_DAEMONS, POLL_JOBS, POLL_COMPLETIONS, POLL_PATHS };

/* Least time between two questions for ended jobs of one organization: Coder allows 512 a minute, the lists of active jobs included. */
enum { POLL_COMPLETIONS_SPACE_MS = 250 };

struct poller;

/* answer or err, as coder_done; the body may be moved out. */
typedef void poll_sink(void *context, struct poller *poller, enum poll_path path, struct coder_answer *answer, const struct error *err);

struct poller_options {
    struct loop *loop;
    struct coder_client *client;
    const char *organization;
    int64_t interval_ms;
    int64_t first_after_ms; /* so that many organizations do not start at once */
    bool resolve;           /* ask for the organization's id first, once */
    poll_sink *sink;
    void *context;
};

struct poller *poller_new(const struct poller_options *options, struct error *err) MUST_CHECK;
void poller_free(struct poller *poller);
/* The answer (or error) that the sink got is dealt with; good: it could be used. */
void poller_settle(struct poller *poller, bool good);
/* The jobs to ask for by id from now on, at most CODER_IDS_MAX, in place of those told before; nothing when n is 0. They are copied.
 * Told after an answer for ended jobs was settled: it is followed by no other question for them until this is called. */
void poller_ask_for(struct poller *poller, const struct uuid *ids, size_t n);
/* Asks the path as soon as it can, without waiting for its interval. False when that would be of no use: the path rests after a failure,
 * or is never asked. */
bool poller_hurry(struct poller *poller, enum poll_path path);
bool poller_is_unsettled(const struct poller *poller);
const char *poller_organization(const struct poller *poller);
const char *poll_path_name(enum poll_path path); /* "organization", "daemons", "jobs", "completions" */

#endif
