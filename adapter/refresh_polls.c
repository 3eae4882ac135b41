/* refresh_polls.c - pollers ask Coder; each answer goes to the worker, which decodes it and takes it into the state. */
#include <stdlib.h>
#include <string.h>

#include "adapter/refresh_inside.h"
#include "base/clock.h"
#include "base/log.h"

_Static_assert((int)COMPLETION_BATCH_MAX == (int)CODER_IDS_MAX, "what is asked for at once fits into one question");

enum { FIRST_POLL_SPACE_MS = 20 }; /* between the first polls of two organizations */

/* What goes to the worker and comes back: a reading to apply. */
struct errand {
    struct refresh *refresh;
    size_t organization;
    struct coder_reading reading;
    bool good, redundant;                    /* redundant: the organization is another one under a second name */
    struct uuid ended[COMPLETION_BATCH_MAX]; /* the jobs to ask for next */
    size_t n_ended;
    struct error err;
};

/* --- answers --- */

static void apply_work(void *context)
{
    struct errand *errand = context;
    struct coder_state *state = &errand->refresh->state;

    errand->good = coder_state_apply(state, errand->organization, &errand->reading, &errand->err) == 0;
    errand->redundant = state->organizations[errand->organization].same_as != errand->organization;
    errand->n_ended = completions_next(&state->organizations[errand->organization].completions, errand->ended);
}

static void tell_change(const struct errand *errand, struct poll_slot *slot)
{
    bool *failing = &slot->failing[errand->reading.path];
    const char *organization = poller_organization(slot->poller);
    const char *path = poll_path_name(errand->reading.path);

    if (!errand->good && !*failing)
        log_warn("Coder cannot be read; the last good value stays until it is stale", "organization", organization, "path", path, "error",
                 errand->err.text, NULL);
    else if (!errand->good)
        log_debug("Coder still cannot be read", "organization", organization, "path", path, "error", errand->err.text, NULL);
    else if (*failing)
        log_info("Coder can be read again", "organization", organization, "path", path, NULL);
    *failing = !errand->good;
}

static void drop_poller(struct poll_slot *slot)
{
    poller_free(slot->poller);
    slot->poller = NULL;
}

static void apply_done(void *context)
{
    struct errand *errand = context;
    struct refresh *refresh = errand->refresh;
    struct poll_slot *slot = &refresh->slots[errand->organization];

    tell_change(errand, slot);
    poller_settle(slot->poller, errand->good);
    refresh_note_answer(refresh, slot, errand->reading.path);
    poller_ask_for(slot->poller, errand->ended, errand->n_ended);
    if (errand->redundant)
        log_warn("an organization is configured under two names; it is polled once", "organization", poller_organization(slot->poller),
                 NULL);
    if (errand->redundant || refresh->next || refresh->stopped)
        drop_poller(slot);
    refresh_look_at_round(refresh); /* nobody waits for a poller that is gone */
    free(errand);
    refresh_want_build(refresh);
    refresh_rest(refresh);
}

static size_t slot_of(const struct refresh *refresh, const struct poller *poller)
{
    size_t i = 0;

    while (refresh->slots[i].poller != poller)
        i++;
    return i;
}

static void on_answer(void *context, struct poller *poller, enum poll_path path, struct coder_answer *answer, const struct error *err)
{
    struct refresh *refresh = context;
    struct errand *errand = calloc(1, sizeof(*errand));

    if (!errand) {
        poller_settle(poller, false);
        refresh_note_answer(refresh, &refresh->slots[slot_of(refresh, poller)], path);
        return;
    }
    errand->refresh = refresh;
    errand->organization = slot_of(refresh, poller);
    errand->reading.path = path;
    if (err)
        errand->reading.err = *err;
    if (answer) {
        errand->reading.answer = *answer;
        errand->reading.answer.body = buffer_move(&answer->body);
    }
    if (worker_submit(refresh->options.worker, apply_work, apply_done, errand) < 0) {
        buffer_clear(&errand->reading.answer.body);
        refresh_note_answer(refresh, &refresh->slots[errand->organization], path);
        free(errand);
        poller_settle(poller, false);
        return;
    }
    refresh->busy++;
}

/* --- pollers --- */

void refresh_drop_pollers(struct refresh *refresh, bool unsettled_too)
{
    for (size_t i = 0; i < refresh->n_slots; i++)
        if (refresh->slots[i].poller && (unsettled_too || !poller_is_unsettled(refresh->slots[i].poller)))
            drop_poller(&refresh->slots[i]);
}

static int start_poller(struct refresh *refresh, size_t index, struct error *err)
{
    const struct poller_options options = {
        .loop = refresh->options.loop,
        .client = refresh->client,
        .organization = refresh->state.organizations[index].name,
        .interval_ms = refresh->config->coder.poll_interval_ms,
        .first_after_ms = (int64_t)index * FIRST_POLL_SPACE_MS % refresh->config->coder.poll_interval_ms,
        /* Only two names could be the same organization, and only the schedule names it by its id. */
        .resolve = (refresh->n_slots > 1 || config_wants_schedule(refresh->config)) && uuid_is_nil(&refresh->state.organizations[index].id),
        .sink = on_answer,
        .context = refresh,
    };

    refresh->slots[index].poller = poller_new(&options, err);
    return refresh->slots[index].poller ? 0 : -1;
}

int refresh_start_polling(struct refresh *refresh, struct error *err)
{
    const struct config_coder *coder = &refresh->config->coder;
    const struct coder_options options = {
        .url = coder->url,
        .token_file = coder->token_file,
        .ca_file = coder->ca_file,
        .timeout_ms = coder->timeout_ms,
        .job_limit = (size_t)coder->job_limit,
    };

    refresh->client = coder_client_new(refresh->options.http, &options, err);
    if (!refresh->client)
        return -1;
    refresh->slots = calloc(refresh->state.n_organizations + 1, sizeof(*refresh->slots));
    if (!refresh->slots)
        return error_no_memory(err);
    refresh->n_slots = refresh->state.n_organizations;
    for (size_t i = 0; i < refresh->n_slots; i++)
        if (start_poller(refresh, i, err) < 0)
            return -1;
    return refresh_start_schedule(refresh, err);
}
