#include "nodegroup/usage_tracker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/usage_registry.h"

enum { FORGET_GROUP_MS = 25 * 3600 * 1000 };

struct usage_tracker *usage_tracker_new(int64_t hold_ms)
{
    struct usage_tracker *tracker = calloc(1, sizeof(*tracker));

    if (tracker)
        tracker->hold_ms = hold_ms;
    return tracker;
}

void usage_tracker_free(struct usage_tracker *tracker)
{
    if (!tracker)
        return;
    for (size_t i = 0; i < tracker->n_nodes; i++)
        usage_node_free(tracker->nodes[i]);
    for (size_t i = 0; i < tracker->n_groups; i++)
        usage_group_free(tracker->groups[i]);
    free(tracker->nodes);
    free(tracker->groups);
    free(tracker);
}

/* --- crediting time --- */

bool usage_is_known(const struct tracked_node *node, size_t resource)
{
    return isfinite(node->use[resource]) && node->capacity[resource] > 0;
}

/* What the newest reading says of the time until then that is not credited yet. */
bool usage_uncredited(const struct usage_tracker *tracker, const struct tracked_node *node, int64_t until_boot_ms, struct window_piece *out)
{
    if (node->stamp_unix_ms == 0 || !window_gauge_piece(node->at_boot_ms, until_boot_ms, tracker->hold_ms, out))
        return false;
    if (out->from_ms < node->credited_boot_ms)
        out->from_ms = node->credited_boot_ms;
    return out->to_ms > out->from_ms;
}

static void credit(const struct usage_tracker *tracker, struct tracked_node *node, int64_t until_boot_ms)
{
    struct window_piece piece;

    if (!usage_uncredited(tracker, node, until_boot_ms, &piece))
        return;
    for (size_t r = 0; r < USAGE_RESOURCES; r++) {
        if (!usage_is_known(node, r))
            continue;
        piece.use = node->use[r];
        piece.capacity = node->capacity[r];
        window_add(&node->windows[r], &piece);
        window_add(&node->group->windows[r], &piece);
    }
    node->credited_boot_ms = piece.to_ms;
}

/* From the last tick to now, the capacity of every member was there. */
static void expect(struct usage_tracker *tracker, int64_t now_boot_ms)
{
    struct window_piece piece = {.from_ms = tracker->now_boot_ms, .to_ms = now_boot_ms, .watched = true};

    for (size_t i = 0; i < tracker->n_nodes; i++) {
        for (size_t r = 0; r < USAGE_RESOURCES; r++) {
            piece.expected = tracker->nodes[i]->capacity[r];
            window_add(&tracker->nodes[i]->windows[r], &piece);
        }
    }
    for (size_t i = 0; i < tracker->n_groups; i++) {
        struct tracked_group *group = tracker->groups[i];

        for (size_t r = 0; group->n_members > 0 && r < USAGE_RESOURCES; r++) {
            piece.expected = group->now[r].capacity;
            window_add(&group->windows[r], &piece);
        }
    }
}

bool usage_is_fresh(const struct usage_tracker *tracker, const struct tracked_node *node)
{
    return node->stamp_unix_ms != 0 && tracker->now_boot_ms - node->at_boot_ms <= tracker->hold_ms;
}

static void add_node_to_now(const struct usage_tracker *tracker, struct tracked_node *node)
{
    struct window_piece piece;
    bool pending = usage_uncredited(tracker, node, tracker->now_boot_ms, &piece), fresh = usage_is_fresh(tracker, node);

    for (size_t r = 0; r < USAGE_RESOURCES; r++) {
        struct group_now *now = &node->group->now[r];

        now->capacity += node->capacity[r];
        if (!usage_is_known(node, r))
            continue;
        now->use += fresh ? node->use[r] : 0.0;
        now->fresh_capacity += fresh ? node->capacity[r] : 0.0;
        if (pending) {
            now->pending.use += node->use[r] * (double)(piece.to_ms - piece.from_ms);
            now->pending.capacity += node->capacity[r] * (double)(piece.to_ms - piece.from_ms);
        }
    }
}

