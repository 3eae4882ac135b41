#include "nodegroup/advice.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "nodegroup/resilience_resize.h"
#include "nodegroup/resilience_usage.h"

enum { WEEKS_BUSY = 4 };

static const struct node_usage nothing_known;
static const double hot_ratio = 0.95, cool_ratio = 0.75, nodes_most = 1e6, mib = 1024.0 * 1024.0;

const char *advice_code_name(enum advice_code code)
{
    static const char *const names[] = {
        "add-node",
        "rebalance",
        "consolidate",
        "half-size-before-below-three",
        "ask-before-doubling",
        "ask-before-halving",
        "anti-affinity-limit",
        "remove-node",
        "drain-and-cordon",
        "p2-line-too-late",
    };

    _Static_assert(ARRAY_LEN(names) == ADVICE_CODES, "one name for each code");
    return names[code];
}

const char *advice_severity_name(enum advice_severity severity)
{
    static const char *const names[] = {"info", "warning", "critical"};

    return names[severity];
}

/* When there is no room the last one is replaced: the list is longer than what the rules can say. */
struct advice *advice_add(struct advice_list *list, enum advice_code code, enum advice_severity severity)
{
    struct advice *advice = &list->items[list->n < ADVICE_LIST_MAX ? list->n++ : ADVICE_LIST_MAX - 1];

    *advice = (struct advice){.code = code, .severity = severity};
    return advice;
}

bool advice_is_plain_name(const char *name)
{
    return *name != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == strlen(name) && *name != '-';
}

/* --- growing --- */

static bool fails(const struct resilience *check)
{
    return check->verdict == RESILIENCE_DOES_NOT_FIT || check->verdict == RESILIENCE_FRAGMENTED;
}

const char *advice_loss_name(enum resilience_mode mode)
{
    static const char *const names[] = {"a node", "a zone", "a node while another is drained"};

    return names[mode];
}

static void explain_scatter(const struct placement *placement, const struct resilience *check, const char *lost, struct advice *advice)
{
    const struct pod *pod = placement->pods[check->unplaced[0]].pod;
    char name[POD_NAME_MAX + 1];

    (void)snprintf(advice->why, sizeof(advice->why),
                   "the sums hold, but after losing %s %zu pod(s) find no node, first %s/%s (%lldm cpu, %.0f MiB): room is scattered, or "
                   "anti-affinity, labels or taints keep them out",
                   lost, check->n_unplaced, pod->shape->namespace, pod_name(pod, name), (long long)pod->shape->request->of[RESOURCE_CPU],
                   (double)pod->shape->request->of[RESOURCE_MEMORY] / mib);
}

static void explain_failure(const struct advice_input *input, const struct resilience *check, struct advice *advice)
{
    const struct placement *placement = input->placement;
    char lost[ADVICE_TEXT_MAX / 2] = "nothing more";

    if (check->n_worst > 0)
        (void)snprintf(lost, sizeof(lost), "%.200s%s", placement->nodes[check->worst[0]].node->name,
                       check->n_worst > 1 ? " and others" : "");
    if (check->verdict == RESILIENCE_FRAGMENTED && check->n_unplaced > 0)
        explain_scatter(placement, check, lost, advice);
    else
        (void)snprintf(advice->why, sizeof(advice->why),
                       "after losing %s the rest has %+lldm cpu, %+.0f MiB and %+lld pod slots (the least over all losses)", lost,
                       (long long)check->headroom.of[RESOURCE_CPU], floor((double)check->headroom.of[RESOURCE_MEMORY] / mib),
                       (long long)check->headroom.of[RESOURCE_PODS]);
}

void advice_describe_node(const struct placement *placement, uint32_t type, char *out, size_t size)
{
    const struct placement_node *node = &placement->nodes[type];

    (void)snprintf(out, size, "%s (%lldm cpu, %.0f MiB allocatable)",
                   node->node->instance_type ? node->node->instance_type : node->node->name, (long long)node->allocatable.of[RESOURCE_CPU],
                   floor((double)node->allocatable.of[RESOURCE_MEMORY] / mib));
}

