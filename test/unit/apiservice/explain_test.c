/* Why a read says what it says: the sum, the error, the items with their ages, the sources, and the sum without a queue. */
#include "apiservice/explain.h"

#include <check.h>
#include <string.h>

#include "apiservice/wire_json.h"
#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

enum { FRESH = 5250, STALE = 60001 };

#define NONE (-1.0) /* null */

static const struct {
    const char *name_space, *metric, *selector;
    int64_t red_ms, blue_ms;
    double hpa_reads, without_queue;
    size_t n_items;
    const char *sources; /* names, each with "!" when it is stale */
    const char *error;   /* part of it; NULL: null */
} cases[] = {
    {"coder", "queue_depth", NULL, FRESH, FRESH, 50.5, 50.5, 4, "coder/acme/jobs coder/other/jobs", NULL},
    {"coder", "QUEUE_depth", "queue=red", FRESH, FRESH, 43.5, 50.5, 2, "coder/acme/jobs", NULL},
    {"coder", "queue_depth", "queue in (red),job_type=workspace_build", FRESH, FRESH, 42, 49, 1, "coder/acme/jobs", NULL},
    {"coder", "queue_depth", "queue=red,queue!=blue", FRESH, FRESH, 43.5, 50.5, 2, "coder/acme/jobs", NULL},
    {"lab", "queue_depth", "queue=red", FRESH, FRESH, NONE, 7, 0, "", NULL /* not of this namespace: as if it were not there */},
    {"lab", "queue_depth", NULL, STALE, FRESH, 7, 7, 2, "coder/other/jobs", NULL},
    {"coder", "unserved_jobs", NULL, FRESH, FRESH, NONE, NONE, 0, "", NULL},
    {"coder", "queue_depth", "job_type=none", FRESH, FRESH, NONE, NONE, 0, "coder/acme/jobs coder/other/jobs", NULL},
    /* stale: no number, yet the items and their ages */
    {"coder", "queue_depth", "queue=red", STALE, FRESH, NONE, NONE, 2, "coder/acme/jobs!", "coder/acme/jobs is stale: last read 1m ago"},
    {"coder", "queue_depth", "queue=red", FRESH, STALE, 43.5, NONE, 2, "coder/acme/jobs", NULL},
    {"coder", "queue_depth", "queue=blue", FRESH, -1, NONE, NONE, 2, "coder/other/jobs!", "was not read yet; last error: GET /jobs"},
    /* labels that may not be summed */
    {"coder", "provisioner_daemons", "queue=red", FRESH, FRESH, NONE, NONE, 2, "coder/acme/jobs", "label status may not be summed"},
    {"coder", "provisioner_daemons", "queue=red,status=busy", FRESH, FRESH, 2, 2, 1, "coder/acme/jobs", NULL},
};

static double number_at(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    ck_assert_msg(value != NULL && (json_is_number(value) || json_is_null(value)), "%s", name);
    return json_is_null(value) ? NONE : json_number_value(value);
}

static void explain(const struct external_metric_query *asked, const struct metric_snapshot *snapshot, struct response *response)
{
    struct external_metric_query query = *asked;

    query.families = fixture_families;
    query.n_families = FIXTURE_FAMILIES;
    query.snapshot = snapshot;
    query.now_boot_ms = FIXTURE_NOW_BOOT_MS;
    response_init(response);
    (void)explain_answer(&query, response);
}

static void join_sources(const json_t *document, struct buffer *out)
{
    size_t index;
    json_t *source;

    json_array_foreach (json_object_get(document, "sources"), index, source)
        (void)buffer_printf(out, "%s%s%s", index > 0 ? " " : "", json_text_at(source, "name"),
                            json_is_true(json_object_get(source, "stale")) ? "!" : "");
}

