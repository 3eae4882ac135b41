/* The discovery documents in protobuf; those in JSON are in discovery.c. */
#include <stdio.h>
#include <stdlib.h>

#include "apiservice/discovery.h"
#include "apiservice/discovery_resource.h"
#include "apiservice/proto/discovery.pb-c.h"
#include "apiservice/wire_protobuf.h"

static void with_group(void (*write)(Wire__APIGroup *group, struct buffer *out), struct buffer *out)
{
    Wire__GroupVersionForDiscovery version = WIRE__GROUP_VERSION_FOR_DISCOVERY__INIT;
    Wire__GroupVersionForDiscovery *versions = &version;
    Wire__APIGroup group = WIRE__APIGROUP__INIT;

    version.group_version = wire_text(API_GROUP_VERSION);
    version.version = wire_text(API_VERSION);
    group.name = wire_text(API_GROUP);
    group.versions = &versions;
    group.n_versions = 1;
    group.preferred_version = &version;
    write(&group, out);
}

static void write_group(Wire__APIGroup *group, struct buffer *out)
{
    static const struct wire_type type = {"v1", "APIGroup"};

    wire_protobuf_object(type, &group->base, out);
}

static void write_groups(Wire__APIGroup *group, struct buffer *out)
{
    static const struct wire_type type = {"v1", "APIGroupList"};
    Wire__APIGroupList list = WIRE__APIGROUP_LIST__INIT;

    list.groups = &group;
    list.n_groups = 1;
    wire_protobuf_object(type, &list.base, out);
}

void discovery_write_group_protobuf(struct buffer *out)
{
    with_group(write_group, out);
}

void discovery_write_groups_protobuf(struct buffer *out)
{
    with_group(write_groups, out);
}

static void fill_resource(const struct discovery_resource *from, Wire__Verbs *verbs, char **short_name, Wire__APIResource *to)
{
    *to = (Wire__APIResource)WIRE__APIRESOURCE__INIT;
    to->name = wire_text(from->name);
    to->has_namespaced = 1;
    to->namespaced = 1;
    to->kind = wire_text(from->kind);
    to->verbs = verbs;
    *short_name = from->short_name ? wire_text(from->short_name) : NULL;
    to->short_names = short_name;
    to->n_short_names = from->short_name ? 1 : 0;
    to->singular_name = wire_text(from->singular_name);
    to->group = to->version = to->storage_version_hash = wire_text(""); /* Go writes them, empty as they are */
}

void discovery_write_resources_protobuf(const struct discovery_resources *resources, struct buffer *out)
{
    static const struct wire_type type = {"v1", "APIResourceList"};
    struct row {
        Wire__APIResource resource;
        char *short_name;
    } *rows = calloc(resources->n + 1, sizeof(*rows));
    Wire__APIResource **pointers = calloc(resources->n + 1, sizeof(Wire__APIResource *));
    Wire__APIResourceList list = WIRE__APIRESOURCE_LIST__INIT;
    Wire__Verbs verbs = WIRE__VERBS__INIT;
    char *get = wire_text("get");

    verbs.items = &get;
    verbs.n_items = 1;
    list.group_version = wire_text(API_GROUP_VERSION);
    list.resources = pointers;
    list.n_resources = resources->n;
    for (size_t i = 0; rows && pointers && i < resources->n; i++) {
        fill_resource(&resources->items[i], &verbs, &rows[i].short_name, &rows[i].resource);
        pointers[i] = &rows[i].resource;
    }
    if (rows && pointers)
        wire_protobuf_object(type, &list.base, out);
    else
        out->failed = true;
    free(pointers);
    free(rows);
}

struct discovery_row {
    Wire__APIResourceDiscovery resource;
    Wire__GroupVersionKind response_kind;
    char *short_name;
};

static void fill_row(const struct discovery_resource *from, char **verbs, struct discovery_row *row)
{
    Wire__APIResourceDiscovery *to = &row->resource;

    row->response_kind = (Wire__GroupVersionKind)WIRE__GROUP_VERSION_KIND__INIT;
    row->response_kind.group = wire_text(API_GROUP);
    row->response_kind.version = wire_text(API_VERSION);
    row->response_kind.kind = wire_text(from->kind);
    row->short_name = from->short_name ? wire_text(from->short_name) : NULL;
    *to = (Wire__APIResourceDiscovery)WIRE__APIRESOURCE_DISCOVERY__INIT;
    to->resource = wire_text(from->name);
    to->response_kind = &row->response_kind;
    to->scope = wire_text("Namespaced");
    to->singular_resource = wire_text(from->singular_name);
    to->verbs = verbs;
    to->n_verbs = 1;
    to->short_names = &row->short_name;
    to->n_short_names = from->short_name ? 1 : 0;
}

static void write_aggregated(Wire__APIResourceDiscovery **resources, size_t n, const char *version, struct buffer *out)
{
    char api_version[64];
    const struct wire_type type = {api_version, "APIGroupDiscoveryList"};
    Wire__APIVersionDiscovery only_version = WIRE__APIVERSION_DISCOVERY__INIT;
    Wire__APIVersionDiscovery *versions = &only_version;
    Wire__Time created = WIRE__TIME__INIT;
    Wire__ObjectMeta metadata = WIRE__OBJECT_META__INIT;
    Wire__APIGroupDiscovery group = WIRE__APIGROUP_DISCOVERY__INIT;
    Wire__APIGroupDiscovery *groups = &group;
    Wire__ListMeta list_metadata = WIRE__LIST_META__INIT;
    Wire__APIGroupDiscoveryList list = WIRE__APIGROUP_DISCOVERY_LIST__INIT;

    (void)snprintf(api_version, sizeof(api_version), "apidiscovery.k8s.io/%s", version);
    only_version.version = wire_text(API_VERSION);
    only_version.resources = resources;
    only_version.n_resources = n;
    only_version.freshness = wire_text("Current");
    metadata.name = wire_text(API_GROUP);
    metadata.generate_name = metadata.namespace_ = metadata.self_link = metadata.uid = metadata.resource_version = wire_text("");
    metadata.has_generation = 1;
    metadata.creation_timestamp = &created;
    group.metadata = &metadata;
    group.versions = &versions;
    group.n_versions = 1;
    list_metadata.self_link = list_metadata.resource_version = list_metadata.continue_ = wire_text("");
    list.metadata = &list_metadata;
    list.items = &groups;
    list.n_items = 1;
    wire_protobuf_object(type, &list.base, out);
}

void discovery_write_aggregated_protobuf(const struct discovery_resources *resources, const char *version, struct buffer *out)
{
    struct discovery_row *rows = calloc(resources->n + 1, sizeof(*rows));
    Wire__APIResourceDiscovery **pointers = calloc(resources->n + 1, sizeof(Wire__APIResourceDiscovery *));
    char *get = wire_text("get");

    for (size_t i = 0; rows && pointers && i < resources->n; i++) {
        fill_row(&resources->items[i], &get, &rows[i]);
        pointers[i] = &rows[i].resource;
    }
    if (rows && pointers)
        write_aggregated(pointers, resources->n, version, out);
    else
        out->failed = true;
    free(pointers);
    free(rows);
}
