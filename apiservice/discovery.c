#include "apiservice/discovery.h"

#include <stdlib.h>

#include "apiservice/wire_protobuf.h"

#define GROUP_BODY                                                                                                    \
    "\"name\":\"" API_GROUP "\",\"versions\":[{\"groupVersion\":\"" API_GROUP_VERSION "\",\"version\":\"" API_VERSION \
    "\"}],\"preferredVersion\":{\"groupVersion\":\"" API_GROUP_VERSION "\",\"version\":\"" API_VERSION "\"}}"
#define AGGREGATED(version) ";g=apidiscovery.k8s.io;v=" version ";as=APIGroupDiscoveryList"

enum { OFFER_JSON, OFFER_YAML, OFFER_PROTOBUF, OFFER_V2, OFFER_V2_PROTOBUF, OFFER_V2BETA1, OFFER_V2BETA1_PROTOBUF };

static const struct media_offer offers[] = {
    [OFFER_JSON] = {"application", "json", NULL, NULL, NULL, "application/json", RESPONSE_JSON},
    [OFFER_YAML] = {"application", "yaml", NULL, NULL, NULL, "application/yaml", RESPONSE_YAML},
    [OFFER_PROTOBUF] = {"application", "vnd.kubernetes.protobuf", NULL, NULL, NULL, WIRE_PROTOBUF_CONTENT_TYPE, RESPONSE_PROTOBUF},
    [OFFER_V2] = {"application", "json", "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2", "application/json" AGGREGATED("v2"),
                  RESPONSE_JSON},
    [OFFER_V2_PROTOBUF] = {"application", "vnd.kubernetes.protobuf", "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2",
                           WIRE_PROTOBUF_CONTENT_TYPE AGGREGATED("v2"), RESPONSE_PROTOBUF},
    [OFFER_V2BETA1] = {"application", "json", "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2beta1",
                       "application/json" AGGREGATED("v2beta1"), RESPONSE_JSON},
    [OFFER_V2BETA1_PROTOBUF] = {"application", "vnd.kubernetes.protobuf", "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2beta1",
                                WIRE_PROTOBUF_CONTENT_TYPE AGGREGATED("v2beta1"), RESPONSE_PROTOBUF},
};

/* Names, kinds and short names come from our own table: letters, digits and underscores need no escape. */
static void write_short_names(struct buffer *out, const struct discovery_resource *resource)
{
    if (resource->short_name)
        (void)buffer_printf(out, ",\"shortNames\":[\"%s\"]", resource->short_name);
    (void)buffer_add_char(out, '}');
}

static void write_resource(struct buffer *out, const struct discovery_resource *resource)
{
    (void)buffer_printf(out, "{\"name\":\"%s\",\"singularName\":\"%s\",\"namespaced\":true,\"kind\":\"%s\",\"verbs\":[\"get\"]",
                        resource->name, resource->singular_name, resource->kind);
    write_short_names(out, resource);
}

static void write_aggregated_resource(struct buffer *out, const struct discovery_resource *resource)
{
    (void)buffer_printf(out,
                        "{\"resource\":\"%s\",\"responseKind\":{\"group\":\"" API_GROUP "\",\"version\":\"" API_VERSION
                        "\",\"kind\":\"%s\"},\"scope\":\"Namespaced\",\"singularResource\":\"%s\",\"verbs\":[\"get\"]",
                        resource->name, resource->kind, resource->singular_name);
    write_short_names(out, resource);
}

static void write_list(struct buffer *out, const struct discovery_resources *resources,
                       void (*write)(struct buffer *, const struct discovery_resource *))
{
    for (size_t i = 0; i < resources->n; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        write(out, &resources->items[i]);
    }
}

void discovery_write_resources_json(const struct discovery_resources *resources, struct buffer *out)
{
    (void)buffer_add_text(out,
                          "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\"" API_GROUP_VERSION "\",\"resources\":[");
    write_list(out, resources, write_resource);
    (void)buffer_add_text(out, "]}\n");
}

static int make_pair(struct buffer *json, struct buffer *protobuf, int first_offer, struct discovery_document *out, struct error *err)
{
    int protobuf_offer = first_offer == OFFER_JSON ? OFFER_PROTOBUF : first_offer + 1;

    if (document_make(json, offers[first_offer].content_type, &out->json, err) < 0)
        return -1;
    return document_make(protobuf, offers[protobuf_offer].content_type, &out->protobuf, err);
}