START_TEST(explains)
{
    CLEANUP(buffer_clear) struct buffer sources = BUFFER_INIT(4096);
    const struct fixture_ages ages = {cases[_i].red_ms, cases[_i].blue_ms, "GET /jobs: HTTP 502"};
    const struct external_metric_query query = {
        .name_space = cases[_i].name_space, .metric = cases[_i].metric, .selector = cases[_i].selector};
    struct metric_snapshot *snapshot = fixture_snapshot(&ages);
    struct response response;
    json_t *document;

    explain(&query, snapshot, &response);
    ck_assert_msg(response.status == 200, "%s", buffer_text(&response.body));
    document = response_json(&response);
    ck_assert_double_eq(number_at(document, "hpaReads"), cases[_i].hpa_reads);
    ck_assert_double_eq(number_at(document, "withoutQueueSelector"), cases[_i].without_queue);
    ck_assert_uint_eq(json_array_size(json_object_get(document, "items")), cases[_i].n_items);
    join_sources(document, &sources);
    ck_assert_str_eq(buffer_text(&sources), cases[_i].sources);
    ck_assert_str_eq(json_text_at(document, "namespace"), cases[_i].name_space);
    ck_assert_str_eq(json_text_at(document, "selector"), cases[_i].selector ? cases[_i].selector : "");
    if (cases[_i].error)
        ck_assert_msg(strstr(json_text_at(document, "error"), cases[_i].error) != NULL, "%s", json_text_at(document, "error"));
    else
        ck_assert(json_is_null(json_object_get(document, "error")));
    json_decref(document);
    response_clear(&response);
    metric_snapshot_release(snapshot);
}
END_TEST

/* What an autoscaler reads and what explain says that it reads is the same, case by case. */
START_TEST(agrees_with_the_read)
{
    const struct fixture_ages ages = {cases[_i].red_ms, cases[_i].blue_ms, "GET /jobs: HTTP 502"};
    struct metric_snapshot *snapshot = fixture_snapshot(&ages);
    const struct external_metric_query query = {.families = fixture_families,
                                                .n_families = FIXTURE_FAMILIES,
                                                .snapshot = snapshot,
                                                .now_boot_ms = FIXTURE_NOW_BOOT_MS,
                                                .name_space = cases[_i].name_space,
                                                .metric = cases[_i].metric,
                                                .selector = cases[_i].selector};
    struct response read, explained;
    json_t *document, *status;

    response_init(&read);
    (void)external_metric_answer(&query, &read);
    explain(&query, snapshot, &explained);
    document = response_json(&explained);
    status = response_json(&read);
    ck_assert((read.status != 200) == json_is_string(json_object_get(document, "error")));
    if (read.status == 200)
        ck_assert_uint_eq(json_array_size(json_object_get(status, "items")), cases[_i].n_items);
    else
        ck_assert_str_eq(json_text_at(status, "message"), json_text_at(document, "error"));
    json_decref(status);
    json_decref(document);
    response_clear(&read);
    response_clear(&explained);
    metric_snapshot_release(snapshot);
}
END_TEST

static const struct {
    const char *metric, *selector;
    bool has_snapshot;
    int status;
    const char *message;
} refused[] = {
    {"nosuch", NULL, true, 404, "could not find the metric nosuch for namespace coder"},
    {"adapter_polls_total", NULL, true, 404, "could not find the metric"},
    {"queue_depth", "a in b", true, 400, "unable to parse requirement"},
    {"queue_depth", NULL, false, 503, "no source was read yet"},
};

START_TEST(refuses)
{
    const struct external_metric_query query = {.name_space = "coder", .metric = refused[_i].metric, .selector = refused[_i].selector};
    struct metric_snapshot *snapshot = refused[_i].has_snapshot ? fixture_snapshot(&(struct fixture_ages){0}) : NULL;
    struct response response;
    json_t *document;

    explain(&query, snapshot, &response);
    ck_assert_int_eq(response.status, refused[_i].status);
    document = response_json(&response);
    ck_assert_str_eq(json_text_at(document, "kind"), "Status");
    ck_assert_msg(strstr(json_text_at(document, "message"), refused[_i].message) != NULL, "%s", json_text_at(document, "message"));
    json_decref(document);
    response_clear(&response);
    metric_snapshot_release(snapshot);
}
END_TEST

