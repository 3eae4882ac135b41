/* workshop_maps.h - workshops out of ConfigMaps, so that who holds one needs no access to the adapter.
 *
 * Shape    ConfigMaps with the label coder-metrics-adapter/workshop, of any value, in the namespaces of workshopNamespaces, listed and
 *          then watched; their data is read by queue/workshop.h. changed is called with all of them whenever one came, changed or went;
 *          not before each namespace was listed once or failed, so that a restart or a reload forgets none for a moment
 * Bounds   WORKSHOP_MAPS_MAX a namespace; more are refused
 * Rights   list and watch configmaps in those namespaces
 * Errors   a ConfigMap that cannot be read is logged with its namespace and name, counted by a metric, and ignored; one of an unknown queue
 *          too. A namespace that cannot be read is logged once; what it said last stays
 * Threads  the loop's, except workshop_maps_expose (any)
 * Owner    workshop_maps_new / _free; the client must live longer */
#ifndef ADAPTER_WORKSHOP_MAPS_H
#define ADAPTER_WORKSHOP_MAPS_H

#include "adapter/config.h"
#include "apiservice/exposition.h"
#include "kube/client.h"

#define WORKSHOP_LABEL "coder-metrics-adapter/workshop"

enum { WORKSHOP_MAPS_MAX = 200 };

struct workshop_maps;

/* The workshops are the callee's, to be freed with workshop_list_clear. */
typedef void workshop_maps_changed(void *context, struct workshop_list take);

struct workshop_maps_options {
    struct kube_client *client;
    workshop_maps_changed *changed;
    void *context;
};

struct workshop_maps *workshop_maps_new(const struct workshop_maps_options *options, struct error *err) MUST_CHECK;
void workshop_maps_free(struct workshop_maps *maps); /* NULL is fine */
/* Namespaces, time zone and queues are these from now on. What cannot be followed is logged. */
void workshop_maps_configure(struct workshop_maps *maps, const struct config *config);
void workshop_maps_expose(void *context, struct exposition *exposition);

#endif