static int make_static(const char *json_text, void (*write_protobuf)(struct buffer *), struct discovery_document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer json = BUFFER_INIT(DOCUMENT_MAX);
    CLEANUP(buffer_clear) struct buffer protobuf = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_add_text(&json, json_text);
    write_protobuf(&protobuf);
    return make_pair(&json, &protobuf, OFFER_JSON, out, err);
}

static int make_resources(const struct discovery_resources *resources, struct discovery_document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer json = BUFFER_INIT(DOCUMENT_MAX);
    CLEANUP(buffer_clear) struct buffer protobuf = BUFFER_INIT(DOCUMENT_MAX);

    discovery_write_resources_json(resources, &json);
    discovery_write_resources_protobuf(resources, &protobuf);
    return make_pair(&json, &protobuf, OFFER_JSON, out, err);
}

static int make_aggregated(const struct discovery_resources *resources, int offer, struct discovery_document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer json = BUFFER_INIT(DOCUMENT_MAX);
    CLEANUP(buffer_clear) struct buffer protobuf = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_printf(&json, "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/%s\",\"metadata\":{},",
                        offers[offer].version);
    (void)buffer_add_text(&json, "\"items\":[{\"metadata\":{\"name\":\"" API_GROUP "\",\"creationTimestamp\":null},"
                                 "\"versions\":[{\"version\":\"" API_VERSION "\",\"resources\":[");
    write_list(&json, resources, write_aggregated_resource);
    (void)buffer_add_text(&json, "],\"freshness\":\"Current\"}]}]}\n");
    discovery_write_aggregated_protobuf(resources, offers[offer].version, &protobuf);
    return make_pair(&json, &protobuf, offer, out, err);
}

static int make_all(const struct discovery_resources *resources, struct discovery *out, struct error *err)
{
    if (make_static("{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[{" GROUP_BODY "]}\n", discovery_write_groups_protobuf,
                    &out->groups, err) < 0 ||
        make_static("{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\"," GROUP_BODY "\n", discovery_write_group_protobuf, &out->group, err) < 0)
        return -1;
    if (make_resources(resources, &out->resources, err) < 0 || make_aggregated(resources, OFFER_V2, &out->aggregated_v2, err) < 0)
        return -1;
    return make_aggregated(resources, OFFER_V2BETA1, &out->aggregated_v2beta1, err);
}

/* Local families are about the adapter itself and are no resources. */
static struct discovery_resources resources_of(const struct metric_family *families, size_t n)
{
    struct discovery_resources resources = {.items = calloc(n + 1, sizeof(*resources.items))};

    for (size_t i = 0; resources.items && i < n; i++)
        if (!families[i].local)
            resources.items[resources.n++] = (struct discovery_resource){families[i].name, families[i].name, families[i].kind,
                                                                         families[i].short_name};
    return resources;
}

int discovery_make(const struct metric_family *families, size_t n, struct discovery *out, struct error *err)
{
    CLEANUP(discovery_clear) struct discovery discovery = {0};
    struct discovery_resources resources = resources_of(families, n);
    int made = resources.items ? make_all(&resources, &discovery, err) : error_no_memory(err);

    free(resources.items);
    if (made < 0)
        return error_wrap(err, "make the discovery documents");
    *out = discovery;
    discovery = (struct discovery){0};
    return 0;
}

static void clear_document(struct discovery_document *document)
{
    document_clear(&document->json);
    document_clear(&document->protobuf);
}

void discovery_clear(struct discovery *discovery)
{
    clear_document(&discovery->groups);
    clear_document(&discovery->aggregated_v2);
    clear_document(&discovery->aggregated_v2beta1);
    clear_document(&discovery->group);
    clear_document(&discovery->resources);
}

struct media_offers discovery_apis_offers(void)
{
    return (struct media_offers){offers, ARRAY_LEN(offers)};
}

const struct document *discovery_document_in(const struct discovery_document *document, enum response_form form)
{
    return form == RESPONSE_PROTOBUF ? &document->protobuf : &document->json;
}

const struct document *discovery_apis(const struct discovery *discovery, const struct media_offer *chosen)
{
    const struct discovery_document *document = &discovery->groups;

    if (chosen == &offers[OFFER_V2] || chosen == &offers[OFFER_V2_PROTOBUF])
        document = &discovery->aggregated_v2;
    else if (chosen == &offers[OFFER_V2BETA1] || chosen == &offers[OFFER_V2BETA1_PROTOBUF])
        document = &discovery->aggregated_v2beta1;
    return discovery_document_in(document, chosen->form);
}
