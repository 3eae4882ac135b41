#include "adapter/node_facts.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/node_frame.h"
#include "adapter/node_settings.h"
#include "base/clock.h"
#include "base/log.h"

/* --- making one --- */

static struct node_pool *new_pool(const char *label)
{
    struct node_pool *pool = malloc(sizeof(*pool));

    if (pool)
        node_pool_init(pool, label);
    return pool;
}

static void free_pool(struct node_pool *pool)
{
    if (pool)
        node_pool_clear(pool);
    free(pool);
}

void node_facts_free(struct node_facts *state)
{
    if (!state)
        return;
    node_history_free(state->history);
    usage_tracker_free(state->tracker);
    node_figures_clear(&state->figures);
    for (size_t i = 0; i < NODE_GAUGES; i++)
        gauges_clear(&state->gauges[i]);
    free_pool(state->pool);
    free_pool(state->next);
    node_settings_clear(&state->settings);
    free(state);
}

struct node_facts *node_facts_new(const struct config_node_groups *settings, int64_t now_unix_ms, int64_t now_boot_ms, struct error *err)
{
    CLEANUP(node_facts_freep) struct node_facts *state = calloc(1, sizeof(*state));
    const struct usage_clocks now = {now_unix_ms, now_boot_ms};
    struct node_facts *made;

    if (!state) {
        (void)error_no_memory(err);
        return NULL;
    }
    if (node_settings_copy(settings, &state->settings, err) < 0)
        return NULL;
    state->pool = new_pool(state->settings.label);
    state->tracker = usage_tracker_new(settings->usage.stale_after_ms);
    state->tick_due = true;
    if (!state->pool || !state->tracker) {
        (void)error_no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < NODE_SOURCES; i++)
        state->sources[i].stale_after_ms = i >= NODE_SOURCE_USAGE ? settings->usage.stale_after_ms : NODE_WATCH_STALE_MS;
    state->history = node_history_new(&state->settings, err);
    if (!state->history || node_history_restore(state->history, state->tracker, &now, err) < 0)
        return NULL;
    made = state;
    state = NULL;
    return made;
}

/* --- nodes and pods --- */

static struct node_pool *pool_in_reading(struct node_facts *state)
{
    return state->next ? state->next : state->pool;
}

/* What was listed anew takes the place of what was there, once it is whole. */
static void switch_pool(struct node_facts *state)
{
    if (!state->next || !node_pool_is_whole(state->next))
        return;
    free_pool(state->pool);
    state->pool = state->next;
    state->next = NULL;
}

static int apply_change(struct node_facts *state, const struct node_change *change, struct error *err)
{
    struct node_pool *pool = pool_in_reading(state);

    switch (change->type) {
    case NODE_LIST_BEGINS: node_pool_begin(pool, change->kind); return 0;
    case NODE_PUT:
    case NODE_REMOVED:
        if (change->frame)
            return node_frame_apply(pool, change->kind, change->frame, change->frame_len, err);
        return node_object_apply(pool, change->kind, change->type == NODE_REMOVED, change->object, err);
    case NODE_LIST_ENDS:
    default:
        node_pool_end(pool, change->kind);
        switch_pool(state);
        return 0;
    }
}

static void note_failure(struct node_source *source, const struct error *err, uint64_t n)
{
    source->err = *err;
    source->failures[err->code] += n;
}

/* While a fresh pool is listed nothing is told to the one in force, which ages. */
static void note_proof(struct node_facts *state, const struct node_batch *batch, size_t kind, const struct usage_clocks *now)
{
    struct node_source *source = &state->sources[kind];
    struct usage_clocks *proven = &state->proven[kind];
    int64_t current = state->next || state->lost ? 0 : batch->current_boot_ms[kind];

    if (batch->failure[kind].code != ERROR_NONE)
        note_failure(source, &batch->failure[kind], batch->n_failures[kind]);
    else if (current > proven->boot_ms)
        source->err = (struct error){0};
    if (current > proven->boot_ms)
        *proven = (struct usage_clocks){.unix_ms = now->unix_ms - (now->boot_ms - current), .boot_ms = current};
}