/* What comes with more nodes (0: none), the questions to ask before; and whether those that are there can be kept apart. */
static void advise_growth(const struct advice_input *input, size_t more, struct advice_list *out)
{
    size_t before = input->placement->n_usable, after = before + more;
    struct size_warning warning = size_warning_of(before, after);
    struct advice *advice;

    if (warning.change == SIZE_CHANGE_DOUBLES) {
        advice = advice_add(out, ADVICE_ASK_BEFORE_DOUBLING, ADVICE_WARNING);
        (void)snprintf(advice->text, sizeof(advice->text),
                       "Going from %zu to %zu nodes doubles the group: ask the owners of the load and of the bill first", before, after);
        (void)snprintf(advice->why, sizeof(advice->why),
                       "%zu is at least twice %zu; larger requests than the load needs are the usual cause", after, before);
    }
    if (input->anti_affinity_most > 0 && after > input->anti_affinity_most) {
        advice = advice_add(out, ADVICE_ANTI_AFFINITY_LIMIT, ADVICE_WARNING);
        (void)snprintf(advice->text, sizeof(advice->text),
                       "Take larger nodes instead of more: the infrastructure keeps at most %zu of them apart", input->anti_affinity_most);
        (void)snprintf(advice->why, sizeof(advice->why), "%zu nodes on %zu separate machines: two would share one and be lost together",
                       after, input->anti_affinity_most);
    }
}

/* *most: the largest number of nodes that is asked for. What as many, or fewer, mend need not be said again. */
static int advise_more(const struct advice_input *input, const struct resilience *check, size_t *most, struct advice_list *out,
                       struct error *err)
{
    struct resize_more more = {0};
    struct advice *advice;
    char type_text[160];

    if (resize_nodes_missing(input->placement, check, &more, err) < 0)
        return -1;
    if (more.n <= *most && advice_wants_more(out) && (more.n > 0 || more.type == UINT32_MAX))
        return 0;
    advice = advice_add(out, ADVICE_ADD_NODE, check < input->checks + input->n_asked ? ADVICE_CRITICAL : ADVICE_WARNING);
    explain_failure(input, check, advice);
    if (more.type == UINT32_MAX) {
        (void)snprintf(advice->text, sizeof(advice->text), "Bring nodes back or add some: the group has no usable node");
        return 0;
    }
    advice_describe_node(input->placement, more.type, type_text, sizeof(type_text));
    if (more.n == 0) {
        (void)snprintf(advice->text, sizeof(advice->text),
                       "Add nodes of another type or in another zone: no reasonable number like %s outlives the loss of %s", type_text,
                       advice_loss_name(check->mode));
        return 0;
    }
    (void)snprintf(advice->text, sizeof(advice->text), "Add %zu node%s like %s%s%s: then the group outlives the loss of %s", more.n,
                   more.n > 1 ? "s" : "", type_text, more.where[0] ? ", " : "", more.where, advice_loss_name(check->mode));
    *most = more.n > *most ? more.n : *most;
    return 0;
}

/* --- usage --- */

/* The largest mean over 24 hours of the last four weeks; 0 when none is known. */
static double busiest_day(const struct advice_history *history, int resource)
{
    double peak = 0;

    for (size_t i = history && history->n_weeks > WEEKS_BUSY ? history->n_weeks - WEEKS_BUSY : 0; history && i < history->n_weeks; i++)
        peak = fmax(peak, resource == RESOURCE_CPU ? history->weeks[i].peak_cpu : history->weeks[i].peak_memory);
    return peak;
}

/* Which node uses how much matters not: what a lost one used moves to the rest. */
static void share_out(struct usage_node *nodes, size_t n, double used)
{
    double size = 0;

    for (size_t i = 0; i < n; i++)
        size += nodes[i].capacity;
    for (size_t i = 0; i < n && size > 0; i++)
        nodes[i].used = used * nodes[i].capacity / size;
}

static double sum_used(const struct usage_node *nodes, size_t n)
{
    double used = 0;

    for (size_t i = 0; i < n; i++)
        used += nodes[i].used;
    return used;
}

