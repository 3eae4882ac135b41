/* One read of one metric: freshness, visibility, selection, labels that may not be summed. */
#include "apiservice/external_metric.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "apiservice/wire_json.h"
#include "apiservice/wire_value.h"
#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

enum { FRESH = 5000, STALE = 60001 };

static const struct {
    const char *name_space, *metric, *selector;
    int64_t red_ms, blue_ms;
    int status;
    const char *values;  /* of the items, in order, for 200 */
    const char *queue;   /* of the counters */
    const char *message; /* part of it, for the others */
} cases[] = {
    {"coder", "queue_depth", NULL, FRESH, FRESH, 200, "42 1500m 7 0", "", NULL},
    {"coder", "queue_depth", "", FRESH, FRESH, 200, "42 1500m 7 0", "", NULL},
    {"coder", "QUEUE_Depth", "queue=red", FRESH, FRESH, 200, "42 1500m", "red", NULL},
    {"coder", "queue_depth", "queue=red,job_type=workspace_build", FRESH, FRESH, 200, "42", "red", NULL},
    {"coder", "queue_depth", "job_type notin (workspace_build)", FRESH, FRESH, 200, "1500m 0", "", NULL},
    {"coder", "queue_depth", "organization=other", FRESH, FRESH, 200, "7 0", "blue", NULL},
    {"lab", "queue_depth", NULL, FRESH, FRESH, 200, "7 0", "blue", NULL /* red is of another namespace */},
    {"lab", "queue_depth", "queue=red", FRESH, FRESH, 200, "", "", NULL},
    {NULL, "queue_depth", NULL, FRESH, FRESH, 200, "42 1500m 7 0", "", NULL},
    {"coder", "unserved_jobs", NULL, FRESH, FRESH, 200, "", "", NULL /* known, without a series */},
    {"coder", "queue_depth", "tier=gold", FRESH, FRESH, 200, "", "", NULL},
    {"coder", "queue_depth", NULL, 60000, 60000, 200, "42 1500m 7 0", "", NULL /* just fresh */},
    /* a stale source spoils what it could be part of, and nothing else */
    {"coder", "queue_depth", NULL, FRESH, STALE, 503, NULL, "",
     "queue_depth: source coder/other/jobs is stale: last read 1m ago, more than the 1m"},
    {"coder", "queue_depth", "queue=red", FRESH, STALE, 200, "42 1500m", "red", NULL},
    {"coder", "queue_depth", "queue!=blue", FRESH, STALE, 200, "42 1500m", "red", NULL},
    {"coder", "queue_depth", "organization in (acme)", FRESH, STALE, 200, "42 1500m", "red", NULL},
    {"coder", "queue_depth", "queue=blue", FRESH, STALE, 503, NULL, "blue", "coder/other/jobs"},
    {"coder", "queue_depth", "job_type=none", FRESH, STALE, 503, NULL, "", "coder/other/jobs"},
    {"coder", "queue_depth", "node=n1", FRESH, STALE, 200, "", "", NULL /* no queue has that label */},
    {"coder", "queue_depth", "!queue", FRESH, STALE, 200, "", "", NULL},
    {"lab", "queue_depth", NULL, STALE, FRESH, 200, "7 0", "blue", NULL},
    {NULL, "queue_depth", NULL, STALE, FRESH, 503, NULL, "", "coder/acme/jobs"},
    {"coder", "queue_depth", NULL, -1, FRESH, 503, NULL, "", "source coder/acme/jobs was not read yet"},
    {"coder", "queue_depth", NULL, FRESH, -1, 503, NULL, "", "last error: GET /jobs: HTTP 502 \"bad\""},
    /* labels that may not be summed */
    {"coder", "provisioner_daemons", NULL, FRESH, FRESH, 400, NULL, "",
     "label status may not be summed and has several values here (idle, busy); add one "
     "to the selector, for example status=idle"},
    {"coder", "provisioner_daemons", "queue=red", FRESH, FRESH, 400, NULL, "red", "idle, busy"},
    {"coder", "provisioner_daemons", "status=busy", FRESH, FRESH, 200, "2 0", "", NULL},
    {"coder", "provisioner_daemons", "status in (busy,offline)", FRESH, FRESH, 200, "2 0", "", NULL},
    {"coder", "provisioner_daemons", "status!=busy,queue=red", FRESH, FRESH, 200, "4", "red", NULL},
    /* staleness comes before what the items look like */
    {"coder", "provisioner_daemons", NULL, STALE, FRESH, 503, NULL, "", "coder/acme/jobs"},
    /* wrong questions */
    {"coder", "nosuch", NULL, FRESH, FRESH, 404, NULL, "", "the server could not find the metric nosuch for namespace coder"},
    {NULL, "no\nsuch", NULL, FRESH, FRESH, 404, NULL, "", "the server could not find the metric no\\nsuch for all namespaces"},
    {"coder", "adapter_polls_total", NULL, FRESH, FRESH, 404, NULL, "", "could not find"},
    {"coder", "queue_depth", "a in b", FRESH, FRESH, 400, NULL, "", "unable to parse requirement: found 'b' expected: '('"},
    {"coder", "queue_depth", "=", -1, -1, 400, NULL, "", "found '='"},
};

