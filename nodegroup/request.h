/* request.h - what a pod asks of a node, by the scheduler's rule. Pure.
 *
 * Units    cpu: milli-cores; memory: bytes; pods: a count; any other resource: its own whole units. Sums stay at the
 *          edge of 64 bits instead of wrapping around
 * Source   component-helpers resource/helpers.go (PodRequests with status): regular containers in sum, an init
 *          container beside the sidecars started before it, pod-level values replace, overhead is added, and while an
 *          in-place resize runs the largest of wish, allotment and reality counts */
#ifndef NODEGROUP_REQUEST_H
#define NODEGROUP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RESOURCE_CPU, RESOURCE_MEMORY, RESOURCE_PODS, RESOURCE_FIRST_OTHER, RESOURCES_MAX = 8 };
enum { RESOURCES_REPORTED = RESOURCE_FIRST_OTHER }; /* cpu, memory and pods: what sums are told of */

struct amounts {
    int64_t of[RESOURCES_MAX];
};

/* A map of the API such as resources.requests: which resources it names, and how much of each. */
struct resource_list {
    struct amounts amounts;
    unsigned named; /* bit r: resource r is there */
};

int64_t amount_add(int64_t a, int64_t b);
void amounts_add(struct amounts *to, const struct amounts *more);
void amounts_subtract(struct amounts *from, const struct amounts *less);

/* A wish and how far the kubelet is with it. */
struct request_resize {
    struct resource_list spec, allocated, running;
    bool has_status; /* status.resources is there; without it only the wish counts */
};

struct request_container {
    struct request_resize requests;
    bool sidecar; /* an init container with restartPolicy Always */
};

struct request_pod {
    const struct request_container *init, *regular;
    size_t n_init, n_regular;
    struct request_resize pod_level; /* only cpu, memory and hugepages are ever named there */
    struct resource_list overhead;
    bool resize_infeasible; /* the wish will never come true */
};

/* One pod slot included. */
struct amounts request_of_pod(const struct request_pod *pod);

#endif
