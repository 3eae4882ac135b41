#include "adapter/node_samples.h"

#include <math.h>
#include <stdio.h>

#include "adapter/families.h"

/* Where the series come from: objects (nodes, pods), usage (nodes, its source). */
struct origin {
    struct metric_builder *builder;
    const struct node_facts *state;
    unsigned sources[NODE_SOURCES];
};

struct set_start {
    const struct metric_label *identity;
    size_t n_identity;
    enum family id;
    enum node_source_id besides; /* the nodes' own, a source that comes to them, or one that stands alone */
};

static const enum family usage_families[2][USAGE_RESOURCES] = {
    {FAMILY_NODE_GROUP_CPU_USAGE, FAMILY_NODE_GROUP_MEMORY_USAGE},
    {FAMILY_NODE_CPU_USAGE, FAMILY_NODE_MEMORY_USAGE},
};
static const enum family requests_families[] = {FAMILY_NODE_GROUP_CPU_REQUESTS, FAMILY_NODE_GROUP_MEMORY_REQUESTS};
static const enum family headroom_families[] = {FAMILY_NODE_GROUP_HEADROOM_CORES, FAMILY_NODE_GROUP_HEADROOM_BYTES};
static const enum family shortfall_families[] = {FAMILY_NODE_GROUP_SHORTFALL_CORES, FAMILY_NODE_GROUP_SHORTFALL_BYTES};
static const double gauge_most = 1e12; /* beyond it a query is wrong */
static const size_t amounts_of[USAGE_RESOURCES] = {[USAGE_CPU] = RESOURCE_CPU, [USAGE_MEMORY] = RESOURCE_MEMORY};
static const char *const resource_names[USAGE_RESOURCES] = {[USAGE_CPU] = "cpu", [USAGE_MEMORY] = "memory"};

static void begin(const struct origin *origin, const struct set_start *start)
{
    const unsigned sources[] = {origin->sources[start->besides], origin->sources[NODE_SOURCE_NODES]};
    const struct metric_set_key key = {
        .family = family(start->id),
        .name_space = "*",
        .identity = start->identity,
        .n_identity = start->n_identity,
        .sources = sources,
        .n_sources = start->besides == NODE_SOURCE_NODES || start->besides >= NODE_SOURCE_GAUGES ? 1 : 2,
    };

    metric_builder_begin(origin->builder, &key);
}

static void begin_group(const struct origin *origin, enum family id, const char *group, enum node_source_id besides)
{
    const struct metric_label identity = {"node_group", group};
    const struct set_start start = {&identity, 1, id, besides};

    begin(origin, &start);
}

static int64_t milli(double value)
{
    return value > 0 ? llround(value * 1000) : 0;
}

/* cpu is in thousandths already; bytes at the edge of 64 bits stay there. */
static int64_t amount_milli(size_t resource, int64_t amount)
{
    if (amount <= 0)
        return 0;
    if (resource == RESOURCE_CPU)
        return amount;
    return amount > INT64_MAX / 1000 ? INT64_MAX : amount * 1000;
}

/* --- usage --- */

static void add_group_usage(const struct origin *origin, const char *group, enum usage_resource resource)
{
    struct window_figure figure;

    begin_group(origin, usage_families[0][resource], group, NODE_SOURCE_USAGE);
    for (enum window_span span = 0; span < WINDOW_SPANS; span++) {
        const struct metric_label labels[] = {{"node_group", group}, {"window", window_span_name(span)}};

        if (usage_tracker_group(origin->state->tracker, group, resource, span, &figure) && figure.enough)
            metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), milli(figure.ratio));
    }
}

static void add_node_usage(const struct origin *origin, const struct node *node, enum usage_resource resource)
{
    struct window_figure figure;

    for (enum window_span span = 0; span < WINDOW_SPANS; span++) {
        const struct metric_label labels[] = {
            {"node", node->name}, {"node_group", node->group ? node->group : CLUSTER_NO_GROUP}, {"window", window_span_name(span)}};

        if (usage_tracker_node(origin->state->tracker, node->name, resource, span, &figure) && figure.enough)
            metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), milli(figure.ratio));
    }
}

