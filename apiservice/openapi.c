#include "apiservice/openapi.h"

#include "apiservice/discovery.h"

#define TITLE "coder-metrics-adapter"
#define GET_RESOURCES                                                                              \
    "\"get\":{\"tags\":[\"externalMetrics_v1beta1\"],\"description\":\"get available resources\"," \
    "\"operationId\":\"getExternalMetricsV1beta1APIResources\",\"responses\":{\"200\":{\"description\":\"OK\"}}}"

static int make(struct buffer *body, struct document *out, struct error *err)
{
    return document_make(body, "application/json", out, err);
}

static int make_v2(const char *version, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_printf(&body, "{\"swagger\":\"2.0\",\"info\":{\"title\":\"" TITLE "\",\"version\":\"v%s\"},", version);
    (void)buffer_add_text(&body, "\"paths\":{\"/apis/" API_GROUP_VERSION "/\":{" GET_RESOURCES "}},\"definitions\":{}}\n");
    return make(&body, out, err);
}

static int make_v3_group(const char *version, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_printf(&body, "{\"openapi\":\"3.0.0\",\"info\":{\"title\":\"" TITLE "\",\"version\":\"v%s\"},", version);
    (void)buffer_add_text(&body, "\"paths\":{\"/apis/" API_GROUP_VERSION "/\":{" GET_RESOURCES "}},\"components\":{}}\n");
    return make(&body, out, err);
}

static int make_v3_root(const struct document *group, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_add_text(&body, "{\"paths\":{\"apis/" API_GROUP_VERSION "\":{\"serverRelativeURL\":\"/openapi/v3/apis/" API_GROUP_VERSION
                                 "?hash=");
    (void)buffer_append(&body, group->etag + 1, DOCUMENT_HASH_HEX); /* without its quotes */
    (void)buffer_add_text(&body, "\"}}}\n");
    return make(&body, out, err);
}

int openapi_make(const char *version, struct openapi *out, struct error *err)
{
    CLEANUP(openapi_clear) struct openapi openapi = {0};

    if (make_v2(version, &openapi.v2, err) < 0 || make_v3_group(version, &openapi.v3_group, err) < 0 ||
        make_v3_root(&openapi.v3_group, &openapi.v3_root, err) < 0)
        return error_wrap(err, "make the OpenAPI documents");
    *out = openapi;
    openapi = (struct openapi){0};
    return 0;
}

void openapi_clear(struct openapi *openapi)
{
    document_clear(&openapi->v2);
    document_clear(&openapi->v3_root);
    document_clear(&openapi->v3_group);
}
