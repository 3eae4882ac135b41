#include "nodegroup/usage_registry.h"

#include <stdlib.h>
#include <string.h>

void usage_group_free(struct tracked_group *group)
{
    if (!group)
        return;
    for (size_t r = 0; r < USAGE_RESOURCES; r++)
        window_clear(&group->windows[r]);
    free(group->name);
    free(group);
}

void usage_node_free(struct tracked_node *node)
{
    if (!node)
        return;
    for (size_t r = 0; r < USAGE_RESOURCES; r++)
        window_clear(&node->windows[r]);
    free(node->name);
    free(node);
}

static int windows_init(struct window windows[USAGE_RESOURCES], enum window_detail detail, struct error *err)
{
    for (size_t r = 0; r < USAGE_RESOURCES; r++)
        if (window_init(&windows[r], detail, err) < 0)
            return -1;
    return 0;
}

/* Where name is, or where it belongs, in n things whose first member is their name. */
static size_t find_place(const void *things, size_t n, const char *name, bool *found)
{
    char *const *const *sorted = things;
    size_t low = 0, high = n;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(*sorted[middle], name);

        if (order == 0)
            *found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct tracked_node *usage_find_node(const struct usage_tracker *tracker, const char *name)
{
    bool found;
    size_t at = find_place(tracker->nodes, tracker->n_nodes, name, &found);

    return found ? tracker->nodes[at] : NULL;
}

struct tracked_group *usage_find_group(const struct usage_tracker *tracker, const char *name)
{
    bool found;
    size_t at = find_place(tracker->groups, tracker->n_groups, name, &found);

    return found ? tracker->groups[at] : NULL;
}

struct tracked_group *usage_get_group(struct usage_tracker *tracker, const char *name, struct error *err)
{
    CLEANUP(usage_group_freep) struct tracked_group *made = NULL;
    struct tracked_group **groups;
    bool found;
    size_t at = find_place(tracker->groups, tracker->n_groups, name, &found);

    if (found)
        return tracker->groups[at];
    made = calloc(1, sizeof(*made));
    groups = realloc(tracker->groups, (tracker->n_groups + 1) * sizeof(struct tracked_group *));
    if (groups)
        tracker->groups = groups;
    if (!made || !groups || !(made->name = strdup(name))) {
        (void)error_no_memory(err);
        return NULL;
    }
    if (windows_init(made->windows, WINDOW_FINE, err) < 0)
        return NULL;
    memmove(groups + at + 1, groups + at, (tracker->n_groups - at) * sizeof(struct tracked_group *));
    made->last_member_boot_ms = tracker->now_boot_ms;
    groups[at] = made;
    tracker->n_groups++;
    made = NULL;
    return groups[at];
}

struct tracked_node *usage_node_new(const char *name, struct error *err)
{
    CLEANUP(usage_node_freep) struct tracked_node *made = calloc(1, sizeof(*made));
    struct tracked_node *done;

    if (!made || !(made->name = strdup(name))) {
        (void)error_no_memory(err);
        return NULL;
    }
    if (windows_init(made->windows, WINDOW_COARSE, err) < 0)
        return NULL;
    done = made;
    made = NULL;
    return done;
}
