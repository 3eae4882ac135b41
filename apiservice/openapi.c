#include "apiservice/openapi.h"

#include <string.h>

#include "apiservice/discovery.h"
#include "base/escape.h"

#define TITLE "coder-metrics-adapter"
#define TAG "\"tags\":[\"externalMetrics_v1beta1\"],"
#define GET_RESOURCES                                              \
    "\"get\":{" TAG "\"description\":\"get available resources\"," \
    "\"operationId\":\"getExternalMetricsV1beta1APIResources\",\"responses\":{\"200\":{\"description\":\"OK\"}}}"
#define SCHEMA "external.metrics.k8s.io.v1beta1."
#define KIND_OF(kind) "{\"group\":\"" API_GROUP "\",\"kind\":\"" kind "\",\"version\":\"" API_VERSION "\"}"
#define TEXT(description) "{\"description\":\"" description "\",\"type\":\"string\"}"

/* What every kind has, up to the description of its labels. */
static const char properties_before_labels[] =
    "\"properties\":{"
    "\"apiVersion\":" TEXT(
        API_GROUP_VERSION) ","
                           "\"kind\":" TEXT("The kind of this metric.") ","
                                                                        "\"metadata\":{\"description\":\"Name and namespace of the "
                                                                        "series.\",\"type\":\"object\",\"properties\":{"
                                                                        "\"name\":" TEXT("The values of the labels, joined by "
                                                                                         "dots.") ","
                                                                                                  "\"namespace\":" TEXT(
                                                                                                      "Where the series may "
                                                                                                      "be read; absent: "
                                                                                                      "anywhere.") "}},"
                                                                                                                   "\"metricN"
                                                                                                                   "ame\""
                                                                                                                   ":" TEXT("The "
                                                                                                                            "name "
                                                                                                                            "of "
                                                                                                                            "the "
                                                                                                                            "metri"
                                                                                                                            "c.") ","
                                                                                                                                  "\"met"
                                                                                                                                  "ricLa"
                                                                                                                                  "bels"
                                                                                                                                  "\":{"
                                                                                                                                  "\"add"
                                                                                                                                  "ition"
                                                                                                                                  "alPro"
                                                                                                                                  "perti"
                                                                                                                                  "es\":"
                                                                                                                                  "{\"ty"
                                                                                                                                  "pe\":"
                                                                                                                                  "\"str"
                                                                                                                                  "ing\""
                                                                                                                                  ",\"de"
                                                                                                                                  "fault"
                                                                                                                                  "\":"
                                                                                                                                  "\"\"}"
                                                                                                                                  ",\"ty"
                                                                                                                                  "pe\":"
                                                                                                                                  "\"obj"
                                                                                                                                  "ect\""
                                                                                                                                  ",\"de"
                                                                                                                                  "scrip"
                                                                                                                                  "tion"
                                                                                                                                  "\":";
static const char properties_behind_labels[] =
    "},"
    "\"timestamp\":{\"description\":\"When the sources of the value were read.\",\"type\":\"string\",\"format\":\"date-time\"},"
    "\"window\":{\"description\":\"Seconds that the value is about; absent: the moment at which it was read.\",\"type\":\"integer\","
    "\"format\":\"int64\"},"
    "\"value\":" TEXT("The value, a quantity: 1500m is 1.5.") "},"
                                                              "\"required\":[\"metricName\",\"metricLabels\",\"timestamp\",\"value\"]";

static int make(struct buffer *body, struct document *out, struct error *err)
{
    return document_make(body, "application/json", out, err);
}

static void write_string(struct buffer *out, const char *text)
{
    escape_json_string(out, text, strlen(text));
}

static int make_v2(const char *version, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_printf(&body, "{\"swagger\":\"2.0\",\"info\":{\"title\":\"" TITLE "\",\"version\":\"v%s\"},", version);
    (void)buffer_add_text(&body, "\"paths\":{\"/apis/" API_GROUP_VERSION "/\":{" GET_RESOURCES "}},\"definitions\":{}}\n");
    return make(&body, out, err);
}

