#include "adapter/refresh.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/cluster_told.h"
#include "adapter/coder_graces.h"
#include "adapter/coder_policies.h"
#include "adapter/coder_samples.h"
#include "adapter/coder_state.h"
#include "base/clock.h"
#include "base/log.h"

_Static_assert((int)COMPLETION_BATCH_MAX == (int)CODER_IDS_MAX, "what is asked for at once fits into one question");

enum {
    BUILD_SHARE = 10,         /* a build may take one part in so many of a core */
    FIRST_POLL_SPACE_MS = 20, /* between the first polls of two organizations */
};

/* One organization's poller and how its paths went last. */
struct poll_slot {
    struct poller *poller; /* NULL: none (any more) */
    bool failing[POLL_PATHS];
    bool awaited[POLL_PATHS];             /* readers wait for its next answer */
    int64_t answered_boot_ms[POLL_PATHS]; /* well or badly; 0: never */
};

/* Readers wait for every awaited path, then for the next build that begins after the last of them, then they are told. */
enum reader_round { ROUND_NONE, ROUND_POLLING, ROUND_POLLED, ROUND_BUILDING };

struct refresh {
    struct refresh_options options;
    struct config *config; /* in force; the state's specs point into it */
    struct config *next;   /* waits until the worker rests */
    struct coder_client *client;
    struct poll_slot *slots; /* one per organization of the state */
    size_t n_slots;
    struct coder_state state; /* the worker's while busy > 0 */
    unsigned busy;            /* errands that the worker has */
    struct loop_timer *build_timer;
    bool build_wanted, building, stopped;
    int64_t built_boot_us, build_took_us;
    enum reader_round round;
    struct cluster_told told;
    struct node_watch *nodes; /* NULL: none */
    atomic_bool settled;
};

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

/* The same for a snapshot to build. */
struct build {
    struct refresh *refresh;
    struct metric_snapshot *snapshot;
    struct protection_report protection;
    bool settled;
    int64_t started_us;
    int64_t answered_boot_ms; /* the oldest of the answers that it is made of */
    struct error err;
};

static void rest(struct refresh *refresh);

/* --- building the snapshot --- */

static void decide_policies(struct refresh *refresh)
{
    const struct queue_plan plan = {
        .workshops = refresh->config->workshops,
        .n_workshops = refresh->config->n_workshops,
        .told = refresh->told.workshops.items,
        .n_told = refresh->told.workshops.len,
        .guidelines = refresh->config->guidelines,
        .n_guidelines = refresh->config->n_guidelines,
    };
    const struct queue_moment now = {.boot_ms = clock_boot_ms(), .unix_ms = clock_unix_ms()};

    coder_policies_decide(&refresh->state, &plan, &now);
    coder_graces_check(&refresh->state, now.unix_ms);
}

static int report_protection(struct build *build)
{
    struct refresh *refresh = build->refresh;

    if (!refresh->options.protect)
        return 0;
    return protection_report_make(&refresh->state, clock_boot_ms() - refresh->config->coder.stale_after_ms, &build->protection,
                                  &build->err);
}

static int build_snapshot(struct build *build)
{
    struct refresh *refresh = build->refresh;
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();

    if (!builder)
        return error_no_memory(&build->err);
    if (coder_state_model(&refresh->state, &build->err) < 0)
        return -1;
    decide_policies(refresh);
    if (report_protection(build) < 0)
        return -1;
    coder_samples_add(&refresh->state, refresh->config->coder.stale_after_ms, builder);
    if (refresh->nodes)
        node_watch_add_samples(refresh->nodes, builder);
    build->settled = coder_state_settled(&refresh->state);
    return metric_builder_finish(builder, refresh->options.encoders, &build->snapshot, &build->err);
}

static void build_work(void *context)
{
    struct build *build = context;

    if (build_snapshot(build) < 0)
        (void)error_wrap(&build->err, "build the snapshot");
}

static void want_build(struct refresh *refresh);

/* The oldest of the last answers that the queues hang on. */
static int64_t oldest_answer(const struct refresh *refresh)
{
    int64_t oldest = INT64_MAX;

    for (size_t i = 0; i < refresh->n_slots; i++) {
        const struct poll_slot *slot = &refresh->slots[i];

        for (enum poll_path path = POLL_DAEMONS; slot->poller && path <= POLL_JOBS; path++)
            oldest = slot->answered_boot_ms[path] < oldest ? slot->answered_boot_ms[path] : oldest;
    }
    return oldest == INT64_MAX ? 0 : oldest;
}

