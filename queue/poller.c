#include "queue/poller.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "queue/backoff.h"

struct poll_state {
    struct backoff backoff;
    int64_t due_ms; /* boot clock; INT64_MAX: never again */
};

struct poller {
    char *organization;
    struct poller_options options;
    struct loop_timer *timer;
    struct coder_call *call; /* NULL: none runs */
    enum poll_path path;     /* of the call, or of the answer that is not settled */
    int64_t retry_after_ms;  /* of that answer; -1: none */
    bool unsettled;
    struct poll_state states[POLL_PATHS];
    struct uuid ids[CODER_IDS_MAX]; /* of the jobs to ask for */
    size_t n_ids;
    int64_t completions_from_ms; /* boot clock: not before */
};

typedef struct coder_call *ask_function(struct poller *poller, struct error *err);
static ask_function ask_organization, ask_daemons, ask_jobs, ask_completions;

static const struct {
    const char *name;
    ask_function *ask;
} paths[POLL_PATHS] = {
    [POLL_ORGANIZATION] = {"organization", ask_organization},
    [POLL_DAEMONS] = {"daemons", ask_daemons},
    [POLL_JOBS] = {"jobs", ask_jobs},
    [POLL_COMPLETIONS] = {"completions", ask_completions},
};

const char *poll_path_name(enum poll_path path)
{
    return paths[path].name;
}

const char *poller_organization(const struct poller *poller)
{
    return poller->organization;
}

bool poller_is_unsettled(const struct poller *poller)
{
    return poller->unsettled;
}

/* The path that is due first; of those that are due at the same time the first in the order of enum poll_path. */
static enum poll_path next_path(const struct poller *poller)
{
    enum poll_path next = POLL_ORGANIZATION;

    for (enum poll_path path = POLL_ORGANIZATION; path < POLL_PATHS; path++)
        if (poller->states[path].due_ms < poller->states[next].due_ms)
            next = path;
    return next;
}

static void arm(struct poller *poller)
{
    int64_t due = poller->states[next_path(poller)].due_ms;

    if (due != INT64_MAX)
        loop_timer_after(poller->timer, due - clock_boot_ms());
}

static void on_done(void *context, struct coder_answer *answer, const struct error *err, int64_t retry_after_ms)
{
    struct poller *poller = context;

    poller->call = NULL;
    poller->retry_after_ms = retry_after_ms;
    poller->unsettled = true;
    poller->options.sink(poller->options.context, poller, poller->path, answer, err);
}

static struct coder_call *ask_organization(struct poller *poller, struct error *err)
{
    return coder_get_organization(poller->options.client, poller->organization, on_done, poller, err);
}

static struct coder_call *ask_daemons(struct poller *poller, struct error *err)
{
    return coder_list_daemons(poller->options.client, poller->organization, on_done, poller, err);
}

static struct coder_call *ask_jobs(struct poller *poller, struct error *err)
{
    return coder_list_active_jobs(poller->options.client, poller->organization, on_done, poller, err);
}

static struct coder_call *ask_completions(struct poller *poller, struct error *err)
{
    const struct coder_jobs_asked asked = {.organization = poller->organization, .ids = poller->ids, .n = poller->n_ids};

    return coder_get_jobs_by_ids(poller->options.client, &asked, on_done, poller, err);
}

static void on_timer(void *context)
{
    struct poller *poller = context;
    struct error err = {0};
    enum poll_path path = next_path(poller);

    if (poller->call || poller->unsettled || poller->states[path].due_ms > clock_boot_ms())
        return; /* settling arms the timer again */
    poller->path = path;
    poller->call = paths[path].ask(poller, &err);
    if (!poller->call)
        on_done(poller, NULL, &err, -1);
}

void poller_settle(struct poller *poller, bool good)
{
    struct poll_state *state = &poller->states[poller->path];
    int64_t now = clock_boot_ms();

    poller->unsettled = false;
    if (good)
        backoff_success(&state->backoff);
    else
        backoff_failure(&state->backoff, now, poller->retry_after_ms);
    state->due_ms = now + backoff_delay_ms(&state->backoff, poller->options.interval_ms, now, random_unit());
    if (good && poller->path == POLL_ORGANIZATION)
        state->due_ms = INT64_MAX; /* an id does not change */
    if (poller->path == POLL_COMPLETIONS) {
        poller->completions_from_ms = good ? now + POLL_COMPLETIONS_SPACE_MS : state->due_ms;
        state->due_ms = INT64_MAX;
    }
    arm(poller);
}

void poller_ask_for(struct poller *poller, const struct uuid *ids, size_t n)
{
    int64_t now = clock_boot_ms();
    struct poll_state *state = &poller->states[POLL_COMPLETIONS];

    assert(n <= CODER_IDS_MAX);
    if (n > 0)
        memcpy(poller->ids, ids, n * sizeof(*ids));
    poller->n_ids = n;
    if (n == 0)
        state->due_ms = INT64_MAX;
    else
        state->due_ms = now > poller->completions_from_ms ? now : poller->completions_from_ms;
    arm(poller);
}

bool poller_hurry(struct poller *poller, enum poll_path path)
{
    struct poll_state *state = &poller->states[path];
    int64_t now = clock_boot_ms();

    if ((poller->call || poller->unsettled) && poller->path == path)
        return true; /* it is being asked */
    if (state->due_ms == INT64_MAX || (state->backoff.failures > 0 && state->due_ms > now))
        return false;
    if (state->due_ms > now)
        state->due_ms = now;
    if (!poller->call && !poller->unsettled)
        arm(poller);
    return true;
}

struct poller *poller_new(const struct poller_options *options, struct error *err)
{
    struct poller *poller = calloc(1, sizeof(*poller));
    int64_t first = clock_boot_ms() + options->first_after_ms;

    if (!poller) {
        error_no_memory(err);
        return NULL;
    }
    poller->options = *options;
    poller->organization = strdup(options->organization);
    poller->timer = loop_timer_new(options->loop, on_timer, poller);
    if (!poller->organization || !poller->timer) {
        error_no_memory(err);
        poller_free(poller);
        return NULL;
    }
    for (enum poll_path path = POLL_ORGANIZATION; path < POLL_PATHS; path++)
        poller->states[path].due_ms = first;
    poller->states[POLL_COMPLETIONS].due_ms = INT64_MAX;
    if (!options->resolve)
        poller->states[POLL_ORGANIZATION].due_ms = INT64_MAX;
    arm(poller);
    return poller;
}

void poller_free(struct poller *poller)
{
    if (!poller)
        return;
    if (poller->call)
        coder_call_cancel(poller->call);
    loop_timer_free(poller->timer);
    free(poller->organization);
    free(poller);
}
