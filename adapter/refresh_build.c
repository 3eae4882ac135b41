/* refresh_build.c - from what Coder and the cluster said to the published snapshot. */
#include <stdlib.h>

#include "adapter/coder_graces.h"
#include "adapter/coder_policies.h"
#include "adapter/coder_samples.h"
#include "adapter/families.h"
#include "adapter/refresh_inside.h"
#include "base/clock.h"
#include "base/log.h"

enum { BUILD_SHARE = 10 }; /* a build may take one part in so many of a core */

/* What goes to the worker and comes back: a snapshot to build. */
struct build {
    struct refresh *refresh;
    struct metric_snapshot *snapshot;
    struct protection_report protection;
    bool settled;
    int64_t started_us;
    int64_t answered_boot_ms; /* the oldest of the answers that it is made of */
    struct error err;
};

/* --- the worker's part --- */

static void decide_policies(struct refresh *refresh)
{
    const struct queue_plan plan = {
        .workshops = refresh->config->workshops,
        .n_workshops = refresh->config->n_workshops,
        .told = refresh->told.workshops.items,
        .n_told = refresh->told.workshops.len,
        .guidelines = refresh->config->guidelines,
        .n_guidelines = refresh->config->n_guidelines,
        .zone = &refresh->zone,
        .schedule = &refresh->told.schedule,
    };
    const struct queue_moment now = {.boot_ms = clock_boot_ms(), .unix_ms = clock_unix_ms()};

    coder_policies_decide(&refresh->state, &plan, &now);
    coder_graces_check(&refresh->state, now.unix_ms);
    if (refresh->history)
        coder_history_keep(refresh->history, &refresh->state, &now);
}

/* Both histories are in one file: whoever cannot keep it. */
static void add_history_problem(const struct refresh *refresh, struct metric_builder *builder)
{
    const struct metric_set_key key = {.family = family(FAMILY_HISTORY_PROBLEM), .name_space = "*"};
    bool queues = refresh_wants_history(refresh->config) && (!refresh->history || coder_history_is_failing(refresh->history));
    bool nodes = refresh->nodes && node_watch_history_fails(refresh->nodes);

    metric_builder_begin(builder, &key);
    metric_builder_sample(builder, NULL, 0, queues || nodes ? 1000 : 0);
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
    add_history_problem(refresh, builder);
    build->settled = coder_state_settled(&refresh->state);
    return metric_builder_finish(builder, refresh->options.encoders, &build->snapshot, &build->err);
}

static void build_work(void *context)
{
    struct build *build = context;

    if (build_snapshot(build) < 0)
        (void)error_wrap(&build->err, "build the snapshot");
}

/* --- the loop's part --- */

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
        refresh_tell_readers(refresh);
    if (refresh->build_wanted)
        refresh_want_build(refresh);
    refresh_rest(refresh);
}

void refresh_start_build(void *context)
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

void refresh_want_build(struct refresh *refresh)
{
    int64_t since_us = clock_boot_us() - refresh->built_boot_us;

    refresh->build_wanted = true;
    if (refresh->building || refresh->stopped)
        return;
    loop_timer_after(refresh->build_timer, (refresh->build_took_us * BUILD_SHARE - since_us) / 1000);
}