static void tell_readers(struct refresh *refresh)
{
    refresh->round = ROUND_NONE;
    if (refresh->options.readers)
        read_desk_answered(refresh->options.readers);
}

static void build_done(void *context)
{
    struct build *build = context;
    struct refresh *refresh = build->refresh;

    refresh->built_boot_us = clock_boot_us();
    refresh->build_took_us = refresh->built_boot_us - build->started_us;
    refresh->building = false;
    if (build->snapshot) {
        metric_store_publish(refresh->options.store, build->snapshot);
        if (refresh->options.readers)
            read_desk_note(refresh->options.readers, build->answered_boot_ms);
        if (build->settled)
            atomic_store(&refresh->settled, true);
        if (refresh->options.protect)
            refresh->options.protect(refresh->options.context, &build->protection);
    } else {
        log_error("the last snapshot stays", "error", build->err.text, NULL);
    }
    protection_report_clear(&build->protection);
    free(build);
    if (refresh->round == ROUND_BUILDING)
        tell_readers(refresh);
    if (refresh->build_wanted)
        want_build(refresh);
    rest(refresh);
}

static void start_build(void *context)
{
    struct refresh *refresh = context;
    struct build *build = calloc(1, sizeof(*build));

    refresh->build_wanted = false;
    if (!build)
        return; /* the next reading asks again */
    cluster_told_apply(&refresh->told, &refresh->state);
    build->refresh = refresh;
    build->started_us = clock_boot_us();
    build->answered_boot_ms = oldest_answer(refresh);
    if (worker_submit(refresh->options.worker, build_work, build_done, build) < 0) {
        free(build);
        return;
    }
    refresh->building = true;
    refresh->busy++;
    if (refresh->round == ROUND_POLLED)
        refresh->round = ROUND_BUILDING;
}

static void want_build(struct refresh *refresh)
{
    int64_t since_us = clock_boot_us() - refresh->built_boot_us;

    refresh->build_wanted = true;
    if (refresh->building || refresh->stopped)
        return;
    loop_timer_after(refresh->build_timer, (refresh->build_took_us * BUILD_SHARE - since_us) / 1000);
}

void refresh_set_workshops(struct refresh *refresh, struct workshop_list take)
{
    cluster_told_set_workshops(&refresh->told, take);
    want_build(refresh);
}

void refresh_set_grace(struct refresh *refresh, const char *queue, int64_t grace_s)
{
    cluster_told_set_grace(&refresh->told, queue, grace_s);
}

void refresh_set_nodes(struct refresh *refresh, struct node_watch *nodes)
{
    refresh->nodes = nodes;
}

void refresh_want_snapshot(struct refresh *refresh)
{
    want_build(refresh);
}

/* --- readers who wait --- */

static bool is_awaited(const struct poll_slot *slot)
{
    for (enum poll_path path = 0; slot->poller && path < POLL_PATHS; path++)
        if (slot->awaited[path])
            return true;
    return false;
}

static void look_at_round(struct refresh *refresh)
{
    if (refresh->round != ROUND_POLLING)
        return;
    for (size_t i = 0; i < refresh->n_slots; i++)
        if (is_awaited(&refresh->slots[i]))
            return;
    refresh->round = ROUND_POLLED;
    want_build(refresh);
}

static void note_answer(struct refresh *refresh, struct poll_slot *slot, enum poll_path path)
{
    slot->awaited[path] = false;
    slot->answered_boot_ms[path] = clock_boot_ms();
    look_at_round(refresh);
}

/* What was answered just now is not asked again, so that one organization that rests does not have the others polled at every read. */
static bool hurry(struct poll_slot *slot, int64_t now_boot_ms)
{
    bool any = false;

    for (enum poll_path path = POLL_DAEMONS; slot->poller && path <= POLL_JOBS; path++) {
        slot->awaited[path] = now_boot_ms - slot->answered_boot_ms[path] > READ_AGE_MAX_MS && poller_hurry(slot->poller, path);
        any = any || slot->awaited[path];
    }
    return any;
}

void refresh_now(struct refresh *refresh)
{
    int64_t now_boot_ms = clock_boot_ms();
    bool any = false;

    if (refresh->round != ROUND_NONE)
        return;
    for (size_t i = 0; i < refresh->n_slots && !refresh->stopped; i++)
        any = hurry(&refresh->slots[i], now_boot_ms) || any;
    if (any)
        refresh->round = ROUND_POLLING;
    else
        tell_readers(refresh);
}