/* All in one set: they have the same sources, so that no selector can tell a stale one from a fresh one. */
static void add_nodes_usage(const struct origin *origin)
{
    const struct cluster *cluster = &origin->state->pool->cluster;

    for (enum usage_resource resource = 0; resource < USAGE_RESOURCES; resource++) {
        const struct set_start start = {NULL, 0, usage_families[1][resource], NODE_SOURCE_USAGE};

        begin(origin, &start);
        for (size_t i = 0; i < cluster->n_nodes; i++)
            add_node_usage(origin, &cluster->nodes[i], resource);
    }
}

/* Our own word: it is there whatever the sources say. */
static void add_insufficient(const struct origin *origin, const char *group)
{
    struct window_figure figure;

    for (enum usage_resource resource = 0; resource < USAGE_RESOURCES; resource++)
        for (enum window_span span = 0; span < WINDOW_SPANS; span++) {
            const struct metric_label labels[] = {
                {"node_group", group}, {"resource", resource_names[resource]}, {"window", window_span_name(span)}};
            bool enough = usage_tracker_group(origin->state->tracker, group, resource, span, &figure) && figure.enough;

            metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), enough ? 0 : 1000);
        }
}

/* --- nodes, requests, resilience --- */

static void add_states(const struct origin *origin, const struct group_figures *group)
{
    static const char *const names[] = {
        [NODE_READY] = "ready", [NODE_CORDONED] = "cordoned", [NODE_NOT_READY] = "not_ready", [NODE_DELETING] = "deleting"};

    begin_group(origin, FAMILY_NODE_GROUP_NODES, group->name, NODE_SOURCE_NODES);
    for (size_t state = 0; state < ARRAY_LEN(names); state++) {
        const struct metric_label labels[] = {{"node_group", group->name}, {"state", names[state]}};

        metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), (int64_t)group->n_state[state] * 1000);
    }
}

static void add_requests(const struct origin *origin, const struct group_figures *group)
{
    const struct metric_label label = {"node_group", group->name};

    for (enum usage_resource resource = 0; resource < USAGE_RESOURCES; resource++) {
        size_t amount = amounts_of[resource];

        begin_group(origin, requests_families[resource], group->name, NODE_SOURCE_PODS);
        if (group->allocatable[amount] > 0)
            metric_builder_sample(origin->builder, &label, 1, milli((double)group->requested[amount] / (double)group->allocatable[amount]));
    }
}

static void add_check(const struct origin *origin, enum family id, const struct group_figures *group,
                      bool (*value)(const struct group_check *check, size_t amount, int64_t *out), size_t amount)
{
    int64_t out;

    begin_group(origin, id, group->name, NODE_SOURCE_PODS);
    for (enum resilience_mode mode = 0; mode < RESILIENCE_MODES; mode++) {
        const struct metric_label labels[] = {{"node_group", group->name}, {"resilience", resilience_mode_name(mode)}};

        if (group->checks[mode].done && value(&group->checks[mode], amount, &out))
            metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), out);
    }
}

static bool headroom(const struct group_check *check, size_t amount, int64_t *out)
{
    *out = amount_milli(amount, check->headroom[amount]);
    return true;
}

static bool shortfall(const struct group_check *check, size_t amount, int64_t *out)
{
    *out = amount_milli(amount, check->headroom[amount] < -INT64_MAX ? INT64_MAX : -check->headroom[amount]);
    return true;
}

static bool resilient(const struct group_check *check, size_t amount UNUSED, int64_t *out)
{
    *out = check->verdict == RESILIENCE_FITS ? 1000 : 0;
    return check->verdict != RESILIENCE_UNKNOWN;
}

