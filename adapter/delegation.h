/* delegation.h - lets the cluster decide who may ask what: follows its authentication configuration and has it asked about users.
 *
 * Shape    watches ConfigMap kube-system/extension-apiserver-authentication, so that a new CA needs no restart; what cannot be used is
 *          refused with a log line, and what is in force stays, also when the ConfigMap is deleted
 * Rights   ClusterRole system:auth-delegator, and in kube-system the Role extension-apiserver-authentication-reader
 * Threads  the loop's; delegation_is_ready and delegation_expose: any
 * Owner    the client is borrowed; delegation_free comes after the server's end and before the client's */
#ifndef ADAPTER_DELEGATION_H
#define ADAPTER_DELEGATION_H

#include "adapter/config.h"
#include "apiservice/access.h"
#include "kube/client.h"

struct delegation;

struct delegation *delegation_new(struct kube_client *client, const struct config_serving *serving, struct error *err) MUST_CHECK;
void delegation_free(struct delegation *delegation); /* NULL is fine */
DEFINE_CLEANUP_POINTER(struct delegation, delegation_free)

struct access *delegation_access(struct delegation *delegation);
/* What may change while it runs: authorizationTTL, metricsAccess. NULL delegation is fine. */
void delegation_configure(struct delegation *delegation, const struct config_serving *serving);

/* A health_check_function: was the ConfigMap read once? context: struct delegation */
bool delegation_is_ready(void *context, char *reason, size_t size);
/* An exposition_collect. context: struct delegation */
void delegation_expose(void *context, struct exposition *exposition);

#endif
