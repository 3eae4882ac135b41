/* prometheus.c - answers of the Prometheus HTTP API: accepted is what a slow reading finds whole, point by point; a partial answer, and
 * one with anything strange in it, never is.
 *
 * The first byte says what HTTP status it came with. */
#include "nodegroup/prometheus.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/prometheus_gauges.h"
#include "nodegroup/prometheus_past.h"
#include "nodegroup/usage_samples.h"
#include "test/fuzz/fuzz.h"

/* The points of a series that are numbers. False: one of them is no point. */
static bool read_points(const json_t *series, const char *type, const struct prometheus_series *read, size_t *n)
{
    const json_t *values = json_object_get(series, "values"), *pair;
    bool matrix = strcmp(type, "matrix") == 0;
    size_t most = matrix ? json_array_size(values) : 1;

    *n = 0;
    for (size_t i = 0; i < most; i++) {
        const char *text;
        double value;

        pair = matrix ? json_array_get(values, i) : json_object_get(series, "value");
        text = json_string_value(json_array_get(pair, 1));
        if (json_array_size(pair) != 2 || !json_is_number(json_array_get(pair, 0)) || !text || *text == '\0')
            return false;
        value = strtod(text, NULL);
        if (!isfinite(value))
            continue;
        LAW(*n < read->n_points && read->points[*n].value == value);
        LAW(fabs((double)read->points[*n].at_unix_ms - json_number_value(json_array_get(pair, 0)) * 1000) <= 1);
        ++*n;
    }
    return true;
}

static void law_series(json_t *series, const char *type, const struct prometheus_series *read)
{
    json_t *metric = json_object_get(series, "metric"), *value;
    const char *name;
    size_t n = 0;

    LAW(json_object_size(metric) == read->n_labels && read->n_labels <= PROMETHEUS_LABELS_MAX);
    json_object_foreach (metric, name, value)
        LAW(strcmp(prometheus_label_of(read, name), json_string_value(value)) == 0);
    LAW(read_points(series, type, read, &n) && n == read->n_points);
}

static void law_same(const uint8_t *data, size_t size, const struct prometheus_answer *answer)
{
    json_t *tree = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *body = json_object_get(tree, "data"), *result = json_object_get(body, "result");
    const char *type = json_string_value(json_object_get(body, "resultType"));

    LAW(tree && type && strcmp(json_string_value(json_object_get(tree, "status")), "success") == 0);
    LAW(json_array_size(json_object_get(tree, "warnings")) == 0 && !json_is_true(json_object_get(tree, "isPartial")));
    LAW(json_array_size(result) == answer->n_series);
    for (size_t i = 0; i < answer->n_series; i++)
        law_series(json_array_get(result, i), type, &answer->series[i]);
    json_decref(tree);
}

/* The same answer for cores and bytes: every node once, each with a reading that is no nonsense. */
static void law_usage(const struct prometheus_answer *answer)
{
    struct usage_samples samples;
    struct error err = {0};

    fill(&samples, sizeof(samples));
    if (usage_samples_from_prometheus(answer, answer, &samples, &err) < 0) {
        LAW(is_filled(&samples, sizeof(samples)));
        law_error_is_told(&err);
        return;
    }
    for (size_t i = 0; i < samples.len; i++) {
        LAW(samples.items[i].node[0] != '\0' && strlen(samples.items[i].node) < PROMETHEUS_NODE_MAX);
        LAW(i == 0 || strcmp(samples.items[i - 1].node, samples.items[i].node) < 0);
        LAW(samples.items[i].at_unix_ms > 0);
    }
    usage_samples_clear(&samples);
}

static bool is_after(const struct prometheus_query *query, const struct gauge *before, const struct gauge *gauge)
{
    for (size_t i = 0; i < PROMETHEUS_IDENTITY_MAX && query->identity[i]; i++) {
        int order = strcmp(before->labels[i], gauge->labels[i]);

        if (order != 0)
            return order < 0;
    }
    return false;
}

/* Of load, disks, volumes and Ceph: every one once, none below zero. */
static void law_gauges(const struct prometheus_query *query, const struct prometheus_answer *answer)
{
    struct gauges gauges;
    struct error err = {0};

    fill(&gauges, sizeof(gauges));
    if (gauges_of_vector(query, answer, &gauges, &err) < 0) {
        LAW(is_filled(&gauges, sizeof(gauges)));
        law_error_is_told(&err);
        return;
    }
    LAW(gauges.len + gauges.n_refused <= answer->n_series && gauges.len <= GAUGES_MAX);
    for (size_t i = 0; i < gauges.len; i++) {
        LAW(isfinite(gauges.items[i].value) && gauges.items[i].value >= 0);
        LAW(i == 0 || is_after(query, &gauges.items[i - 1], &gauges.items[i]));
    }
    gauges_clear(&gauges);
}

static int law_hour(void *context, const char *series, const struct history_row *bucket, struct error *err UNUSED)
{
    int64_t hour_ms = history_step_ms(HISTORY_HOURS);

    LAW(bucket->tier == HISTORY_HOURS && bucket->start_ms >= 0 && bucket->start_ms % hour_ms == 0 && bucket->covered_ms == hour_ms);
    LAW(bucket->mean >= 0 && bucket->max == bucket->mean);
    LAW(strlen(series) < HISTORY_NAME_MAX && strstr(series, ((const struct past_query *)context)->series));
    return 0;
}

static void law_past(const struct past_query *query, const struct prometheus_answer *answer)
{
    union {
        const struct past_query *query;
        void *context;
    } told = {query}; /* it only looks */
    const struct past_reading reading = {.query = query, .node_label = "example.com/group", .visit = law_hour, .context = told.context};
    struct error err = {0};

    if (past_read(&reading, answer, &err) < 0)
        law_error_is_told(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 200, 200, 400, 404, 429, 502};
    struct prometheus_answer answer;
    struct error err = {0};
    int status;

    if (size == 0)
        return 0;
    status = statuses[data[0] % (sizeof(statuses) / sizeof(statuses[0]))];
    fill(&answer, sizeof(answer));
    if (prometheus_decode(status, (const char *)data + 1, size - 1, &answer, &err) < 0) {
        LAW(is_filled(&answer, sizeof(answer)));
        law_error_is_told(&err);
        return 0;
    }
    LAW(status == 200);
    law_same(data + 1, size - 1, &answer);
    law_usage(&answer);
    for (size_t i = 0; prometheus_query_at(i); i++)
        law_gauges(prometheus_query_at(i), &answer);
    for (size_t i = 0; past_query_at(i); i++)
        law_past(past_query_at(i), &answer);
    prometheus_answer_clear(&answer);
    return 0;
}
