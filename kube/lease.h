/* lease.h - leader election by a Lease: of several replicas, one writes.
 *
 * Shape    changed(true) when we begin to lead, changed(false) when we stop: the lease was lost, or could not be renewed in time.
 *          A leader asks lease_leads again before each write: time may have passed
 * Errors   failed is told each failed read or write; it goes on by itself
 * Rules    lease_rules.h. The Lease object must exist (the chart makes it) unless may_create
 * Threads  the loop's
 * Owner    texts are copied; lease_free stops without giving up. Neither it nor lease_release from inside changed or failed. The client
 * must live longer */
#ifndef KUBE_LEASE_H
#define KUBE_LEASE_H

#include <stdbool.h>

#include "base/attributes.h"
#include "base/error.h"
#include "kube/client.h"

struct lease;

struct lease_choice {
    const char *namespace, *name;
    const char *self; /* our holderIdentity: unlike that of any other process, also one of the same pod before a restart */
    bool may_create;
};

struct lease_handler {
    void (*changed)(void *context, bool leads);
    void (*failed)(void *context, const struct error *err);
};

/* Starts with the next turn of the loop. */
struct lease *lease_new(struct kube_client *client, const struct lease_choice *choice, const struct lease_handler *handler, void *context,
                        struct error *err) MUST_CHECK;
void lease_free(struct lease *lease); /* NULL is fine */
bool lease_leads(const struct lease *lease);
/* Stops; gives the lease up when we hold it, so that another replica need not wait. done is called when that is over, well
 * or badly, at once when there is nothing to give up. */
void lease_release(struct lease *lease, loop_callback *done);

#endif