static void add_resilience(const struct origin *origin, const struct group_figures *group)
{
    for (enum usage_resource resource = 0; resource < USAGE_RESOURCES; resource++) {
        add_check(origin, headroom_families[resource], group, headroom, amounts_of[resource]);
        add_check(origin, shortfall_families[resource], group, shortfall, amounts_of[resource]);
    }
    add_check(origin, FAMILY_NODE_GROUP_RESILIENT, group, resilient, 0);
}

static void add_forecast(const struct origin *origin, const struct group_figures *group)
{
    const struct config_threshold *line = &origin->state->settings.thresholds.p2;
    const double lines[USAGE_RESOURCES] = {[USAGE_CPU] = line->cpu, [USAGE_MEMORY] = line->memory};
    int64_t seconds;

    begin_group(origin, FAMILY_NODE_GROUP_TO_THRESHOLD, group->name, NODE_SOURCE_USAGE);
    for (enum usage_resource resource = 0; resource < USAGE_RESOURCES; resource++) {
        char threshold[32];
        const struct metric_label labels[] = {
            {"node_group", group->name}, {"resource", resource_names[resource]}, {"threshold", threshold}};

        (void)snprintf(threshold, sizeof(threshold), "%g", lines[resource]);
        if (node_history_crossing(origin->state->history, group->name, resource, &seconds))
            metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), seconds * 1000);
    }
}

static void add_group(const struct origin *origin, const struct group_figures *group)
{
    for (enum usage_resource resource = 0; resource < USAGE_RESOURCES; resource++)
        add_group_usage(origin, group->name, resource);
    add_states(origin, group);
    add_forecast(origin, group);
    if (!group->requests_count)
        return;
    add_requests(origin, group);
    add_resilience(origin, group);
}

/* --- what only Prometheus says --- */

static void add_gauges(const struct origin *origin, size_t which)
{
    const struct gauges *gauges = &origin->state->gauges[which];
    const struct prometheus_query *query = prometheus_query_at(NODE_USAGE_VECTORS + which);
    const struct set_start start = {NULL, 0, (enum family)(FAMILY_NODE_LOAD + which), (enum node_source_id)(NODE_SOURCE_GAUGES + which)};

    begin(origin, &start);
    for (size_t i = 0; i < gauges->len; i++) {
        const struct gauge *gauge = &gauges->items[i];
        struct metric_label labels[PROMETHEUS_IDENTITY_MAX];
        size_t n = 0;

        for (; n < PROMETHEUS_IDENTITY_MAX && gauge->labels[n]; n++)
            labels[n] = (struct metric_label){query->identity[n], gauge->labels[n]};
        if (gauge->value < gauge_most)
            metric_builder_sample(origin->builder, labels, n, milli(gauge->value));
    }
}

/* --- what holds without any group --- */

/* A set without series: whether its sources are stale decides about the answer, even before the first group is known. */
static void add_frames(const struct origin *origin)
{
    static const struct set_start frames[] = {
        {NULL, 0, FAMILY_NODE_GROUP_CPU_USAGE, NODE_SOURCE_USAGE},      {NULL, 0, FAMILY_NODE_GROUP_MEMORY_USAGE, NODE_SOURCE_USAGE},
        {NULL, 0, FAMILY_NODE_GROUP_CPU_REQUESTS, NODE_SOURCE_PODS},    {NULL, 0, FAMILY_NODE_GROUP_MEMORY_REQUESTS, NODE_SOURCE_PODS},
        {NULL, 0, FAMILY_NODE_GROUP_NODES, NODE_SOURCE_NODES},          {NULL, 0, FAMILY_NODE_GROUP_HEADROOM_CORES, NODE_SOURCE_PODS},
        {NULL, 0, FAMILY_NODE_GROUP_HEADROOM_BYTES, NODE_SOURCE_PODS},  {NULL, 0, FAMILY_NODE_GROUP_SHORTFALL_CORES, NODE_SOURCE_PODS},
        {NULL, 0, FAMILY_NODE_GROUP_SHORTFALL_BYTES, NODE_SOURCE_PODS}, {NULL, 0, FAMILY_NODE_GROUP_RESILIENT, NODE_SOURCE_PODS},
        {NULL, 0, FAMILY_NODE_GROUP_TO_THRESHOLD, NODE_SOURCE_USAGE},
    };

    for (size_t i = 0; i < ARRAY_LEN(frames); i++)
        begin(origin, &frames[i]);
}