/* --- readings --- */

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
    note_answer(refresh, slot, errand->reading.path);
    poller_ask_for(slot->poller, errand->ended, errand->n_ended);
    if (errand->redundant)
        log_warn("an organization is configured under two names; it is polled once", "organization", poller_organization(slot->poller),
                 NULL);
    if (errand->redundant || refresh->next || refresh->stopped)
        drop_poller(slot);
    look_at_round(refresh); /* nobody waits for a poller that is gone */
    free(errand);
    want_build(refresh);
    rest(refresh);
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
        note_answer(refresh, &refresh->slots[slot_of(refresh, poller)], path);
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
        note_answer(refresh, &refresh->slots[errand->organization], path);
        free(errand);
        poller_settle(poller, false);
        return;
    }
    refresh->busy++;
}

/* --- configuration --- */

static void drop_pollers(struct refresh *refresh, bool unsettled_too)
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
        /* One name needs no id: only two could be the same organization. */
        .resolve = refresh->n_slots > 1 && uuid_is_nil(&refresh->state.organizations[index].id),
        .sink = on_answer,
        .context = refresh,
    };

    refresh->slots[index].poller = poller_new(&options, err);
    return refresh->slots[index].poller ? 0 : -1;
}

static int start_polling(struct refresh *refresh, struct error *err)
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
    refresh->n_slots = refresh->state.n_organizations;
    refresh->slots = calloc(refresh->n_slots + 1, sizeof(*refresh->slots));
    if (!refresh->client || !refresh->slots)
        return refresh->client ? error_no_memory(err) : -1;
    for (size_t i = 0; i < refresh->n_slots; i++)
        if (start_poller(refresh, i, err) < 0)
            return -1;
    return 0;
}

/* The worker rests: the configuration that waits comes into force. */
static void change_config(struct refresh *refresh)
{
    struct config *old = refresh->config;
    struct coder_state state = {0};
    struct error err = {0};

    if (coder_state_new(refresh->next->queues, refresh->next->n_queues, &state, &err) < 0) {
        log_error("the new configuration is not in force", "error", err.text, NULL);
        config_free(refresh->next);
        refresh->next = NULL;
        return;
    }
    drop_pollers(refresh, true);
    free(refresh->slots);
    coder_client_free(refresh->client);
    if (old && strcmp(old->coder.url, refresh->next->coder.url) == 0)
        coder_state_inherit(&state, &refresh->state);
    coder_state_clear(&refresh->state);
    refresh->state = state;
    refresh->config = refresh->next;
    refresh->next = NULL;
    config_free(old);
    if (start_polling(refresh, &err) < 0)
        log_error("Coder is not polled", "error", err.text, NULL);
    if (refresh->round != ROUND_NONE)
        tell_readers(refresh); /* the polls that they wait for were given up */
    if (refresh->options.readers)
        read_desk_switch(refresh->options.readers, refresh->config->coder.refresh == CONFIG_REFRESH_ON_READ);
    want_build(refresh);
}

/* One errand of the worker is done. */
static void rest(struct refresh *refresh)
{
    refresh->busy--;
    if (refresh->busy == 0 && refresh->next && !refresh->stopped)
        change_config(refresh);
}

void refresh_configure(struct refresh *refresh, struct config *take)
{
    config_free(refresh->next);
    refresh->next = take;
    drop_pollers(refresh, false);
    if (refresh->busy == 0)
        change_config(refresh);
}

const struct config *refresh_config(const struct refresh *refresh)
{
    return refresh->next ? refresh->next : refresh->config;
}

bool refresh_settled(const struct refresh *refresh)
{
    return atomic_load(&refresh->settled);
}

bool refresh_is_idle(const struct refresh *refresh)
{
    return refresh->busy == 0;
}

void refresh_stop(struct refresh *refresh)
{
    refresh->stopped = true;
    loop_timer_stop(refresh->build_timer);
    drop_pollers(refresh, false);
}

struct refresh *refresh_new(const struct refresh_options *options, struct error *err)
{
    struct refresh *refresh = calloc(1, sizeof(*refresh));

    if (!refresh) {
        error_no_memory(err);
        return NULL;
    }
    refresh->options = *options;
    refresh->build_timer = loop_timer_new(options->loop, start_build, refresh);
    if (!refresh->build_timer) {
        error_no_memory(err);
        refresh_free(refresh);
        return NULL;
    }
    return refresh;
}

void refresh_free(struct refresh *refresh)
{
    if (!refresh)
        return;
    drop_pollers(refresh, true);
    free(refresh->slots);
    coder_client_free(refresh->client);
    coder_state_clear(&refresh->state);
    cluster_told_clear(&refresh->told);
    loop_timer_free(refresh->build_timer);
    config_free(refresh->next);
    config_free(refresh->config);
    free(refresh);
}
