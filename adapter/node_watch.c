#include "adapter/node_watch.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/history_backfill.h"
#include "adapter/node_samples.h"
#include "adapter/node_settings.h"
#include "adapter/node_facts.h"
#include "adapter/node_usage.h"
#include "base/clock.h"
#include "base/log.h"
#include "kube/protobuf_decoder.h"
#include "kube/watch.h"

enum {
    PAST_AGAIN_MS = 600000,
    PAST_WEEKS = 26 /* what forecasts and reports look at */,
    BATCH_MAX = 64 /* as much as stays in a core's cache */,
    ANEW_SPACE_MS = 120000 /* between two lists of everything that something lost asks for */,
    FLUSH_AFTER_MS = 250,
    LEAN_AFTER_MS = 2000,
    TICK_MS = 30000
};

static const char pods_that_hold_room[] = "status.phase!=Succeeded,status.phase!=Failed";

/* One of the two collections. */
struct follow {
    struct node_watch *owner;
    enum node_kind kind;
    struct kube_watch *watch; /* NULL: off */
    bool failing;
};

struct node_watch {
    struct node_watch_options options;
    struct config_node_groups settings; /* in force on the loop's side */
    struct follow follows[NODE_KINDS];
    struct node_usage *usage;
    bool usage_failing, state_failing;
    struct node_batch batch; /* for the next errand */
    struct loop_timer *flush_timer, *tick_timer, *lean_timer;
    unsigned busy; /* errands that the worker has */
    bool stopped;
    int64_t anew_next_boot_ms; /* what is lost is not listed anew before */
    struct node_facts *state;  /* the worker's; NULL: off */

    /* Without a file, the past that Prometheus has. */
    struct history_filling *filling;
    struct backfill backfill;
    struct history *past; /* that is filled */
    bool past_done, past_failed;
    int64_t past_next_boot_ms; /* not to be tried before */
};

/* What goes to the worker and comes back. */
struct errand {
    struct node_watch *watch;
    struct config_node_groups settings; /* with replace: what is known begins anew with these */
    bool replace;
    struct node_batch batch;
    bool has_usage;
    struct history *past; /* to be adopted */
    struct node_usage_answer usage;
    struct error usage_err;
    bool made_figures, wasteful, lost, off;
    int64_t due_ms;
    struct error err;
};

/* --- on the worker --- */

static int replace_state(struct errand *errand, const struct usage_clocks *now)
{
    struct node_watch *watch = errand->watch;

    node_facts_free(watch->state); /* first: both may keep the same history */
    watch->state = NULL;
    if (!errand->settings.on)
        return 0;
    watch->state = node_facts_new(&errand->settings, now->unix_ms, now->boot_ms, &errand->err);
    return watch->state ? 0 : -1;
}

static void take_gauges(struct errand *errand, size_t which, struct node_usage_reading reading)
{
    CLEANUP(gauges_clear) struct gauges gauges = {0};
    struct error err = {0};

    reading.err = &err;
    if (node_usage_decode_gauges(&errand->usage, which, &gauges, &err) < 0)
        node_facts_take_gauges(errand->watch->state, which, NULL, &reading);
    else
        node_facts_take_gauges(errand->watch->state, which, &gauges, &reading);
}

static void take_usage(struct errand *errand)
{
    CLEANUP(usage_samples_clear) struct usage_samples samples = {0};
    struct node_usage_reading reading = {
        .clocks = errand->usage.clocks, .unix_ms = errand->usage.unix_ms, .duration_ms = errand->usage.duration_ms};

    if (node_usage_decode(&errand->usage, &samples, &errand->usage_err) < 0)
        reading.err = &errand->usage_err;
    else
        reading.samples = &samples;
    node_facts_take_usage(errand->watch->state, &reading);
    for (size_t i = 0; errand->usage.source == CONFIG_USAGE_PROMETHEUS && i < NODE_GAUGES; i++)
        take_gauges(errand, i, reading);
}

static int do_errand(struct errand *errand)
{
    const struct usage_clocks now = {clock_unix_ms(), clock_boot_ms()};
    struct node_watch *watch = errand->watch;
    int64_t figured;
    int status;

    if (errand->replace && replace_state(errand, &now) < 0)
        return -1;
    errand->off = !watch->state;
    if (errand->off)
        return 0;
    if (errand->past)
        node_history_adopt(watch->state->history, errand->past);
    errand->past = NULL;
    figured = watch->state->figured_boot_ms;
    status = node_facts_apply(watch->state, &errand->batch, &now, &errand->err);
    errand->lost = watch->state->lost;
    if (errand->has_usage)
        take_usage(errand);
    if (status < 0 || node_facts_settle(watch->state, &now, &errand->due_ms, &errand->err) < 0)
        return -1;
    errand->made_figures = watch->state->figured_boot_ms != figured;
    errand->wasteful = !watch->state->next && node_pool_is_wasteful(watch->state->pool);
    if (errand->has_usage)
        node_history_record(watch->state->history, watch->state->tracker, &watch->state->figures, &now);
    return 0;
}