static void join_values(const json_t *document, struct buffer *out)
{
    size_t index;
    json_t *item;

    json_array_foreach (json_object_get(document, "items"), index, item)
        (void)buffer_printf(out, "%s%s", index > 0 ? " " : "", json_text_at(item, "value"));
}

static struct external_metric_query query_of(const struct metric_snapshot *snapshot)
{
    return (struct external_metric_query){
        .families = fixture_families, .n_families = FIXTURE_FAMILIES, .snapshot = snapshot, .now_boot_ms = FIXTURE_NOW_BOOT_MS};
}

START_TEST(answers)
{
    CLEANUP(buffer_clear) struct buffer values = BUFFER_INIT(4096);
    const struct fixture_ages ages = {cases[_i].red_ms, cases[_i].blue_ms, "GET /jobs: HTTP 502 \"bad\""};
    struct metric_snapshot *snapshot = fixture_snapshot(&ages);
    struct external_metric_query query = query_of(snapshot);
    struct external_metric_subject subject;
    struct response response;
    json_t *document;

    query.name_space = cases[_i].name_space;
    query.metric = cases[_i].metric;
    query.selector = cases[_i].selector;
    response_init(&response);
    subject = external_metric_answer(&query, &response);
    ck_assert_msg(response.status == cases[_i].status, "%s", buffer_text(&response.body));
    ck_assert_str_eq(subject.queue, cases[_i].queue);
    ck_assert((subject.family == NULL) == (cases[_i].status == 404));
    document = response_json(&response);
    if (cases[_i].status == 200) {
        join_values(document, &values);
        ck_assert_str_eq(buffer_text(&values), cases[_i].values);
        ck_assert(json_is_array(json_object_get(document, "items")));
    } else {
        ck_assert_int_eq(json_integer_value(json_object_get(document, "code")), cases[_i].status);
        ck_assert_msg(strstr(json_text_at(document, "message"), cases[_i].message) != NULL, "%s", json_text_at(document, "message"));
    }
    ck_assert_uint_eq(response.n_headers, 0); /* no Retry-After: client-go would wait */
    json_decref(document);
    response_clear(&response);
    metric_snapshot_release(snapshot);
}
END_TEST

static const struct {
    const char *name_space, *metric, *name, *selector;
    int64_t red_ms, blue_ms;
    int status;
    const char *contains;
} named[] = {
    {"coder", "queue_depth", "red.acme.workspace--build", NULL, FRESH, FRESH, 200, "\"value\":\"42\"}"},
    {"coder", "queue_depth", "blue.other.template--import", NULL, FRESH, FRESH, 200, "\"value\":\"0\"}"},
    {NULL, "queue_depth", "red.acme.workspace--build", NULL, FRESH, FRESH, 200, "\"value\":\"42\"}"},
    {"coder", "provisioner_daemons", "red.acme.idle", NULL, FRESH, FRESH, 200, "\"value\":\"4\"}" /* nothing is summed */},
    {"lab", "queue_depth", "red.acme.workspace--build", NULL, FRESH, FRESH, 404, "not found" /* of another namespace */},
    {"coder", "queue_depth", "red.acme.workspace--build", "queue=blue", FRESH, FRESH, 404, "not found"},
    {"coder", "queue_depth", "nosuch", NULL, FRESH, FRESH, 404,
     "\"details\":{\"name\":\"nosuch\",\"group\":\"external.metrics.k8s.io\",\"kind\":\"queue_depth\"}"},
    {"coder", "queue_depth", "red.acme.workspace--build", NULL, FRESH, STALE, 200, "\"value\":\"42\"}" /* the other one is stale */},
    {"coder", "queue_depth", "blue.other.workspace--build", NULL, FRESH, STALE, 503, "coder/other/jobs is stale"},
    {"coder", "queue_depth", "nosuch", NULL, FRESH, STALE, 503, "coder/other/jobs is stale"},
    {"coder", "nosuch", "nosuch", NULL, FRESH, FRESH, 404, "could not find the metric nosuch"},
};

