#include "adapter/node_figures.h"

#include <stdlib.h>
#include <string.h>

static const size_t view_max = (size_t)1 << 30;

void node_figures_clear(struct node_figures *figures)
{
    for (size_t i = 0; i < figures->n_groups; i++)
        free(figures->groups[i].name);
    free(figures->groups);
    *figures = (struct node_figures){0};
}

static bool is_data_service(const struct node_figure_options *options, const char *name)
{
    for (size_t i = 0; i < options->n_data_services; i++)
        if (strcmp(options->data_services[i], name) == 0)
            return true;
    return false;
}

static void sum_nodes(const struct placement *placement, struct group_figures *out)
{
    int64_t largest[RESOURCES_REPORTED] = {0};

    for (size_t k = 0; k < placement->n_nodes; k++) {
        const struct placement_node *node = &placement->nodes[k];

        out->n_state[node->node->state]++;
        for (size_t r = 0; node->state == PLACEMENT_USABLE && r < RESOURCES_REPORTED; r++) {
            out->allocatable[r] = amount_add(out->allocatable[r], node->allocatable.of[r]);
            out->requested[r] = amount_add(out->requested[r], node->requested.of[r]);
            largest[r] = node->allocatable.of[r] > largest[r] ? node->allocatable.of[r] : largest[r];
        }
    }
    for (size_t r = 0; r < RESOURCES_REPORTED; r++)
        out->line[r] = out->allocatable[r] - largest[r];
}

static int check_mode(struct placement *placement, enum resilience_mode mode, struct group_figures *out, struct error *err)
{
    CLEANUP(resilience_clear) struct resilience resilience = {0};
    struct group_check *check = &out->checks[mode];

    if (resilience_check(placement, mode, &resilience, err) < 0)
        return -1;
    check->done = true;
    check->verdict = resilience.verdict;
    memcpy(check->headroom, resilience.headroom.of, sizeof(check->headroom));
    return 0;
}

static int check_group(struct placement *placement, enum resilience_mode asked, struct group_figures *out, struct error *err)
{
    for (enum resilience_mode mode = 0; mode < RESILIENCE_MODES; mode++) {
        bool wanted = mode == RESILIENCE_NODE || mode == asked || (mode == RESILIENCE_ZONE && placement->n_zones > 1);

        if (wanted && check_mode(placement, mode, out, err) < 0)
            return -1;
    }
    return 0;
}

static int make_group(const struct cluster *view, const struct node_group *group, const struct node_figure_options *options,
                      struct group_figures *out, struct error *err)
{
    CLEANUP(placement_clear) struct placement placement = {0};

    out->name = strdup(group->name);
    if (!out->name)
        return error_no_memory(err);
    if (placement_of_group(view, group, &placement, err) < 0)
        return error_wrap(err, "node group %s", group->name);
    sum_nodes(&placement, out);
    out->requests_count = !is_data_service(options, group->name);
    return out->requests_count ? check_group(&placement, options->mode, out, err) : 0;
}

static int make_groups(const struct cluster *view, const struct node_figure_options *options, struct node_figures *out, struct error *err)
{
    out->groups = calloc(view->n_groups + 1, sizeof(*out->groups));
    if (!out->groups)
        return error_no_memory(err);
    for (size_t g = 0; g < view->n_groups; g++) {
        out->n_groups++;
        if (make_group(view, &view->groups[g], options, &out->groups[g], err) < 0)
            return -1;
    }
    return 0;
}

int node_figures_make(struct node_pool *pool, const struct node_figure_options *options, struct node_figures *out, struct error *err)
{
    CLEANUP(node_figures_clear) struct node_figures figures = {0};
    struct cluster view = pool->cluster; /* borrows all; what grouping allocates, and its warnings, are in an arena of its own */
    int status;

    view.arena = (struct arena){.limit = view_max};
    for (size_t i = 0; i < view.n_rules; i++)
        view.rules[i]->n_volumes = 0;
    status = cluster_group(&view, err) < 0 ? -1 : make_groups(&view, options, &figures, err);
    arena_clear(&view.arena);
    if (status < 0)
        return -1;
    node_figures_clear(out);
    *out = figures;
    figures = (struct node_figures){0};
    return 0;
}
