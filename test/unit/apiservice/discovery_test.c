/* Discovery and OpenAPI: shapes as the real types have them, forms by Accept, ETags. */
#include "apiservice/discovery.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/openapi.h"
#include "apiservice/version.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

static struct discovery discovery;

static void setup(void)
{
    struct error err = {0};

    ck_assert_msg(discovery_make(fixture_families, FIXTURE_FAMILIES, &discovery, &err) == 0, "%s", err.text);
}

static void teardown(void)
{
    discovery_clear(&discovery);
}

static json_t *parse(const struct document *document)
{
    json_error_t why;
    json_t *parsed = json_loadb(document->body.data, document->body.len, 0, &why);

    ck_assert_msg(parsed != NULL, "%s", why.text);
    return parsed;
}

static void check_equals_fixture(const struct document *document, const char *name)
{
    json_t *ours = parse(document);
    json_t *theirs = fixture_json(name);

    ck_assert_msg(json_equal(ours, theirs), "%s: %s", name, buffer_text(&document->body));
    json_decref(ours);
    json_decref(theirs);
}

START_TEST(groups_are_what_go_writes)
{
    check_equals_fixture(&discovery.groups.json, "apigrouplist.json");
    check_equals_fixture(&discovery.group.json, "apigroup.json");
}
END_TEST

START_TEST(each_public_family_is_a_resource_of_its_own_kind)
{
    json_t *document = parse(&discovery.resources.json);
    json_t *resources = json_object_get(document, "resources");

    ck_assert_str_eq(json_text_at(document, "groupVersion"), "external.metrics.k8s.io/v1beta1");
    ck_assert_uint_eq(json_array_size(resources), FIXTURE_FAMILIES - 1); /* one is local */
    for (size_t i = 0; i + 1 < FIXTURE_FAMILIES; i++) {
        json_t *resource = json_array_get(resources, i);
        json_t *verbs = json_object_get(resource, "verbs");

        ck_assert_str_eq(json_text_at(resource, "name"), fixture_families[i].name);
        ck_assert_str_eq(json_text_at(resource, "kind"), fixture_families[i].kind);
        ck_assert(json_is_string(json_object_get(resource, "singularName")));
        ck_assert(json_is_true(json_object_get(resource, "namespaced")));
        ck_assert_str_eq(json_string_value(json_array_get(json_object_get(resource, "shortNames"), 0)), fixture_families[i].short_name);
        ck_assert_uint_eq(json_array_size(verbs), 1);
        ck_assert_str_eq(json_string_value(json_array_get(verbs, 0)), "get");
    }
    json_decref(document);
}
END_TEST

/* The members that the accepted example has, with our resources in it. */
START_TEST(aggregated_form_is_filled)
{
    json_t *ours = parse(&discovery.aggregated_v2.json);
    json_t *theirs = fixture_json("example-apis-aggregated-v2.json");
    json_t *our_version = json_array_get(json_object_get(json_array_get(json_object_get(ours, "items"), 0), "versions"), 0);
    json_t *their_version = json_array_get(json_object_get(json_array_get(json_object_get(theirs, "items"), 0), "versions"), 0);
    json_t *resource = json_array_get(json_object_get(our_version, "resources"), 1);

    ck_assert_uint_eq(json_array_size(json_object_get(our_version, "resources")), FIXTURE_FAMILIES - 1);
    ck_assert_str_eq(json_text_at(resource, "resource"), "provisioner_daemons");
    ck_assert_str_eq(json_text_at(resource, "scope"), "Namespaced");
    ck_assert_str_eq(json_text_at(json_object_get(resource, "responseKind"), "kind"), "ProvisionerDaemons");
    (void)json_object_set_new(our_version, "resources", json_array());
    (void)json_object_set_new(their_version, "resources", json_array());
    ck_assert(json_equal(ours, theirs));
    json_decref(ours);
    json_decref(theirs);
}
END_TEST

#define V2 "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
#define V2BETA1 "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"

#define V2_PROTOBUF "application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

static const struct document *find(const char *accept)
{
    struct media_choice choice = negotiate(accept, discovery_apis_offers());

    return choice.offer ? discovery_apis(&discovery, choice.offer) : NULL;
}

static const struct {
    const char *accept, *content_type; /* NULL: 406 */
} forms[] = {
    {NULL, "application/json"},
    {"application/json", "application/json"},
    {"*/*", "application/json"},
    {V2 "," V2BETA1, V2},
    {V2BETA1, V2BETA1},
    {V2BETA1 "," V2, V2BETA1},
    {"application/json;v=v2;as=APIGroupDiscoveryList;profile=nopeer;g=apidiscovery.k8s.io", V2},
    {V2_PROTOBUF "," V2, V2_PROTOBUF},
    {"application/vnd.kubernetes.protobuf, application/json", "application/vnd.kubernetes.protobuf"},
    {"application/yaml", "application/json" /* YAML is made of it */},
    {"application/yaml;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", NULL},
    {"application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList", NULL},
    {"text/html", NULL},
};