static const char *source_name(const struct node_facts *state, enum node_source_id id)
{
    static const char *const gauges[NODE_GAUGES] = {"prometheus/load", "prometheus/filesystems", "prometheus/claims", "prometheus/osds"};

    if (id >= NODE_SOURCE_GAUGES)
        return gauges[id - NODE_SOURCE_GAUGES];
    if (id == NODE_SOURCE_USAGE)
        return state->settings.usage.source == CONFIG_USAGE_PROMETHEUS ? "prometheus/nodes" : "metrics-api/nodes";
    return id == NODE_SOURCE_NODES ? "kubernetes/nodes" : "kubernetes/pods";
}

static void add_sources(struct origin *origin)
{
    for (enum node_source_id id = 0; id < node_facts_sources(origin->state); id++) {
        const struct node_source *source = &origin->state->sources[id];
        const struct metric_source row = {
            .name = source_name(origin->state, id),
            .read_unix_ms = source->read_unix_ms,
            .read_boot_ms = source->read_boot_ms,
            .stale_after_ms = source->stale_after_ms,
            .last_error = source->err.text,
        };

        origin->sources[id] = metric_builder_source(origin->builder, &row);
    }
}

static void begin_local(const struct origin *origin, enum family id)
{
    const struct metric_set_key key = {.family = family(id), .name_space = "*"};

    metric_builder_begin(origin->builder, &key);
}

static void add_single_local(const struct origin *origin, enum family id, int64_t value)
{
    begin_local(origin, id);
    metric_builder_sample(origin->builder, NULL, 0, value * 1000);
}

static void add_errors(const struct origin *origin, enum node_source_id id)
{
    const struct node_source *source = &origin->state->sources[id];

    for (size_t code = ERROR_NONE + 1; code < NODE_ERROR_CODES; code++) {
        const struct metric_label labels[] = {{"source", source_name(origin->state, id)},
                                              {"reason", error_code_name((enum error_code)code)}};

        if (source->failures[code] > 0)
            metric_builder_sample(origin->builder, labels, ARRAY_LEN(labels), (int64_t)source->failures[code] * 1000);
    }
}

static void add_own_view(const struct origin *origin)
{
    const struct node_facts *state = origin->state;
    const struct metric_label usage = {"source", source_name(state, NODE_SOURCE_USAGE)};

    begin_local(origin, FAMILY_SOURCE_ERRORS);
    for (enum node_source_id id = 0; id < node_facts_sources(state); id++)
        add_errors(origin, id);
    begin_local(origin, FAMILY_POLL_DURATION);
    metric_builder_sample(origin->builder, &usage, 1, state->sources[NODE_SOURCE_USAGE].duration_ms);
    add_single_local(origin, FAMILY_KNOWN_PODS, (int64_t)state->pool->cluster.pods.len);
    add_single_local(origin, FAMILY_STRANGE_OBJECTS, (int64_t)(state->pool->strange + state->usage_refused));
    begin_local(origin, FAMILY_USAGE_INSUFFICIENT);
    for (size_t i = 0; i < state->figures.n_groups; i++)
        add_insufficient(origin, state->figures.groups[i].name);
}

void node_samples_add(const struct node_facts *state, struct metric_builder *builder)
{
    struct origin origin = {.builder = builder, .state = state};

    add_sources(&origin);
    add_frames(&origin);
    for (size_t i = 0; i < state->figures.n_groups; i++)
        add_group(&origin, &state->figures.groups[i]);
    add_nodes_usage(&origin);
    for (size_t i = NODE_SOURCE_GAUGES; i < node_facts_sources(state); i++)
        add_gauges(&origin, i - NODE_SOURCE_GAUGES);
    add_own_view(&origin);
}