START_TEST(answers_by_name)
{
    const struct fixture_ages ages = {named[_i].red_ms, named[_i].blue_ms, NULL};
    struct metric_snapshot *snapshot = fixture_snapshot(&ages);
    struct external_metric_query query = query_of(snapshot);
    struct response response;

    query.name_space = named[_i].name_space;
    query.metric = named[_i].metric;
    query.name = named[_i].name;
    query.selector = named[_i].selector;
    response_init(&response);
    (void)external_metric_answer(&query, &response);
    ck_assert_msg(response.status == named[_i].status, "%s", buffer_text(&response.body));
    ck_assert_msg(strstr(buffer_text(&response.body), named[_i].contains) != NULL, "%s", buffer_text(&response.body));
    json_decref(response_json(&response));
    response_clear(&response);
    metric_snapshot_release(snapshot);
}
END_TEST

static const struct {
    const char *metric, *selector;
    int64_t blue_ms;
    int status;
    size_t rows;
} tables[] = {
    {"queue_depth", NULL, FRESH, 200, 4},         {"queue_depth", "queue=red", FRESH, 200, 2},
    {"queue_depth", "queue=none", FRESH, 200, 0}, {"provisioner_daemons", NULL, FRESH, 200, 4 /* people add nothing up */},
    {"provisioner_daemons", NULL, STALE, 503, 0}, {"queue_depth", "=", FRESH, 400, 0},
};

START_TEST(answers_as_a_table)
{
    const struct fixture_ages ages = {FRESH, tables[_i].blue_ms, NULL};
    const struct table_options options = {.version = "v1"};
    struct metric_snapshot *snapshot = fixture_snapshot(&ages);
    struct external_metric_query query = query_of(snapshot);
    struct response response;
    json_t *document;

    query.name_space = "coder";
    query.metric = tables[_i].metric;
    query.selector = tables[_i].selector;
    query.table = &options;
    response_init(&response);
    (void)external_metric_answer(&query, &response);
    ck_assert_int_eq(response.status, tables[_i].status);
    document = response_json(&response);
    ck_assert_uint_eq(json_array_size(json_object_get(document, "rows")), tables[_i].rows);
    json_decref(document);
    response_clear(&response);
    metric_snapshot_release(snapshot);
}
END_TEST

/* The items' bytes within the envelope, whose length stands in front. */
START_TEST(answers_in_protobuf)
{
    CLEANUP(buffer_clear) struct buffer expected = BUFFER_INIT(65536);
    const struct fixture_ages ages = {FRESH, FRESH, NULL};
    struct metric_snapshot *snapshot = fixture_snapshot(&ages);
    struct external_metric_query query = query_of(snapshot);
    struct response response;
    size_t n;
    const struct metric_set *sets = metric_snapshot_sets(snapshot, &fixture_families[0], &n);
    const struct metric_sample *red = sets[0].samples;

    query.name_space = "coder";
    query.metric = "queue_depth";
    query.selector = "queue=red";
    response_init(&response);
    response.form = RESPONSE_PROTOBUF;
    (void)external_metric_answer(&query, &response);
    ck_assert_int_eq(response.status, 200);
    ck_assert_str_eq(response.content_type, "application/vnd.kubernetes.protobuf");
    wire_value_list_begin(red[0].wire[METRIC_FORM_PROTOBUF].len + red[1].wire[METRIC_FORM_PROTOBUF].len, &expected);
    for (size_t i = 0; i < 2; i++)
        (void)buffer_append(&expected, red[i].wire[METRIC_FORM_PROTOBUF].data, red[i].wire[METRIC_FORM_PROTOBUF].len);
    wire_value_list_end(&expected);
    ck_assert_uint_eq(response.body.len, expected.len);
    ck_assert_int_eq(memcmp(response.body.data, expected.data, expected.len), 0);
    response_clear(&response);
    metric_snapshot_release(snapshot);
}
END_TEST

/* --- a family with many series --- */

enum { MANY = 10 };

static const struct metric_family many_families[] = {
    {.name = "kept", .kind = "Many", .short_name = "k", .labels = {{"node", false}, {"window", false}}},
    {.name = "made", .kind = "Many", .short_name = "m", .on_demand = true, .labels = {{"node", false}, {"window", false}}},
};

/* So many nodes in both families; some samples are without a window. */
static struct metric_snapshot *many_snapshot(void)
{
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    metric_encode *const encoders[METRIC_FORMS] = {[METRIC_FORM_JSON] = wire_json_item, [METRIC_FORM_PROTOBUF] = wire_value_item};
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};

    for (size_t f = 0; f < ARRAY_LEN(many_families); f++) {
        metric_builder_begin(builder, &(struct metric_set_key){.family = &many_families[f], .name_space = "*"});
        for (int i = 0; i < MANY; i++) {
            char name[8];
            const struct metric_label labels[] = {{"node", name}, {"window", "1h"}};

            (void)snprintf(name, sizeof(name), "n%d", i);
            metric_builder_sample(builder, labels, i % 2 == 0 ? 2 : 1, i * INT64_C(1500));
        }
    }
    ck_assert_msg(metric_builder_finish(builder, encoders, &snapshot, &err) == 0, "%s", err.text);
    return snapshot;
}