/* The rest of the batch counts all the same: what is known is only given up once something better is there. */
static int apply_changes(struct node_facts *state, const struct node_batch *batch, struct error *err)
{
    int status = 0;

    for (size_t i = 0; i < batch->len; i++) {
        struct error why = {0};

        if (apply_change(state, &batch->items[i], &why) == 0)
            continue;
        note_failure(&state->sources[batch->items[i].kind], &why, 1);
        *err = why;
        status = -1;
    }
    return status;
}

int node_facts_apply(struct node_facts *state, const struct node_batch *batch, const struct usage_clocks *now, struct error *err)
{
    if (batch->restart) {
        free_pool(state->next);
        state->lost = false;
        state->next = new_pool(state->settings.label);
    }
    if (batch->restart && !state->next) {
        state->lost = true;
        return error_no_memory(err);
    }
    if (apply_changes(state, batch, err) < 0 || batch->lossy)
        state->lost = true;
    for (size_t kind = 0; kind < NODE_KINDS; kind++)
        note_proof(state, batch, kind, now);
    return state->lost && err->code != ERROR_NONE ? -1 : 0;
}

/* --- usage --- */

static void note_good(struct node_source *source, const struct node_usage_reading *reading, int64_t newest_unix_ms)
{
    int64_t age = reading->clocks.unix_ms > newest_unix_ms ? reading->clocks.unix_ms - newest_unix_ms : 0;

    source->read_unix_ms = reading->unix_ms - age;
    source->read_boot_ms = reading->clocks.boot_ms > age ? reading->clocks.boot_ms - age : 1;
    source->duration_ms = reading->duration_ms;
    source->err = (struct error){0};
}

/* The source is as old as the newest thing it says: one that hands out the same answer for ever goes stale. */
static void note_usage(struct node_facts *state, const struct node_usage_reading *reading)
{
    int64_t newest = reading->samples->len > 0 ? INT64_MIN : reading->clocks.unix_ms;

    for (size_t i = 0; i < reading->samples->len; i++)
        if (reading->samples->items[i].at_unix_ms > newest)
            newest = reading->samples->items[i].at_unix_ms;
    note_good(&state->sources[NODE_SOURCE_USAGE], reading, newest);
}

void node_facts_take_usage(struct node_facts *state, const struct node_usage_reading *reading)
{
    if (!reading->samples) {
        note_failure(&state->sources[NODE_SOURCE_USAGE], reading->err, 1);
        return;
    }
    note_usage(state, reading);
    state->tick_due = true;
    state->usage_refused += reading->samples->n_refused;
    for (size_t i = 0; i < reading->samples->len; i++)
        (void)usage_tracker_add(state->tracker, &reading->samples->items[i], &reading->clocks);
}

void node_facts_take_gauges(struct node_facts *state, size_t which, struct gauges *take, const struct node_usage_reading *reading)
{
    struct node_source *source = &state->sources[NODE_SOURCE_GAUGES + which];

    if (!take) {
        note_failure(source, reading->err, 1);
        return;
    }
    gauges_clear(&state->gauges[which]);
    state->gauges[which] = gauges_move(take);
    state->usage_refused += state->gauges[which].n_refused;
    note_good(source, reading, reading->clocks.unix_ms); /* an instant vector is of the moment in which it was asked for */
}

enum node_source_id node_facts_sources(const struct node_facts *state)
{
    return state->settings.usage.source == CONFIG_USAGE_PROMETHEUS ? NODE_SOURCES : NODE_SOURCE_GAUGES;
}

/* --- settling --- */

static void free_members(struct usage_member **members)
{
    free(*members);
}

