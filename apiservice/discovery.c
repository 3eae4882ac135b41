#include "apiservice/discovery.h"

#include "apiservice/negotiation.h"

#define GROUP_BODY                                                                                                    \
    "\"name\":\"" API_GROUP "\",\"versions\":[{\"groupVersion\":\"" API_GROUP_VERSION "\",\"version\":\"" API_VERSION \
    "\"}],\"preferredVersion\":{\"groupVersion\":\"" API_GROUP_VERSION "\",\"version\":\"" API_VERSION "\"}}"

/* Names, kinds and short names come from our own table: letters, digits and underscores need no escape. */
static void write_resource(struct buffer *out, const struct metric_family *family)
{
    (void)buffer_printf(out,
                        "{\"name\":\"%s\",\"singularName\":\"%s\",\"namespaced\":true,\"kind\":\"%s\",\"verbs\":[\"get\"],"
                        "\"shortNames\":[\"%s\"]}",
                        family->name, family->name, family->kind, family->short_name);
}

static void write_aggregated_resource(struct buffer *out, const struct metric_family *family)
{
    (void)buffer_printf(out,
                        "{\"resource\":\"%s\",\"responseKind\":{\"group\":\"" API_GROUP "\",\"version\":\"" API_VERSION
                        "\",\"kind\":\"%s\"},"
                        "\"scope\":\"Namespaced\",\"singularResource\":\"%s\",\"verbs\":[\"get\"],\"shortNames\":[\"%s\"]}",
                        family->name, family->kind, family->name, family->short_name);
}

struct families {
    const struct metric_family *items;
    size_t n;
};

/* Local families are about the adapter itself and are no resources. */
static void write_list(struct buffer *out, struct families families, void (*write)(struct buffer *, const struct metric_family *))
{
    bool first = true;

    for (size_t i = 0; i < families.n; i++) {
        if (families.items[i].local)
            continue;
        if (!first)
            (void)buffer_add_char(out, ',');
        write(out, &families.items[i]);
        first = false;
    }
}

static int make_text(const char *text, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_add_text(&body, text);
    return document_make(&body, "application/json", out, err);
}

static int make_resources(struct families families, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_add_text(&body,
                          "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\"" API_GROUP_VERSION "\",\"resources\":[");
    write_list(&body, families, write_resource);
    (void)buffer_add_text(&body, "]}\n");
    return document_make(&body, "application/json", out, err);
}

static int make_aggregated(struct families families, const struct media_offer *form, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_printf(&body, "{\"kind\":\"APIGroupDiscoveryList\",\"apiVersion\":\"apidiscovery.k8s.io/%s\",\"metadata\":{},",
                        form->version);
    (void)buffer_add_text(&body, "\"items\":[{\"metadata\":{\"name\":\"" API_GROUP "\",\"creationTimestamp\":null},"
                                 "\"versions\":[{\"version\":\"" API_VERSION "\",\"resources\":[");
    write_list(&body, families, write_aggregated_resource);
    (void)buffer_add_text(&body, "],\"freshness\":\"Current\"}]}]}\n");
    return document_make(&body, form->content_type, out, err);
}

enum { FORM_PLAIN, FORM_V2, FORM_V2BETA1 };

static const struct media_offer forms[] = {
    [FORM_PLAIN] = {"application", "json", NULL, NULL, NULL, "application/json"},
    [FORM_V2] = {"application", "json", "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2",
                 "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"},
    [FORM_V2BETA1] = {"application", "json", "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2beta1",
                      "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"},
};

int discovery_make(const struct metric_family *families, size_t n, struct discovery *out, struct error *err)
{
    CLEANUP(discovery_clear) struct discovery discovery = {0};
    const struct families all = {families, n};

    if (make_text("{\"kind\":\"APIGroupList\",\"apiVersion\":\"v1\",\"groups\":[{" GROUP_BODY "]}\n", &discovery.groups, err) < 0 ||
        make_text("{\"kind\":\"APIGroup\",\"apiVersion\":\"v1\"," GROUP_BODY "\n", &discovery.group, err) < 0 ||
        make_resources(all, &discovery.resources, err) < 0 || make_aggregated(all, &forms[FORM_V2], &discovery.aggregated_v2, err) < 0 ||
        make_aggregated(all, &forms[FORM_V2BETA1], &discovery.aggregated_v2beta1, err) < 0)
        return error_wrap(err, "make the discovery documents");
    *out = discovery;
    discovery = (struct discovery){0};
    return 0;
}

void discovery_clear(struct discovery *discovery)
{
    document_clear(&discovery->groups);
    document_clear(&discovery->aggregated_v2);
    document_clear(&discovery->aggregated_v2beta1);
    document_clear(&discovery->group);
    document_clear(&discovery->resources);
}

const struct document *discovery_apis(const struct discovery *discovery, const char *accept)
{
    const struct media_offer *form = negotiate(accept, forms, ARRAY_LEN(forms));

    if (!form)
        return NULL;
    if (form == &forms[FORM_V2])
        return &discovery->aggregated_v2;
    return form == &forms[FORM_V2BETA1] ? &discovery->aggregated_v2beta1 : &discovery->groups;
}
