/* capacity_list.h - the objects of a Kubernetes List, one after the other, so that 100 MB never are one tree.
 *
 * Shape    one or more documents behind each other: an object with "items" (List, NodeList, PodList, NodeMetricsList), a
 *          bare object, or an array of objects. The text stays the caller's
 * Bounds   an item larger than CAPACITY_ITEM_MAX or nested too deep is a gap: skipped, counted, and the rest goes on
 * Errors   a text that ends too early, is not JSON, holds no list at all, or is one page of several (metadata.continue):
 *          a part of a cluster taken for the whole would be a false number */
#ifndef NODEGROUP_CAPACITY_LIST_H
#define NODEGROUP_CAPACITY_LIST_H

#include "base/json.h"

enum { CAPACITY_ITEM_MAX = 2 * 1024 * 1024 };

/* What to do with an item; -1 ends the reading with err. */
typedef int capacity_item(void *context, const json_t *item, struct error *err);

struct capacity_list {
    const char *text;
    size_t len;
    size_t n_items, n_gaps;
    char gap[256]; /* why the last gap is one */
};

int capacity_list_read(struct capacity_list *list, capacity_item *item, void *context, struct error *err) MUST_CHECK;

#endif