/* What the groups have now, anew. */
static void sum_groups(struct usage_tracker *tracker)
{
    for (size_t i = 0; i < tracker->n_groups; i++) {
        memset(tracker->groups[i]->now, 0, sizeof(tracker->groups[i]->now));
        tracker->groups[i]->n_members = 0;
    }
    for (size_t i = 0; i < tracker->n_nodes; i++) {
        struct tracked_node *node = tracker->nodes[i];

        node->group->n_members++;
        node->group->last_member_boot_ms = tracker->now_boot_ms;
        add_node_to_now(tracker, node);
    }
}

static void forget_groups(struct usage_tracker *tracker)
{
    size_t kept = 0;

    for (size_t i = 0; i < tracker->n_groups; i++) {
        struct tracked_group *group = tracker->groups[i];

        if (group->n_members == 0 && tracker->now_boot_ms - group->last_member_boot_ms > FORGET_GROUP_MS)
            usage_group_free(group);
        else
            tracker->groups[kept++] = group;
    }
    tracker->n_groups = kept;
}

void usage_tracker_tick(struct usage_tracker *tracker, int64_t now_boot_ms)
{
    if (tracker->ticked && now_boot_ms > tracker->now_boot_ms)
        expect(tracker, now_boot_ms);
    if (!tracker->ticked || now_boot_ms > tracker->now_boot_ms)
        tracker->now_boot_ms = now_boot_ms;
    tracker->ticked = true;
    for (size_t i = 0; i < tracker->n_nodes; i++) {
        struct tracked_node *node = tracker->nodes[i];

        /* While a reading holds, a newer one may still come that says otherwise from an earlier moment on. */
        if (!usage_is_fresh(tracker, node))
            credit(tracker, node, tracker->now_boot_ms);
    }
    sum_groups(tracker);
    forget_groups(tracker);
}

/* --- members --- */

static int by_node_name(const void *a, const void *b)
{
    const struct usage_member *const *first = a, *const *second = b;

    return strcmp((*first)->node, (*second)->node);
}

static void free_order(const struct usage_member ***order)
{
    free(*order);
}

static void free_nodes(struct tracked_node ***nodes)
{
    free(*nodes);
}

/* The groups of all members and, in made, the nodes that are new; NULL where a node is known already. */
static int make_missing(struct usage_tracker *tracker, const struct usage_member *const *order, size_t n, struct tracked_node **made,
                        struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!usage_get_group(tracker, order[i]->group, err))
            return -1;
        if (usage_find_node(tracker, order[i]->node) || (i > 0 && strcmp(order[i]->node, order[i - 1]->node) == 0))
            continue;
        made[i] = usage_node_new(order[i]->node, err);
        if (!made[i])
            return -1;
    }
    return 0;
}

static bool is_same_size(const struct tracked_node *node, const struct usage_member *member)
{
    for (size_t r = 0; r < USAGE_RESOURCES; r++)
        if (node->capacity[r] != member->capacity[r])
            return false;
    return true;
}

/* A change of group or size: up to now the old one held. */
static void update_node(struct usage_tracker *tracker, struct tracked_node *node, const struct usage_member *member)
{
    struct tracked_group *group = usage_find_group(tracker, member->group);

    if (node->group == group && is_same_size(node, member))
        return;
    if (node->group)
        credit(tracker, node, tracker->now_boot_ms);
    else /* what was measured before it joined is not the group's */
        node->credited_boot_ms = tracker->now_boot_ms;
    node->group = group;
    memcpy(node->capacity, member->capacity, sizeof(node->capacity));
}

