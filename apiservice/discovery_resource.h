/* discovery_resource.h - one resource of the API, as discovery tells of it, and the documents in protobuf.
 *
 * Shape    always namespaced, always the one verb "get"
 * Errors   the writers mark the buffer failed when memory runs out
 * Source   metav1 APIResource, apidiscovery v2 APIResourceDiscovery; kubernetes-api 3 and 7.5 */
#ifndef APISERVICE_DISCOVERY_RESOURCE_H
#define APISERVICE_DISCOVERY_RESOURCE_H

#include "base/buffer.h"

struct discovery_resource {
    const char *name, *singular_name, *kind;
    const char *short_name; /* NULL: none */
};

struct discovery_resources {
    struct discovery_resource *items;
    size_t n;
};

/* Whole bodies; those in protobuf with their envelope. */
void discovery_write_resources_json(const struct discovery_resources *resources, struct buffer *out);
void discovery_write_groups_protobuf(struct buffer *out);
void discovery_write_group_protobuf(struct buffer *out);
void discovery_write_resources_protobuf(const struct discovery_resources *resources, struct buffer *out);
/* version: of apidiscovery.k8s.io, "v2" or "v2beta1". */
void discovery_write_aggregated_protobuf(const struct discovery_resources *resources, const char *version, struct buffer *out);

#endif