START_TEST(apis_has_the_form_that_is_accepted)
{
    const struct document *document = find(forms[_i].accept);

    ck_assert_str_eq(document ? document->content_type : "406", forms[_i].content_type ? forms[_i].content_type : "406");
}
END_TEST

START_TEST(the_discovery_manager_gets_the_aggregated_form)
{
    char *accept = fixture_request_header("aggregator-discovery-apis-v2.txt", "Accept");

    ck_assert_ptr_eq(find(accept), &discovery.aggregated_v2.json);
    free(accept);
}
END_TEST

START_TEST(an_etag_answers_304)
{
    const struct document *document = &discovery.aggregated_v2.json;
    struct response response;

    response_init(&response);
    ck_assert_uint_eq(strlen(document->etag), 130);
    ck_assert_uint_eq(strspn(document->etag + 1, "0123456789ABCDEF"), 128);
    document_respond(document, NULL, &response);
    ck_assert_int_eq(response.status, 200);
    ck_assert_uint_eq(response.body.len, document->body.len);
    response_clear(&response);
    document_respond(document, document->etag, &response);
    ck_assert_int_eq(response.status, 304);
    ck_assert_uint_eq(response.body.len, 0);
    ck_assert_str_eq(response.headers[0].name, "ETag");
    response_clear(&response);
}
END_TEST

/* What stands for the document's own tag is written @. */
static const struct {
    const char *if_none_match;
    int status;
} conditions[] = {
    {"@", 304},  {"W/@", 304}, {"*", 304},     {"\"a\", @", 304}, {"\"a\",W/\"b\" ,\t@", 304}, {"\"AGGTAG\"", 200}, {"", 200},
    {",,", 200}, {"W/", 200},  {"\"@\"", 200}, {"@x", 200},
};

START_TEST(if_none_match_is_a_list)
{
    CLEANUP(buffer_clear) struct buffer value = BUFFER_INIT(1024);
    const struct document *document = &discovery.resources.json;
    struct response response;

    for (const char *c = conditions[_i].if_none_match; *c != '\0'; c++)
        (void)(*c == '@' ? buffer_add_text(&value, document->etag) : buffer_add_char(&value, *c));
    response_init(&response);
    document_respond(document, buffer_text(&value), &response);
    ck_assert_int_eq(response.status, conditions[_i].status);
    response_clear(&response);
}
END_TEST

/* Other bytes under the same tag would be a lie. */
START_TEST(a_form_that_is_made_later_has_no_etag)
{
    struct response response;

    response_init(&response);
    response.form = RESPONSE_YAML;
    document_respond(&discovery.group.json, discovery.group.json.etag, &response);
    ck_assert_int_eq(response.status, 200);
    ck_assert_uint_eq(response.n_headers, 0);
    response_clear(&response);
}
END_TEST

START_TEST(groups_in_protobuf_are_what_go_writes)
{
    check_bytes(&discovery.groups.protobuf.body, "apigrouplist.bin");
    check_bytes(&discovery.group.protobuf.body, "apigroup.bin");
    ck_assert_str_eq(discovery.group.protobuf.content_type, "application/vnd.kubernetes.protobuf");
    ck_assert_str_ne(discovery.group.protobuf.etag, discovery.group.json.etag);
}
END_TEST

START_TEST(a_resource_list_is_what_go_writes)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    struct discovery_resource resource = {"queue_depth", "", "ExternalMetricValueList", NULL};
    const struct discovery_resources resources = {&resource, 1};
    char *expected = fixture_text("apiresourcelist.json");

    discovery_write_resources_json(&resources, &out);
    ck_assert_str_eq(buffer_text(&out), expected);
    free(expected);
    buffer_reset(&out);
    discovery_write_resources_protobuf(&resources, &out);
    check_bytes(&out, "apiresourcelist.bin");
}
END_TEST

/* kubectl explain goes from the resource's path to its kind, and from the kind to the schema. */
START_TEST(openapi_leads_from_each_resource_to_its_schema)
{
    const struct openapi_subject described = {"0.1.0", fixture_families, FIXTURE_FAMILIES};
    struct openapi openapi = {0};
    struct error err = {0};
    json_t *v3, *schemas;

    ck_assert_int_eq(openapi_make(&described, &openapi, &err), 0);
    v3 = parse(&openapi.v3_group);
    schemas = json_object_get(json_object_get(v3, "components"), "schemas");
    ck_assert_uint_eq(json_object_size(schemas), (size_t)2 * (FIXTURE_FAMILIES - 1));
    for (size_t i = 0; i + 1 < FIXTURE_FAMILIES; i++) {
        char path[256], name[256];
        json_t *kind, *schema;

        (void)snprintf(path, sizeof(path), "/apis/external.metrics.k8s.io/v1beta1/namespaces/{namespace}/%s", fixture_families[i].name);
        kind = json_object_get(json_object_get(json_object_get(json_object_get(v3, "paths"), path), "get"),
                               "x-kubernetes-group-version-kind");
        ck_assert_str_eq(json_text_at(kind, "kind"), fixture_families[i].kind);
        (void)snprintf(name, sizeof(name), "external.metrics.k8s.io.v1beta1.%s", fixture_families[i].kind);
        schema = json_object_get(schemas, name);
        ck_assert_str_eq(json_text_at(schema, "description"), fixture_families[i].help);
        ck_assert(json_equal(json_array_get(json_object_get(schema, "x-kubernetes-group-version-kind"), 0), kind));
    }
    json_decref(v3);
    openapi_clear(&openapi);
}
END_TEST