static void ask_many(const struct metric_snapshot *snapshot, const char *metric, const char *selector, struct response *response)
{
    const struct external_metric_query query = {.families = many_families,
                                                .n_families = ARRAY_LEN(many_families),
                                                .snapshot = snapshot,
                                                .name_space = "coder",
                                                .metric = metric,
                                                .selector = selector,
                                                .now_boot_ms = FIXTURE_NOW_BOOT_MS};

    (void)external_metric_answer(&query, response);
}

/* Of a family with many series the forms are made when they are asked for: they are those that others keep. */
START_TEST(on_demand_is_the_same_bytes)
{
    static const struct {
        enum response_form form;
        const char *selector;
    } rows[] = {{RESPONSE_JSON, "node=n4"}, {RESPONSE_PROTOBUF, "node=n4"}, {RESPONSE_PROTOBUF, "node=n3" /* without a window */}};
    struct metric_snapshot *snapshot = many_snapshot();

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct response kept, made;
        char *at;

        response_init(&kept);
        response_init(&made);
        kept.form = made.form = rows[i].form;
        ask_many(snapshot, "kept", rows[i].selector, &kept);
        ask_many(snapshot, "made", rows[i].selector, &made);
        ck_assert_int_eq(kept.status, 200);
        ck_assert_int_eq(made.status, 200);
        ck_assert_str_eq(kept.content_type, made.content_type);
        ck_assert_uint_eq(kept.body.len, made.body.len);
        at = memmem(made.body.data, made.body.len, "made", 4);
        ck_assert_ptr_nonnull(at);
        for (size_t k = 0; k < 4; k++)
            at[k] = "kept"[k];
        ck_assert_msg(memcmp(kept.body.data, made.body.data, made.body.len) == 0, "%s%s", kept.body.data, made.body.data);
        response_clear(&kept);
        response_clear(&made);
    }
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(on_demand_has_a_limit)
{
    struct metric_snapshot *snapshot = many_snapshot();
    struct response response;

    response_init(&response);
    response.form = RESPONSE_PROTOBUF;
    response.body.limit = 400; /* of 10 items, of 50 bytes each; a Status finds place */
    ask_many(snapshot, "made", NULL, &response);
    ck_assert_int_eq(response.status, 400); /* nodes may not be summed */
    response.status = 0;
    response.body.limit = 40;
    ask_many(snapshot, "made", "node=n4", &response);
    ck_assert_int_eq(response.status, 500);
    response_clear(&response);
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(a_conflict_names_a_few_values)
{
    static const struct {
        const char *selector, *says;
    } rows[] = {
        {NULL,
         "made: an autoscaler adds all items up, but the label node may not be summed and has several values here (n0, n1, n2, n3, n4, "
         "n5, n6, n7, ...); add one to the selector, for example node=n0"},
        {"node in (n0,n1,n2,n3,n4,n5,n6,n7)", "here (n0, n1, n2, n3, n4, n5, n6, n7); add one"},
        {"node notin (n0,n1,n2,n3,n4,n5,n6,n7)", "here (n8, n9); add one"},
    };
    struct metric_snapshot *snapshot = many_snapshot();

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct response response;

        response_init(&response);
        ask_many(snapshot, "made", rows[i].selector, &response);
        ck_assert_int_eq(response.status, 400);
        ck_assert_msg(strstr(buffer_text(&response.body), rows[i].says) != NULL, "%s", buffer_text(&response.body));
        response_clear(&response);
    }
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(is_unavailable_before_the_first_snapshot)
{
    struct external_metric_query query = query_of(NULL);
    struct response response;

    response_init(&response);
    query.metric = "queue_depth";
    ck_assert_ptr_nonnull(external_metric_answer(&query, &response).family);
    ck_assert_int_eq(response.status, 503);
    query.metric = "nosuch";
    ck_assert_ptr_null(external_metric_answer(&query, &response).family);
    ck_assert_int_eq(response.status, 404);
    response_clear(&response);
}
END_TEST

Suite *external_metric_suite(void)
{
    Suite *suite = suite_create("external_metric");
    TCase *tcase = tcase_create("external_metric");

    tcase_add_loop_test(tcase, answers, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, answers_by_name, 0, ARRAY_LEN(named));
    tcase_add_loop_test(tcase, answers_as_a_table, 0, ARRAY_LEN(tables));
    tcase_add_test(tcase, answers_in_protobuf);
    tcase_add_test(tcase, on_demand_is_the_same_bytes);
    tcase_add_test(tcase, on_demand_has_a_limit);
    tcase_add_test(tcase, a_conflict_names_a_few_values);
    tcase_add_test(tcase, is_unavailable_before_the_first_snapshot);
    suite_add_tcase(suite, tcase);
    return suite;
}