static void errand_work(void *context)
{
    struct errand *errand = context;

    errand->due_ms = -1;
    if (do_errand(errand) < 0)
        (void)error_wrap(&errand->err, "nodes and pods");
}

void node_watch_add_samples(struct node_watch *watch, struct metric_builder *builder)
{
    if (watch->state)
        node_samples_add(watch->state, builder);
}

bool node_watch_history_fails(const struct node_watch *watch)
{
    return watch->state && node_history_problem(watch->state->history);
}

/* --- errands --- */

static void errand_free(struct errand *errand)
{
    node_batch_clear(&errand->batch);
    node_usage_answer_clear(&errand->usage);
    node_settings_clear(&errand->settings);
    history_close(errand->past);
    free(errand);
}

static void begin_anew(struct node_watch *watch);

/* What was lost may be lost again at once: not one list after the other. */
static bool wants_anew(struct node_watch *watch, const struct errand *errand)
{
    int64_t now = clock_boot_ms();

    if (watch->stopped || !watch->settings.on || watch->batch.restart || !(errand->wasteful || errand->lost))
        return false;
    if (errand->lost && now < watch->anew_next_boot_ms)
        return false;
    if (errand->lost)
        watch->anew_next_boot_ms = now + ANEW_SPACE_MS;
    return true;
}

static void tell_usage(struct node_watch *watch, const struct errand *errand)
{
    bool failed = errand->usage_err.code != ERROR_NONE;

    if (failed && !watch->usage_failing)
        log_warn("the usage of nodes cannot be read; the last good value stays until it is stale", "error", errand->usage_err.text, NULL);
    else if (!failed && watch->usage_failing)
        log_info("the usage of nodes can be read again", NULL);
    watch->usage_failing = failed;
}

static void tell_state(struct node_watch *watch, const struct errand *errand)
{
    bool failed = errand->err.code != ERROR_NONE;

    if (failed && !watch->state_failing)
        log_error("node groups are not up to date", "error", errand->err.text, NULL);
    else if (!failed && watch->state_failing)
        log_info("node groups are up to date again", NULL);
    watch->state_failing = failed;
}

static void read_past(struct node_watch *watch);

/* Much was decoded and is gone, a whole list, a burst, the usage of all nodes: the heap keeps its room until it is told. */
static bool leaves_room(const struct errand *errand)
{
    return errand->has_usage || errand->batch.len >= BATCH_MAX || node_batch_ends_list(&errand->batch);
}

static void make_lean(void *context UNUSED)
{
    (void)malloc_trim(0);
}

static void errand_done(void *context)
{
    struct errand *errand = context;
    struct node_watch *watch = errand->watch;
    bool worth = errand->replace || errand->has_usage || errand->made_figures || errand->batch.len == 0;

    watch->busy--;
    tell_state(watch, errand);
    if (errand->has_usage && !errand->off) {
        tell_usage(watch, errand);
        if (!watch->usage_failing)
            read_past(watch);
    }
    if (wants_anew(watch, errand))
        begin_anew(watch);
    if (!watch->stopped && errand->due_ms >= 0)
        loop_timer_after(watch->flush_timer, errand->due_ms);
    if (!watch->stopped && leaves_room(errand))
        loop_timer_after(watch->lean_timer, LEAN_AFTER_MS);
    errand_free(errand);
    if (worth)
        watch->options.changed(watch->options.context);
}

static struct errand *errand_new(struct node_watch *watch)
{
    struct errand *errand = calloc(1, sizeof(*errand));

    if (!errand)
        return NULL;
    errand->watch = watch;
    errand->batch = watch->batch;
    watch->batch = (struct node_batch){0};
    for (size_t kind = 0; kind < NODE_KINDS; kind++)
        if (watch->follows[kind].watch)
            errand->batch.current_boot_ms[kind] = kube_watch_current_ms(watch->follows[kind].watch);
    return errand;
}

/* What cannot be told to the worker is lost, so everything is told again. */
static void submit(struct errand *errand)
{
    struct node_watch *watch = errand->watch;

    if (worker_submit(watch->options.worker, errand_work, errand_done, errand) == 0) {
        watch->busy++;
        return;
    }
    log_error("nodes and pods are listed anew: out of memory", NULL);
    errand_free(errand);
    if (watch->settings.on)
        begin_anew(watch);
}

static void flush(void *context)
{
    struct node_watch *watch = context;
    struct errand *errand = watch->stopped ? NULL : errand_new(watch);

    loop_timer_stop(watch->flush_timer);
    if (errand)
        submit(errand);
}

