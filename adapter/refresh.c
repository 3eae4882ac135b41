#include "adapter/refresh.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/refresh_inside.h"
#include "base/clock.h"
#include "base/log.h"

enum { START_AGAIN_MS = 1000 };

/* --- what is told from outside --- */

void refresh_set_workshops(struct refresh *refresh, struct workshop_list take)
{
    cluster_told_set_workshops(&refresh->told, take);
    refresh_want_build(refresh);
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
    refresh_want_build(refresh);
}

/* --- configuration --- */

static void load_zone(struct refresh *refresh)
{
    struct error err = {0};

    zone_clear(&refresh->zone);
    if (zone_load(refresh->config->time_zone, &refresh->zone, &err) < 0)
        log_error("learned profiles are in UTC", "error", err.text, NULL);
}

static void restore_work(void *context)
{
    struct refresh *refresh = context;

    coder_history_restore(refresh->history, &refresh->state, clock_unix_ms());
}

static void restore_done(void *context)
{
    refresh_rest(context);
}

bool refresh_wants_history(const struct config *config)
{
    return config->coder.keep_history && config->node_groups.history.path[0] != '\0';
}

/* Before the first answer: the worker takes one errand after the other. What fails now is tried again before the first write. */
static void follow_history(struct refresh *refresh)
{
    const struct config_node_groups *groups = &refresh->config->node_groups;

    coder_history_free(refresh->history);
    refresh->history = NULL;
    if (!refresh_wants_history(refresh->config))
        return;
    refresh->history = coder_history_new(groups->history.path, groups->history.retention_ms);
    if (refresh->history && worker_submit(refresh->options.worker, restore_work, restore_done, refresh) == 0)
        refresh->busy++;
}

/* No answer is with the worker. */
static void end_polling(struct refresh *refresh)
{
    refresh_drop_pollers(refresh, true);
    refresh_drop_schedule(refresh);
    free(refresh->slots);
    refresh->slots = NULL;
    refresh->n_slots = 0;
    coder_client_free(refresh->client);
    refresh->client = NULL;
}

/* All of it or nothing, and then again: a moment without memory must not end it. */
static void start_polling(void *context)
{
    struct refresh *refresh = context;
    struct error err = {0};

    if (refresh->stopped || refresh_start_polling(refresh, &err) == 0)
        return;
    log_error("Coder is not polled; it is tried again", "error", err.text, NULL);
    end_polling(refresh);
    loop_timer_after(refresh->poll_timer, START_AGAIN_MS);
}

/* The worker rests: the configuration that waits comes into force. */
static void change_config(struct refresh *refresh)
{
    struct config *old = refresh->config;

    loop_timer_stop(refresh->poll_timer);
    end_polling(refresh);
    if (old && strcmp(old->coder.url, refresh->next->coder.url) == 0)
        coder_state_inherit(&refresh->next_state, &refresh->state);
    coder_state_clear(&refresh->state);
    refresh->state = refresh->next_state;
    refresh->next_state = (struct coder_state){0};
    refresh->config = refresh->next;
    refresh->next = NULL;
    config_free(old);
    load_zone(refresh);
    follow_history(refresh);
    start_polling(refresh);
    if (refresh->round != ROUND_NONE)
        refresh_tell_readers(refresh); /* the polls that they wait for were given up */
    if (refresh->options.readers)
        read_desk_switch(refresh->options.readers, refresh->config->coder.refresh == CONFIG_REFRESH_ON_READ);
    refresh_want_build(refresh);
}

/* One errand of the worker is done. */
void refresh_rest(struct refresh *refresh)
{
    refresh->busy--;
    if (refresh->busy == 0 && refresh->next && !refresh->stopped)
        change_config(refresh);
}

int refresh_configure(struct refresh *refresh, struct config *take, struct error *err)
{
    struct coder_state state = {0};

    if (coder_state_new(take->queues, take->n_queues, &state, err) < 0) {
        config_free(take);
        return -1;
    }
    coder_state_clear(&refresh->next_state);
    config_free(refresh->next);
    refresh->next = take;
    refresh->next_state = state;
    refresh_drop_pollers(refresh, false);
    if (refresh->busy == 0)
        change_config(refresh);
    return 0;
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
    loop_timer_stop(refresh->poll_timer);
    refresh_drop_pollers(refresh, false);
}

struct refresh *refresh_new(const struct refresh_options *options, struct error *err)
{
    struct refresh *refresh = calloc(1, sizeof(*refresh));

    if (!refresh) {
        error_no_memory(err);
        return NULL;
    }
    refresh->options = *options;
    refresh->build_timer = loop_timer_new(options->loop, refresh_start_build, refresh);
    refresh->poll_timer = loop_timer_new(options->loop, start_polling, refresh);
    if (!refresh->build_timer || !refresh->poll_timer) {
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
    end_polling(refresh);
    if (refresh->history && refresh->config)
        coder_history_finish(refresh->history, &refresh->state, clock_unix_ms());
    coder_history_free(refresh->history);
    zone_clear(&refresh->zone);
    coder_state_clear(&refresh->state);
    coder_state_clear(&refresh->next_state);
    cluster_told_clear(&refresh->told);
    loop_timer_free(refresh->build_timer);
    loop_timer_free(refresh->poll_timer);
    config_free(refresh->next);
    config_free(refresh->config);
    free(refresh);
}