START_TEST(tells_age_and_time)
{
    const struct fixture_ages ages = {.red_ms = FRESH, .blue_ms = -1, .blue_error = "no \"answer\""};
    const struct external_metric_query query = {.name_space = "coder", .metric = "queue_depth"};
    struct metric_snapshot *snapshot = fixture_snapshot(&ages);
    struct response response;
    json_t *document, *red, *blue, *source;

    explain(&query, snapshot, &response);
    document = response_json(&response);
    red = json_array_get(json_object_get(document, "items"), 1);
    blue = json_array_get(json_object_get(document, "items"), 2);
    ck_assert_double_eq(number_at(red, "value"), 1.5);
    ck_assert_double_eq(number_at(red, "ageSeconds"), 5.25);
    ck_assert_str_eq(json_text_at(red, "timestamp"), "2026-01-02T03:04:05Z");
    ck_assert_str_eq(json_text_at(json_object_get(red, "labels"), "job_type"), "template_import");
    ck_assert_double_eq(number_at(blue, "value"), NONE); /* nobody said so yet */
    ck_assert_double_eq(number_at(blue, "ageSeconds"), NONE);
    ck_assert(json_is_null(json_object_get(blue, "timestamp")));
    source = json_array_get(json_object_get(document, "sources"), 1);
    ck_assert_double_eq(number_at(source, "staleAfterSeconds"), 60);
    ck_assert_double_eq(number_at(source, "ageSeconds"), NONE);
    ck_assert_str_eq(json_text_at(source, "lastError"), "no \"answer\"");
    json_decref(document);
    response_clear(&response);
    metric_snapshot_release(snapshot);
}
END_TEST

/* A set with an explanation of its own, and one that would overflow. */
static struct metric_snapshot *explained_snapshot(int64_t second_milli)
{
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    const struct metric_label labels[] = {{"queue", "red"}, {"organization", "acme"}, {"job_type", "x"}};
    const struct metric_set_key key = {.family = &fixture_families[0], .name_space = "coder", .identity = labels, .n_identity = 2};
    metric_encode *const encoders[METRIC_FORMS] = {[METRIC_FORM_JSON] = wire_json_item};
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};

    metric_builder_begin(builder, &key);
    metric_builder_sample(builder, labels, ARRAY_LEN(labels), INT64_MAX / 2 + 1);
    metric_builder_sample(builder, labels, ARRAY_LEN(labels), second_milli);
    metric_builder_explain(builder, "{\"wanted\":13}");
    ck_assert_msg(metric_builder_finish(builder, encoders, &snapshot, &err) == 0, "%s", err.text);
    return snapshot;
}

START_TEST(hands_the_explanation_on)
{
    const struct external_metric_query query = {.name_space = "coder", .metric = "queue_depth"};
    struct metric_snapshot *snapshot = explained_snapshot(_i == 0 ? 0 : INT64_MAX / 2 + 1);
    struct response response;
    json_t *document, *item;

    explain(&query, snapshot, &response);
    document = response_json(&response);
    item = json_array_get(json_object_get(document, "items"), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(item, "explanation"), "wanted")), 13);
    ck_assert(json_is_null(json_object_get(item, "timestamp"))); /* our own word has no source */
    ck_assert(json_is_null(json_object_get(document, "hpaReads")) == (_i == 1));
    json_decref(document);
    response_clear(&response);
    metric_snapshot_release(snapshot);
}
END_TEST

Suite *explain_suite(void)
{
    Suite *suite = suite_create("explain");
    TCase *tcase = tcase_create("explain");

    tcase_add_loop_test(tcase, explains, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, agrees_with_the_read, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, refuses, 0, ARRAY_LEN(refused));
    tcase_add_test(tcase, tells_age_and_time);
    tcase_add_loop_test(tcase, hands_the_explanation_on, 0, 2);
    suite_add_tcase(suite, tcase);
    return suite;
}