static void on_tick(void *context)
{
    struct node_watch *watch = context;

    loop_timer_after(watch->tick_timer, TICK_MS);
    flush(watch);
}

static void on_usage(void *context, struct node_usage_answer *take)
{
    struct node_watch *watch = context;
    struct errand *errand = errand_new(watch);

    if (!errand) {
        node_usage_answer_clear(take);
        return;
    }
    errand->has_usage = true;
    errand->usage = *take;
    submit(errand);
}

/* --- the past --- */

static void end_past(struct node_watch *watch)
{
    history_filling_free(watch->filling);
    history_close(watch->past);
    watch->filling = NULL;
    watch->past = NULL;
}

/* It is over, well or badly: the errand takes what was found. (The filling itself is freed later, not from inside of its call.) */
static void on_past(void *context, const struct error *err)
{
    struct node_watch *watch = context;
    struct errand *errand;

    if (err) {
        log_warn("the past of the node groups cannot be read from Prometheus; it is tried again in ten minutes", "error", err->text, NULL);
        watch->past_next_boot_ms = clock_boot_ms() + PAST_AGAIN_MS;
        watch->past_failed = true;
        return;
    }
    watch->past_done = true;
    errand = errand_new(watch);
    if (!errand)
        return;
    log_info("the past of the node groups was read from Prometheus", NULL);
    errand->past = watch->past;
    watch->past = NULL;
    submit(errand);
}

/* Once the source has answered; what a history file holds is not asked for again (backfill fills that). */
static void read_past(struct node_watch *watch)
{
    const struct config_node_groups *settings = &watch->settings;
    const struct history_options options = {.path = "", .retention_ms = settings->history.retention_ms};
    struct history_filling_options filling = {.loop = watch->options.loop, .http = watch->options.http, .done = on_past, .context = watch};
    struct error err = {0};

    if (watch->stopped || watch->past_done || settings->usage.source != CONFIG_USAGE_PROMETHEUS || settings->history.path[0] != '\0' ||
        clock_boot_ms() < watch->past_next_boot_ms)
        return;
    if (watch->filling && !watch->past_failed) /* on its way */
        return;
    end_past(watch);
    watch->past_failed = false;
    watch->past = history_open(&options, &err);
    watch->backfill = (struct backfill){.where = &settings->usage.prometheus,
                                        .label = settings->label,
                                        .from_unix_ms = clock_unix_ms() - PAST_WEEKS * INT64_C(604800000),
                                        .to_unix_ms = clock_unix_ms()};
    filling.history = watch->past;
    if (watch->past)
        watch->filling = history_filling_start(&filling, &watch->backfill, &err);
    if (!watch->filling) {
        on_past(watch, &err);
        end_past(watch);
    }
}

/* --- events --- */

static void note(struct follow *follow, enum node_change_type type, const struct kube_event *event)
{
    if (follow->owner->batch.len == 0)
        loop_timer_after(follow->owner->flush_timer, FLUSH_AFTER_MS);
    node_batch_add(&follow->owner->batch, follow->kind, type, event);
}

static void tell_good(struct follow *follow)
{
    if (follow->failing)
        log_info("objects of the cluster can be read again", "objects", follow->kind == KIND_NODES ? "nodes" : "pods", NULL);
    follow->failing = false;
}

static void on_list_begin(void *context)
{
    note(context, NODE_LIST_BEGINS, NULL);
}

static void on_list_end(void *context)
{
    struct follow *follow = context;

    tell_good(follow);
    note(follow, NODE_LIST_ENDS, NULL);
    flush(follow->owner);
}

static void on_event(void *context, const struct kube_event *event)
{
    struct follow *follow = context;

    if (event->type == KUBE_BOOKMARK || event->type == KUBE_ERROR)
        return;
    if (event->type != KUBE_LISTED)
        tell_good(follow);
    note(follow, event->type == KUBE_DELETED ? NODE_REMOVED : NODE_PUT, event);
    if (follow->owner->batch.len >= BATCH_MAX)
        flush(follow->owner);
}

static void on_failed(void *context, const struct error *err)
{
    struct follow *follow = context;
    struct node_batch *batch = &follow->owner->batch;

    batch->failure[follow->kind] = *err;
    batch->n_failures[follow->kind]++;
    if (!follow->failing)
        log_warn("objects of the cluster cannot be read; what is known stays until it is stale", "objects",
                 follow->kind == KIND_NODES ? "nodes" : "pods", "error", err->text, NULL);
    follow->failing = true;
    loop_timer_after(follow->owner->flush_timer, FLUSH_AFTER_MS);
}

/* --- starting and ending --- */

