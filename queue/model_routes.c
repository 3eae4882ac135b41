#include "queue/model_routes.h"

#include <stdlib.h>

#include "queue/model.h"

void routes_clear(struct routes *routes)
{
    free(routes->by_size);
    free(routes->by_tags);
    free(routes->sets);
    *routes = (struct routes){0};
}

static int by_index(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_size(const void *a, const void *b, void *context)
{
    const struct routes *routes = context;
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    size_t first_len = routes->specs[first]->tags.len, second_len = routes->specs[second]->tags.len;

    if (first_len != second_len)
        return first_len < second_len ? -1 : 1;
    return by_index(first, second);
}

static int compare_tags(const void *a, const void *b, void *context)
{
    const struct routes *routes = context;
    uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
    int order = tags_compare(&routes->specs[first]->tags, &routes->specs[second]->tags);

    return order != 0 ? order : by_index(first, second);
}

/* calloc, but never of nothing: NULL always means that memory ran out. */
static void *new_array(size_t len, size_t size)
{
    return calloc(len > 0 ? len : 1, size);
}

int routes_prepare(struct routes *routes, struct error *err)
{
    routes->by_size = new_array(routes->n_specs, sizeof(*routes->by_size));
    routes->by_tags = new_array(routes->n_specs, sizeof(*routes->by_tags));
    routes->sets = new_array(routes->tag_sets->len, sizeof(*routes->sets));
    if (!routes->by_size || !routes->by_tags || !routes->sets)
        return error_no_memory(err);
    for (uint32_t i = 0; i < routes->n_specs; i++)
        routes->by_size[i] = routes->by_tags[i] = i;
    for (uint32_t i = 0; i < routes->tag_sets->len; i++)
        routes->sets[i] = (struct route){.first = ROUTE_NONE};
    qsort_r(routes->by_size, routes->n_specs, sizeof(*routes->by_size), compare_size, routes);
    qsort_r(routes->by_tags, routes->n_specs, sizeof(*routes->by_tags), compare_tags, routes);
    return 0;
}

uint32_t routes_of_tags(const struct routes *routes, const struct tags *tags)
{
    uint32_t low = 0, high = routes->n_specs;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (tags_compare(&routes->specs[routes->by_tags[middle]]->tags, tags) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == routes->n_specs || !tags_equal(&routes->specs[routes->by_tags[low]]->tags, tags))
        return ROUTE_NONE;
    return routes->by_tags[low];
}

static bool has_room(const struct routes *routes, uint32_t queue)
{
    return queue_demand(&routes->stats[queue]) < routes->specs[queue]->replicas_max;
}

uint32_t routes_of_job(struct routes *routes, uint32_t tag_set)
{
    const struct tags *tags = &routes->tag_sets->items[tag_set];
    struct route *route = &routes->sets[tag_set];

    for (; route->at < routes->n_specs; route->at++) {
        uint32_t queue = routes->by_size[route->at];

        if (!tags_can_run(&routes->specs[queue]->tags, tags))
            continue;
        if (route->first == ROUTE_NONE)
            route->first = queue;
        if (has_room(routes, queue))
            return queue;
    }
    return route->first;
}
