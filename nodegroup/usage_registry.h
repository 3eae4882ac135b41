/* usage_registry.h - the nodes and groups of a usage tracker, by name. Private to the files usage_*.c.
 *
 * Owner    a node borrows its group; both belong to the tracker */
#ifndef NODEGROUP_USAGE_REGISTRY_H
#define NODEGROUP_USAGE_REGISTRY_H

#include "nodegroup/usage_tracker.h"

/* What is known of a group's members at the last tick, without its windows. */
struct group_now {
    struct window_sum pending; /* since the members' newest readings */
    double use, fresh_capacity, capacity;
};

struct tracked_group {
    char *name;
    struct window windows[USAGE_RESOURCES];
    struct group_now now[USAGE_RESOURCES];
    size_t n_members;
    int64_t last_member_boot_ms;
};

struct tracked_node {
    char *name;
    struct tracked_group *group;
    double capacity[USAGE_RESOURCES], use[USAGE_RESOURCES];
    int64_t stamp_unix_ms;    /* of the newest reading, as its source told it; 0: none */
    int64_t at_boot_ms;       /* the same moment */
    int64_t credited_boot_ms; /* up to here the time is in the windows, or was before the node joined */
    struct window windows[USAGE_RESOURCES];
};

struct usage_tracker {
    int64_t hold_ms, now_boot_ms;
    bool ticked;
    struct tracked_node **nodes; /* sorted by name */
    size_t n_nodes;
    struct tracked_group **groups; /* sorted by name */
    size_t n_groups;
};

void usage_group_free(struct tracked_group *group);
void usage_node_free(struct tracked_node *node);
DEFINE_CLEANUP_POINTER(struct tracked_group, usage_group_free)
DEFINE_CLEANUP_POINTER(struct tracked_node, usage_node_free)

/* NULL when there is none. */
struct tracked_node *usage_find_node(const struct usage_tracker *tracker, const char *name);
struct tracked_group *usage_find_group(const struct usage_tracker *tracker, const char *name);
/* Adds it when there is none; NULL: out of memory. */
struct tracked_group *usage_get_group(struct usage_tracker *tracker, const char *name, struct error *err) MUST_CHECK;
/* A node of its own, in no tracker yet. */
struct tracked_node *usage_node_new(const char *name, struct error *err) MUST_CHECK;

/* --- what the newest readings say (usage_tracker.c) --- */

bool usage_is_known(const struct tracked_node *node, size_t resource);
bool usage_is_fresh(const struct usage_tracker *tracker, const struct tracked_node *node);
/* The time since the newest reading that is in no window yet: it may still turn out otherwise. False: none. */
bool usage_uncredited(const struct usage_tracker *tracker, const struct tracked_node *node, int64_t until_boot_ms,
                      struct window_piece *out);

#endif