static int start_follow(struct node_watch *watch, enum node_kind kind, struct error *err)
{
    static const struct kube_watch_handler handler = {on_list_begin, on_event, on_list_end, on_failed};
    const struct kube_collection collection = {
        .path = kind == KIND_NODES ? "/api/v1/nodes" : "/api/v1/pods",
        .field_selector = kind == KIND_NODES ? NULL : pods_that_hold_room,
        .decoder = &kube_protobuf_late_decoder,
    };

    watch->follows[kind].owner = watch;
    watch->follows[kind].kind = kind;
    watch->follows[kind].watch = kube_watch_new(watch->options.client, &collection, &handler, &watch->follows[kind], err);
    return watch->follows[kind].watch ? 0 : -1;
}

static void end_follows(struct node_watch *watch)
{
    for (size_t kind = 0; kind < NODE_KINDS; kind++) {
        kube_watch_free(watch->follows[kind].watch);
        watch->follows[kind] = (struct follow){0};
    }
}

static void start_follows(struct node_watch *watch)
{
    struct error err = {0};

    for (enum node_kind kind = 0; kind < NODE_KINDS; kind++)
        if (start_follow(watch, kind, &err) < 0)
            log_error("nodes and pods are not watched", "error", err.text, NULL);
}

/* What is known is given up bit by bit: a fresh list takes its place when it is whole. */
static void begin_anew(struct node_watch *watch)
{
    end_follows(watch);
    node_batch_clear(&watch->batch);
    watch->batch.restart = true;
    start_follows(watch);
}

static void end_all(struct node_watch *watch)
{
    end_follows(watch);
    node_usage_free(watch->usage);
    watch->usage = NULL;
    end_past(watch);
    watch->past_done = false;
    watch->past_next_boot_ms = 0;
    node_batch_clear(&watch->batch);
    loop_timer_stop(watch->flush_timer);
    loop_timer_stop(watch->tick_timer);
    loop_timer_stop(watch->lean_timer);
}

static int start_all(struct node_watch *watch, struct error *err)
{
    const struct node_usage_options usage = {
        .loop = watch->options.loop,
        .client = watch->options.client,
        .http = watch->options.http,
        .settings = &watch->settings,
        .sink = on_usage,
        .context = watch,
    };

    if (!watch->settings.on)
        return 0;
    start_follows(watch);
    watch->usage = node_usage_new(&usage, err);
    loop_timer_after(watch->tick_timer, TICK_MS);
    return watch->usage ? 0 : -1;
}

static int change_settings(struct node_watch *watch, const struct config_node_groups *settings, struct error *err)
{
    struct config_node_groups copy = {0};
    struct errand *errand;

    if (node_settings_copy(settings, &copy, err) < 0)
        return -1;
    end_all(watch);
    node_settings_clear(&watch->settings);
    watch->settings = copy;
    errand = errand_new(watch);
    if (!errand)
        return error_no_memory(err);
    errand->replace = true;
    if (node_settings_copy(settings, &errand->settings, err) < 0) {
        errand_free(errand);
        return -1;
    }
    submit(errand);
    return start_all(watch, err);
}

void node_watch_configure(struct node_watch *watch, const struct config_node_groups *settings)
{
    struct error err = {0};

    if (watch->stopped || (!settings->on && !watch->settings.on) || node_settings_equal(settings, &watch->settings))
        return;
    if (change_settings(watch, settings, &err) < 0)
        log_error("node groups are not followed", "error", err.text, NULL);
}

void node_watch_stop(struct node_watch *watch)
{
    if (!watch->stopped)
        end_all(watch);
    watch->stopped = true;
}

bool node_watch_is_idle(const struct node_watch *watch)
{
    return watch->busy == 0;
}

struct node_watch *node_watch_new(const struct node_watch_options *options, struct error *err)
{
    struct node_watch *watch = calloc(1, sizeof(*watch));

    if (!watch) {
        (void)error_no_memory(err);
        return NULL;
    }
    watch->options = *options;
    watch->flush_timer = loop_timer_new(options->loop, flush, watch);
    watch->tick_timer = loop_timer_new(options->loop, on_tick, watch);
    watch->lean_timer = loop_timer_new(options->loop, make_lean, watch);
    if (!watch->flush_timer || !watch->tick_timer || !watch->lean_timer) {
        (void)error_no_memory(err);
        node_watch_free(watch);
        return NULL;
    }
    return watch;
}

void node_watch_free(struct node_watch *watch)
{
    if (!watch)
        return;
    if (watch->flush_timer && watch->tick_timer && watch->lean_timer)
        end_all(watch);
    loop_timer_free(watch->flush_timer);
    loop_timer_free(watch->tick_timer);
    loop_timer_free(watch->lean_timer);
    node_facts_free(watch->state);
    node_settings_clear(&watch->settings);
    free(watch);
}
