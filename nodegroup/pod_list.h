/* pod_list.h - the pods of a cluster, found by their names.
 *
 * Shape    an array in no order of meaning: a new pod stands behind the last one, the last one fills the place of one that goes.
 *          The names are not stored again: slots hold numbers of pods
 * Bounds   24 bytes a pod and 5 to 11 of the slots
 * Errors   -1: out of memory, and nothing was added
 * Owner    {0} / pod_list_clear; a pod moves with the next change */
#ifndef NODEGROUP_POD_LIST_H
#define NODEGROUP_POD_LIST_H

#include <stdint.h>

#include "base/attributes.h"
#include "nodegroup/pod.h"

struct pod_list {
    struct pod *items;
    size_t len, room;
    uint32_t *slots; /* index + 1; 0: free */
    size_t size;     /* a power of two */
    uint64_t start;  /* of the hashes of names */
};

void pod_list_clear(struct pod_list *list);
struct pod *pod_list_find(const struct pod_list *list, const char *namespace, const char *name); /* NULL: there is none */
/* No pod of that name is there yet. */
int pod_list_add(struct pod_list *list, const struct pod *pod) MUST_CHECK;
void pod_list_remove(struct pod_list *list, struct pod *pod); /* one of its items */

#endif