/* The nodes whose use is known: all of them when a busiest day (not 0) was above what is in use now. */
static size_t fill_usage(const struct advice_input *input, struct usage_node *nodes, int resource, double *busiest)
{
    const struct placement *placement = input->placement;
    size_t n = 0;

    for (uint32_t k = 0; k < placement->n_nodes; k++) {
        const struct node_usage *usage = input->usage.n_known > 0 ? &input->usage.nodes[k] : &nothing_known;

        if (placement->nodes[k].state != PLACEMENT_USABLE || (!usage->known && *busiest <= 0))
            continue;
        nodes[n] = (struct usage_node){
            .capacity = (double)placement->nodes[k].node->capacity->of[resource],
            .used = (double)(resource == RESOURCE_CPU ? usage->cpu_milli : usage->memory_bytes),
            .zone = (uint32_t)n,
        };
        n++;
    }
    if (*busiest > sum_used(nodes, n))
        share_out(nodes, n, *busiest);
    else
        *busiest = 0;
    return n;
}

/* How many like the largest, so that the use holds when one of those is lost. */
static size_t nodes_for_usage(const struct usage_node *nodes, size_t n, double target)
{
    double size = 0, largest = 0, more;

    for (size_t i = 0; i < n; i++) {
        size += nodes[i].capacity;
        largest = fmax(largest, nodes[i].capacity);
    }
    more = ceil((sum_used(nodes, n) / target - (size - largest)) / largest);
    return (size_t)fmin(fmax(1, more), nodes_most);
}

/* Requests may fit while what is really used does not: the rest would be slow or killed. */
static void advise_on_usage(const struct advice_input *input, struct usage_node *nodes, int resource, size_t *most, struct advice_list *out)
{
    double target = resource == RESOURCE_CPU ? input->lines.p1_cpu : input->lines.p1_memory;
    double busiest = busiest_day(input->history, resource);
    size_t n = fill_usage(input, nodes, resource, &busiest);
    struct usage_after after;
    struct advice *advice;
    size_t more;

    if (n < 2 || n < input->placement->n_usable)
        return;
    after = usage_after_loss(nodes, n, target);
    if (after.holds)
        return;
    more = nodes_for_usage(nodes, n, target);
    *most = more > *most ? more : *most;
    advice = advice_add(out, ADVICE_ADD_NODE, ADVICE_WARNING);
    (void)snprintf(advice->text, sizeof(advice->text),
                   "Add %zu node%s of the size of the largest, or move load away: after losing a node the rest would use %.0f %% of its %s",
                   more, more > 1 ? "s" : "", 100 * after.after, resource == RESOURCE_CPU ? "cpu" : "memory");
    (void)snprintf(advice->why, sizeof(advice->why),
                   "%s in use %s is %.1f %% of capacity; after the worst loss it is %.1f %%, above %.0f %%",
                   resource == RESOURCE_CPU ? "cpu" : "memory", busiest > 0 ? "on the busiest day of four weeks" : "now", 100 * after.ratio,
                   100 * after.after, 100 * target);
}

/* --- one hot node --- */

struct heat {
    double node, group; /* ratio of the hottest node and of the group */
    uint32_t at;
    bool of_usage;
};

static double ratio_of(const struct advice_input *input, uint32_t k, int resource, bool of_usage)
{
    const struct placement_node *node = &input->placement->nodes[k];
    const struct node_usage *usage = &input->usage.nodes[k];
    double used = of_usage ? (double)(resource == RESOURCE_CPU ? usage->cpu_milli : usage->memory_bytes)
                           : (double)node->requested.of[resource];
    double size = of_usage ? (double)node->node->capacity->of[resource] : (double)node->allocatable.of[resource];

    return size > 0 ? used / size : 0;
}

static struct heat find_heat(const struct advice_input *input, int resource, bool of_usage)
{
    const struct placement *placement = input->placement;
    struct heat heat = {.of_usage = of_usage, .at = UINT32_MAX};
    double used = 0, size = 0;

    for (uint32_t k = 0; k < placement->n_nodes; k++) {
        const struct placement_node *node = &placement->nodes[k];
        double ratio, room = (double)(of_usage ? node->node->capacity->of[resource] : node->allocatable.of[resource]);

        if (node->state != PLACEMENT_USABLE)
            continue;
        if (of_usage && !input->usage.nodes[k].known) /* a part says nothing of the group */
            return (struct heat){.at = UINT32_MAX};
        ratio = ratio_of(input, k, resource, of_usage);
        used += ratio * room;
        size += room;
        if (heat.at == UINT32_MAX || ratio > heat.node) {
            heat.node = ratio;
            heat.at = k;
        }
    }
    heat.group = size > 0 ? used / size : 0;
    return heat;
}

