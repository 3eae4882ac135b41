/* cluster_certificate.h - the serving certificate that the adapter makes for itself in a cluster: followed in its Secret by every
 * replica; made, renewed and told to the aggregator by the one that leads.
 *
 * Rules    certificate_plan.h; this file reads, asks it what is next, and writes one thing at a time. 409: read again, decide anew
 * Change   changed is called for each certificate that can be served with; what is in force stays when the Secret holds none
 * Rights   secrets: get, list, watch, update of serving.secretName; apiservices: get, list, watch, patch of
 *          v1beta1.external.metrics.k8s.io. Nothing is ever created
 * Errors   logged when they come and when they change, and shown as problems in own_metrics; it goes on by itself
 * Threads  the loop's
 * Owner    everything of the options is copied or, if a pointer to a part, must live longer */
#ifndef ADAPTER_CLUSTER_CERTIFICATE_H
#define ADAPTER_CLUSTER_CERTIFICATE_H

#include "adapter/config.h"
#include "adapter/leadership.h"
#include "adapter/own_metrics.h"
#include "adapter/serving_certificate.h"
#include "kube/client.h"

struct cluster_certificate;

struct cluster_certificate_options {
    struct kube_client *client;
    const struct leadership *leadership;
    struct own_metrics *own;
    const struct config_serving *serving;
    const char *name_space; /* of Service, Secret and Lease */
    serving_certificate_changed *changed;
    void *context;
};

struct cluster_certificate *cluster_certificate_new(const struct cluster_certificate_options *options, struct error *err) MUST_CHECK;
void cluster_certificate_free(struct cluster_certificate *certificate); /* NULL is fine */
/* Leadership has changed. */
void cluster_certificate_consider(struct cluster_certificate *certificate);

#endif