/* "queue, organization, status (one value only in a list)" */
static void write_labels(const struct metric_family *family, struct buffer *out)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(DOCUMENT_MAX);

    (void)buffer_add_text(&text, "Labels of the series: ");
    for (const struct metric_label_spec *label = family->labels; label->name; label++)
        (void)buffer_printf(&text, "%s%s%s", label > family->labels ? ", " : "", label->name,
                            label->summable ? "" : " (a list needs a selector that leaves one value)");
    (void)buffer_add_char(&text, '.');
    out->failed = out->failed || buffer_failed(&text); /* half of it would look like all of it */
    write_string(out, buffer_text(&text));
}

static void write_path(const struct metric_family *family, struct buffer *out)
{
    (void)buffer_printf(out, ",\"/apis/" API_GROUP_VERSION "/namespaces/{namespace}/%s\":{\"get\":{" TAG "\"description\":", family->name);
    write_string(out, family->help);
    (void)buffer_printf(out,
                        ",\"operationId\":\"listExternalMetricsV1beta1Namespaced%s\","
                        "\"responses\":{\"200\":{\"description\":\"OK\",\"content\":{\"application/json\":{\"schema\":"
                        "{\"$ref\":\"#/components/schemas/" SCHEMA "%sList\"}}}}},"
                        "\"x-kubernetes-action\":\"list\",\"x-kubernetes-group-version-kind\":" KIND_OF(
                            "%s") "},"
                                  "\"parameters\":["
                                  "{\"name\":\"namespace\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}},"
                                  "{\"name\":\"labelSelector\",\"in\":\"query\",\"schema\":{\"type\":\"string\"}}]}",
                        family->kind, family->kind, family->kind);
}

static void write_schemas(const struct metric_family *family, bool first, struct buffer *out)
{
    (void)buffer_printf(out, "%s\"" SCHEMA "%s\":{\"description\":", first ? "" : ",", family->kind);
    write_string(out, family->help);
    (void)buffer_add_text(out, ",\"type\":\"object\",");
    (void)buffer_add_text(out, properties_before_labels);
    write_labels(family, out);
    (void)buffer_add_text(out, properties_behind_labels);
    (void)buffer_printf(out,
                        ",\"x-kubernetes-group-version-kind\":[" KIND_OF(
                            "%s") "]},"
                                  "\"" SCHEMA "%sList\":{\"type\":\"object\",\"properties\":{\"items\":{\"type\":\"array\",\"items\":"
                                  "{\"$ref\":\"#/components/schemas/" SCHEMA "%s\"}}},\"required\":[\"items\"]}",
                        family->kind, family->kind, family->kind);
}

static int make_v3_group(const struct openapi_subject *subject, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(DOCUMENT_MAX);
    bool first = true;

    (void)buffer_printf(&body, "{\"openapi\":\"3.0.0\",\"info\":{\"title\":\"" TITLE "\",\"version\":\"v%s\"},", subject->version);
    (void)buffer_add_text(&body, "\"paths\":{\"/apis/" API_GROUP_VERSION "/\":{" GET_RESOURCES "}");
    for (size_t i = 0; i < subject->n_families; i++)
        if (!subject->families[i].local)
            write_path(&subject->families[i], &body);
    (void)buffer_add_text(&body, "},\"components\":{\"schemas\":{");
    for (size_t i = 0; i < subject->n_families; i++) {
        if (subject->families[i].local)
            continue;
        write_schemas(&subject->families[i], first, &body);
        first = false;
    }
    (void)buffer_add_text(&body, "}}}\n");
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

int openapi_make(const struct openapi_subject *subject, struct openapi *out, struct error *err)
{
    CLEANUP(openapi_clear) struct openapi openapi = {0};

    if (make_v2(subject->version, &openapi.v2, err) < 0 || make_v3_group(subject, &openapi.v3_group, err) < 0 ||
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

bool openapi_is_hash_of_group(const struct openapi *openapi, const char *hash)
{
    return hash && strlen(hash) == DOCUMENT_HASH_HEX && memcmp(hash, openapi->v3_group.etag + 1, DOCUMENT_HASH_HEX) == 0;
}