static int set_members(struct node_facts *state, int64_t now_boot_ms, struct error *err)
{
    const struct cluster *cluster = &state->pool->cluster;
    CLEANUP(free_members) struct usage_member *members = calloc(cluster->n_nodes + 1, sizeof(*members));
    size_t n = 0;

    if (!members)
        return error_no_memory(err);
    for (size_t i = 0; i < cluster->n_nodes; i++) {
        const struct node *node = &cluster->nodes[i];

        if (node->state != NODE_READY)
            continue;
        members[n++] = (struct usage_member){
            .node = node->name,
            .group = node->group ? node->group : CLUSTER_NO_GROUP,
            .capacity =
                {[USAGE_CPU] = (double)node->capacity->of[RESOURCE_CPU], [USAGE_MEMORY] = (double)node->capacity->of[RESOURCE_MEMORY]},
        };
    }
    if (usage_tracker_set_members(state->tracker, members, n, now_boot_ms, err) < 0)
        return -1;
    state->pool->nodes_changed = false;
    return 0;
}

static bool has_unlabelled(const struct node_figures *figures)
{
    for (size_t i = 0; i < figures->n_groups; i++)
        if (strcmp(figures->groups[i].name, CLUSTER_NO_GROUP) == 0)
            return true;
    return false;
}

static int make_figures(struct node_facts *state, struct error *err)
{
    static const enum resilience_mode modes[] = {[CONFIG_RESILIENCE_NODE] = RESILIENCE_NODE,
                                                 [CONFIG_RESILIENCE_ZONE] = RESILIENCE_ZONE,
                                                 [CONFIG_RESILIENCE_DRAIN] = RESILIENCE_DRAIN};
    const struct node_figure_options options = {
        .mode = modes[state->settings.resilience],
        .data_services = (const char *const *)state->settings.data_services.items,
        .n_data_services = state->settings.data_services.len,
    };
    int64_t began = clock_boot_ms();
    bool knew = has_unlabelled(&state->figures);

    if (node_figures_make(state->pool, &options, &state->figures, err) < 0)
        return -1;
    if (!knew && has_unlabelled(&state->figures))
        log_warn("there are nodes without the label of a node group: they make one of their own", "label", state->settings.label, "group",
                 CLUSTER_NO_GROUP, NULL);
    state->figures_took_ms = clock_boot_ms() - began;
    state->figured = true;
    return 0;
}

static int64_t figures_due_ms(const struct node_facts *state, int64_t now_boot_ms)
{
    int64_t space = state->figures_took_ms * NODE_FIGURES_SHARE, since = now_boot_ms - state->figured_boot_ms;

    if (space < NODE_FIGURES_SPACE_MS)
        space = NODE_FIGURES_SPACE_MS;
    return !state->figured || since >= space ? 0 : space - since;
}

/* It costs a look at each node, too much for each batch of pods. */
static void tick(struct node_facts *state, int64_t now_boot_ms)
{
    if (!state->tick_due && now_boot_ms - state->ticked_boot_ms < NODE_TICK_SPACE_MS)
        return;
    usage_tracker_tick(state->tracker, now_boot_ms);
    state->ticked_boot_ms = now_boot_ms;
    state->tick_due = false;
}

/* The figures are those of the pool: so they are right as long as that is. */
static void take_proofs(struct node_facts *state)
{
    for (size_t kind = 0; kind < NODE_KINDS; kind++) {
        state->sources[kind].read_unix_ms = state->proven[kind].unix_ms;
        state->sources[kind].read_boot_ms = state->proven[kind].boot_ms;
    }
}

static int refigure(struct node_facts *state, const struct usage_clocks *now, int64_t *due_ms, struct error *err)
{
    *due_ms = figures_due_ms(state, now->boot_ms);
    if (*due_ms > 0)
        return 0;
    *due_ms = -1;
    state->figured_boot_ms = now->boot_ms; /* also when it fails: not again at once */
    if (make_figures(state, err) < 0)
        return -1;
    state->pool->changed = false;
    return 0;
}

int node_facts_settle(struct node_facts *state, const struct usage_clocks *now, int64_t *due_ms, struct error *err)
{
    *due_ms = -1;
    if (!state->pool->listed[KIND_NODES])
        return 0;
    if (state->pool->nodes_changed && set_members(state, now->boot_ms, err) < 0)
        return -1;
    tick(state, now->boot_ms);
    if (state->pool->changed && refigure(state, now, due_ms, err) < 0)
        return -1;
    if (!state->pool->changed)
        take_proofs(state);
    return 0;
}