START_TEST(openapi_names_the_hash_of_its_group)
{
    const struct openapi_subject described = {"0.1.0", fixture_families, FIXTURE_FAMILIES};
    struct openapi openapi = {0};
    struct error err = {0};
    json_t *v2, *v3, *root;
    const char *url;
    char other[128 + 1] = "";

    ck_assert_int_eq(openapi_make(&described, &openapi, &err), 0);
    v2 = parse(&openapi.v2);
    v3 = parse(&openapi.v3_group);
    root = parse(&openapi.v3_root);
    ck_assert_str_eq(json_text_at(v2, "swagger"), "2.0");
    ck_assert_ptr_nonnull(json_object_get(json_object_get(v2, "paths"), "/apis/external.metrics.k8s.io/v1beta1/"));
    ck_assert_str_eq(json_text_at(v3, "openapi"), "3.0.0");
    url = json_text_at(json_object_get(json_object_get(root, "paths"), "apis/external.metrics.k8s.io/v1beta1"), "serverRelativeURL");
    ck_assert_ptr_nonnull(strstr(url, "?hash="));
    ck_assert_int_eq(strncmp(strstr(url, "?hash=") + 6, openapi.v3_group.etag + 1, 128), 0);
    ck_assert_uint_eq(strlen(strstr(url, "?hash=") + 6), 128);
    ck_assert(openapi_is_hash_of_group(&openapi, strstr(url, "?hash=") + 6));
    ck_assert(!openapi_is_hash_of_group(&openapi, strstr(url, "?hash=") + 7));
    ck_assert(!openapi_is_hash_of_group(&openapi, NULL));
    ck_assert(!openapi_is_hash_of_group(&openapi, openapi.v3_root.etag + 1));
    memset(other, 'a', sizeof(other) - 1);
    ck_assert(!openapi_is_hash_of_group(&openapi, other));
    json_decref(v2);
    json_decref(v3);
    json_decref(root);
    openapi_clear(&openapi);
}
END_TEST

static const struct {
    const char *version, *major, *minor;
} versions[] = {{"1.2.3", "1", "2"}, {"0.10.0-rc1", "0", "10"}, {"2", "2", ""}};

START_TEST(version_is_taken_apart)
{
    const struct build_version version = {versions[_i].version, "abc\"def"};
    struct document document = {0};
    struct error err = {0};
    json_t *parsed;

    ck_assert_int_eq(version_make(&version, &document, &err), 0);
    parsed = parse(&document);
    ck_assert_str_eq(json_text_at(parsed, "major"), versions[_i].major);
    ck_assert_str_eq(json_text_at(parsed, "minor"), versions[_i].minor);
    ck_assert_str_eq(json_text_at(parsed, "gitVersion") + 1, versions[_i].version);
    ck_assert_str_eq(json_text_at(parsed, "gitCommit"), "abc\"def");
    json_decref(parsed);
    document_clear(&document);
}
END_TEST

Suite *discovery_suite(void)
{
    Suite *suite = suite_create("discovery");
    TCase *tcase = tcase_create("discovery");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, groups_are_what_go_writes);
    tcase_add_test(tcase, each_public_family_is_a_resource_of_its_own_kind);
    tcase_add_test(tcase, aggregated_form_is_filled);
    tcase_add_loop_test(tcase, apis_has_the_form_that_is_accepted, 0, ARRAY_LEN(forms));
    tcase_add_test(tcase, the_discovery_manager_gets_the_aggregated_form);
    tcase_add_test(tcase, an_etag_answers_304);
    tcase_add_loop_test(tcase, if_none_match_is_a_list, 0, ARRAY_LEN(conditions));
    tcase_add_test(tcase, a_form_that_is_made_later_has_no_etag);
    tcase_add_test(tcase, groups_in_protobuf_are_what_go_writes);
    tcase_add_test(tcase, a_resource_list_is_what_go_writes);
    tcase_add_test(tcase, openapi_leads_from_each_resource_to_its_schema);
    tcase_add_test(tcase, openapi_names_the_hash_of_its_group);
    tcase_add_loop_test(tcase, version_is_taken_apart, 0, ARRAY_LEN(versions));
    suite_add_tcase(suite, tcase);
    return suite;
}