static void advise_rebalance(const struct advice_input *input, int resource, bool of_usage, struct advice_list *out)
{
    struct heat heat = find_heat(input, resource, of_usage);
    double line = resource == RESOURCE_CPU ? input->lines.p1_cpu : input->lines.p1_memory, hot = of_usage ? line : hot_ratio;
    const char *what = resource == RESOURCE_CPU ? "cpu" : "memory";
    struct advice *advice;

    if (input->placement->n_usable < 2 || heat.at == UINT32_MAX || heat.node < hot || heat.group >= cool_ratio)
        return;
    advice = advice_add(out, ADVICE_REBALANCE, ADVICE_WARNING);
    (void)snprintf(advice->text, sizeof(advice->text),
                   "Move pods off node %s: it is full while the group is not (restart some of its Deployments, or use topology spread)",
                   input->placement->nodes[heat.at].node->name);
    (void)snprintf(advice->why, sizeof(advice->why), "%s %s: %.0f %% on that node, %.0f %% in the group", what,
                   of_usage ? "in use" : "requested", 100 * heat.node, 100 * heat.group);
}

/* --- nodes that are cordoned --- */

static void advise_on_cordoned(const struct advice_input *input, struct advice_list *out)
{
    for (size_t k = 0; k < input->placement->n_nodes; k++) {
        const struct placement_node *node = &input->placement->nodes[k];
        struct advice *advice;

        if (node->node->state != NODE_CORDONED || node->moving.of[RESOURCE_PODS] == 0 || !advice_is_plain_name(node->node->name) ||
            out->n + 4 >= ADVICE_LIST_MAX)
            continue;
        advice = advice_add(out, ADVICE_DRAIN_AND_CORDON, ADVICE_INFO);
        (void)snprintf(advice->text, sizeof(advice->text),
                       "Finish with cordoned node %s: kubectl drain %s --ignore-daemonsets --delete-emptydir-data, or kubectl uncordon %s",
                       node->node->name, node->node->name, node->node->name);
        (void)snprintf(advice->why, sizeof(advice->why), "%lld pod(s) still run there (%lldm cpu, %.0f MiB), and it takes no new ones",
                       (long long)node->moving.of[RESOURCE_PODS], (long long)node->moving.of[RESOURCE_CPU],
                       (double)node->moving.of[RESOURCE_MEMORY] / mib);
    }
}

static int advise_on_requests(const struct advice_input *input, size_t *most, struct advice_list *out, struct error *err)
{
    if (!input->requests_count)
        return 0;
    for (size_t i = 0; i < input->n_checks; i++)
        if (fails(&input->checks[i]) && advise_more(input, &input->checks[i], most, out, err) < 0)
            return -1;
    advise_rebalance(input, RESOURCE_CPU, false, out);
    advise_rebalance(input, RESOURCE_MEMORY, false, out);
    return 0;
}

bool advice_wants_more(const struct advice_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].code == ADVICE_ADD_NODE)
            return true;
    return false;
}

int advice_give(const struct advice_input *input, struct advice_list *out, struct error *err)
{
    CLEANUP(arena_clear) struct arena scratch = {.limit = (input->placement->n_nodes + 1) * sizeof(struct usage_node) + 64};
    struct usage_node *nodes = arena_alloc(&scratch, (input->placement->n_nodes + 1) * sizeof(*nodes));
    size_t most = 0, told;

    out->n = 0;
    if (!nodes)
        return error_no_memory(err);
    if (advise_on_requests(input, &most, out, err) < 0)
        return -1;
    for (int r = RESOURCE_CPU; r <= RESOURCE_MEMORY; r++) {
        advise_on_usage(input, nodes, r, &most, out);
        if (input->usage.n_known > 0)
            advise_rebalance(input, r, true, out);
    }
    advice_look_ahead(input, &most, out);
    if (input->placement->n_usable > 0)
        advise_growth(input, most, out);
    advice_lines(input, out);
    advise_on_cordoned(input, out);
    told = out->n;
    if (advice_wants_more(out))
        return 0;
    if (input->history && advice_shrink(input, out, err) < 0)
        return -1;
    return out->n == told ? advice_consolidate(input, out, err) : 0; /* a group that can do with fewer nodes does not get larger ones */
}
