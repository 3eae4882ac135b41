/* leadership.h - of several replicas one writes: who holds the Lease serving.leaseName.
 *
 * Shape    changed when we begin or stop to lead; who writes asks leadership_leads again before each write
 * Errors   logged at most once a minute; it goes on by itself
 * Threads  the loop's
 * Owner    leadership_new / leadership_free; the cluster's client must live longer */
#ifndef ADAPTER_LEADERSHIP_H
#define ADAPTER_LEADERSHIP_H

#include <stdbool.h>

#include "adapter/own_metrics.h"
#include "base/attributes.h"
#include "base/error.h"
#include "kube/client.h"

struct leadership;

struct leadership_options {
    struct kube_client *client;
    const char *name_space, *lease_name;
    struct own_metrics *own;
    loop_callback *changed;
    void *context;
};

struct leadership *leadership_new(const struct leadership_options *options, struct error *err) MUST_CHECK;
void leadership_free(struct leadership *leadership); /* NULL is fine */
bool leadership_leads(const struct leadership *leadership);

/* Before the end of the program: another replica may lead at once. NULL is fine. */
void leadership_give_up(struct leadership *leadership);
bool leadership_is_given_up(const struct leadership *leadership); /* true for NULL */

#endif