/* nodes gets the members; who is no longer one is credited to the end and freed. Nothing can fail. */
static size_t take_over(struct usage_tracker *tracker, const struct usage_member *const *order, size_t n, struct tracked_node **nodes)
{
    size_t old = 0, kept = 0;

    for (size_t i = 0; i < n; i++) {
        if (i > 0 && strcmp(order[i]->node, order[i - 1]->node) == 0)
            continue;
        for (; old < tracker->n_nodes && strcmp(tracker->nodes[old]->name, order[i]->node) < 0; old++) {
            credit(tracker, tracker->nodes[old], tracker->now_boot_ms);
            usage_node_free(tracker->nodes[old]);
        }
        nodes[kept] = nodes[i] ? nodes[i] : tracker->nodes[old++];
        update_node(tracker, nodes[kept++], order[i]);
    }
    for (; old < tracker->n_nodes; old++) {
        credit(tracker, tracker->nodes[old], tracker->now_boot_ms);
        usage_node_free(tracker->nodes[old]);
    }
    return kept;
}

int usage_tracker_set_members(struct usage_tracker *tracker, const struct usage_member *members, size_t n, int64_t now_boot_ms,
                              struct error *err)
{
    CLEANUP(free_order) const struct usage_member **order = calloc(n + 1, sizeof(const struct usage_member *));
    CLEANUP(free_nodes) struct tracked_node **nodes = calloc(n + 1, sizeof(struct tracked_node *));
    struct tracked_node **before = tracker->nodes;

    if (!order || !nodes)
        return error_no_memory(err);
    usage_tracker_tick(tracker, now_boot_ms);
    for (size_t i = 0; i < n; i++)
        order[i] = &members[i];
    qsort(order, n, sizeof(const struct usage_member *), by_node_name);
    if (make_missing(tracker, order, n, nodes, err) < 0) {
        for (size_t i = 0; i < n; i++)
            usage_node_free(nodes[i]);
        return -1;
    }
    tracker->n_nodes = take_over(tracker, order, n, nodes);
    tracker->nodes = nodes;
    nodes = before; /* the array only */
    sum_groups(tracker);
    return 0;
}

/* --- readings --- */

enum { NOTHING_NEW = -1 };

/* How long ago a reading was measured. Its stamp is believed while it can be right; a stamp that is new but cannot be right comes from
 * a clock that was set: the reading counts as measured now. */
static int64_t age_of(const struct usage_tracker *tracker, const struct tracked_node *node, const struct usage_sample *sample,
                      int64_t now_unix_ms)
{
    int64_t age = now_unix_ms - sample->at_unix_ms, back = node->stamp_unix_ms - sample->at_unix_ms;

    if (node->stamp_unix_ms != 0 && back >= 0 && back <= tracker->hold_ms) /* the same, or of a replica of the source that lags */
        return NOTHING_NEW;
    return age >= 0 && age <= tracker->hold_ms ? age : 0;
}

bool usage_tracker_add(struct usage_tracker *tracker, const struct usage_sample *sample, const struct usage_clocks *clocks)
{
    struct tracked_node *node = usage_find_node(tracker, sample->node);
    bool first, too_old;
    int64_t age, at;

    if (!node || sample->at_unix_ms <= 0)
        return false;
    age = age_of(tracker, node, sample, clocks->unix_ms);
    at = clocks->boot_ms - age;
    first = node->stamp_unix_ms == 0;
    if (age == NOTHING_NEW || (!first && at <= node->at_boot_ms))
        return false;
    /* Nothing tells an old first reading from a clock that is wrong; the second one will. */
    too_old = first && clocks->unix_ms - sample->at_unix_ms > tracker->hold_ms;
    credit(tracker, node, at);
    node->stamp_unix_ms = sample->at_unix_ms;
    node->at_boot_ms = at;
    if (node->credited_boot_ms < at) /* a late reading leaves what the one before was credited for: time counts once */
        node->credited_boot_ms = at;
    for (size_t r = 0; r < USAGE_RESOURCES; r++)
        node->use[r] = sample->use[r] >= 0 && !too_old ? sample->use[r] : (double)NAN;
    return !too_old;
}

int usage_tracker_restore(struct usage_tracker *tracker, const char *group, enum usage_resource resource, const struct window_piece *piece,
                          struct error *err)
{
    struct tracked_group *known = usage_get_group(tracker, group, err);

    if (!known)
        return -1;
    window_add(&known->windows[resource], piece);
    if (known->last_member_boot_ms < piece->to_ms)
        known->last_member_boot_ms = piece->to_ms;
    return 0;
}
