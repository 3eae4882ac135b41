#include "nodegroup/prometheus.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"

enum { SHOWN_MAX = 200, ESCAPED_MAX = 8 * SHOWN_MAX, NUMBER_TEXT_MAX = 64, ERROR_TEXT_MAX = 65536 };

static const double time_max_seconds = 253402300799.0; /* the end of the year 9999 */

void prometheus_answer_clear(struct prometheus_answer *answer)
{
    arena_clear(&answer->arena);
    *answer = (struct prometheus_answer){0};
}

/* --- errors that the server tells --- */

static const struct {
    int status;
    enum error_code code;
    const char *look_at;
} statuses[] = {
    {401, ERROR_UNAUTHORIZED, "; is the token right, does Mimir need the header X-Scope-OrgID?"},
    {403, ERROR_FORBIDDEN, "; may the token read?"},
    {404, ERROR_NOT_FOUND, "; does the URL lack a prefix, such as /prometheus for Mimir?"},
    {405, ERROR_INVALID, "; does the URL name a Prometheus API?"},
    {429, ERROR_RATE_LIMITED, ""},
};

static int refuse_status(int status, const char *why, size_t len, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer shown = BUFFER_INIT(ESCAPED_MAX);
    enum error_code code = status >= 500 ? ERROR_UNAVAILABLE : ERROR_INVALID;
    const char *look_at = "";

    while (len > 0 && strchr("\r\n \t", why[len - 1]))
        len--;
    escape_controls(&shown, why, len < SHOWN_MAX ? len : SHOWN_MAX);
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        if (statuses[i].status == status) {
            code = statuses[i].code;
            look_at = statuses[i].look_at;
        }
    }
    return error_set(err, code, "Prometheus answered HTTP %d: %s%s", status, buffer_text(&shown), look_at);
}

/* {"status":"error","errorType":"execution","error":"..."}; text/plain and HTML are shown as they are. */
static int refuse_answer(int status, const char *body, size_t len, struct error *err)
{
    CLEANUP(json_decrefp) json_t *tree = NULL;
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(ERROR_TEXT_MAX);
    const char *type = NULL, *why = NULL;
    struct error ignored = {0};

    if (json_read(body, len, &tree, &ignored) < 0 || !json_is_object(tree) || json_text_optional(tree, "error", &why, &ignored) < 0 ||
        json_text_optional(tree, "errorType", &type, &ignored) < 0 || !why)
        return refuse_status(status, body, len, err);
    (void)buffer_printf(&text, "%s: %s", type ? type : "error", why);
    return refuse_status(status, buffer_text(&text), text.len, err);
}

static int refuse_partial(const json_t *tree, struct error *err)
{
    const json_t *warnings = json_object_get(tree, "warnings");
    const char *first = json_string_value(json_array_get(warnings, 0));

    if (json_array_size(warnings) > 0)
        return error_set(err, ERROR_UNAVAILABLE, "the answer is partial: %.200s", first ? first : "it has warnings");
    if (json_is_true(json_object_get(tree, "isPartial")))
        return error_set(err, ERROR_UNAVAILABLE, "the answer is partial: a storage node did not answer");
    return 0;
}

/* --- points --- */

static bool parse_value(const char *text, double *out)
{
    static const char *const gaps[] = {"NaN", "+Inf", "-Inf", "Inf"};
    char *end = NULL;

    for (size_t i = 0; i < ARRAY_LEN(gaps); i++) {
        if (strcmp(text, gaps[i]) == 0) {
            *out = (double)NAN;
            return true;
        }
    }
    if (*text == '\0' || strlen(text) >= NUMBER_TEXT_MAX || strspn(text, "0123456789+-.eE") != strlen(text))
        return false;
    *out = strtod(text, &end); /* beyond a double's range it is infinite: a gap as well */
    return *end == '\0';
}

/* [1795334524.245,"1"]: the time is a number, the value a text. */
static int decode_point(const json_t *pair, struct prometheus_point *out, struct error *err)
{
    const json_t *at = json_array_get(pair, 0), *value = json_array_get(pair, 1);
    double seconds = json_number_value(at);

    if (json_array_size(pair) != 2 || !json_is_number(at) || !json_is_string(value))
        return error_set(err, ERROR_INVALID, "a sample is not a time and a text");
    if (!(seconds >= 1 && seconds <= time_max_seconds)) /* 0 would be "never" */
        return error_set(err, ERROR_INVALID, "the time of a sample is out of range");
    if (!parse_value(json_string_value(value), &out->value))
        return error_set(err, ERROR_INVALID, "the value of a sample, %.40s, is no number", json_string_value(value));
    out->at_unix_ms = (int64_t)llround(seconds * 1000);
    return 0;
}

static int add_point(const json_t *pair, struct prometheus_answer *answer, struct prometheus_series *series, struct error *err)
{
    struct prometheus_point point;

    if (decode_point(pair, &point, err) < 0)
        return -1;
    if (isfinite(point.value))
        series->points[series->n_points++] = point;
    else
        answer->n_gaps++;
    return 0;
}

static int decode_points(const json_t *object, bool matrix, struct prometheus_answer *answer, struct prometheus_series *series,
                         struct error *err)
{
    const json_t *pairs = json_object_get(object, "values"), *pair;
    size_t i;

    if (matrix && !json_is_array(pairs))
        return error_set(err, ERROR_INVALID, "a series has no values");
    series->points = arena_alloc(&answer->arena, (matrix ? json_array_size(pairs) : 1) * sizeof(*series->points) + 1);
    if (!series->points)
        return error_no_memory(err);
    if (!matrix)
        return add_point(json_object_get(object, "value"), answer, series, err);
    json_array_foreach (pairs, i, pair) {
        if (add_point(pair, answer, series, err) < 0)
            return -1;
    }
    return 0;
}

/* --- series --- */

static int decode_labels(json_t *metric, struct prometheus_answer *answer, struct prometheus_series *series, struct error *err)
{
    size_t n = json_object_size(metric);
    const char *name;
    json_t *value;

    if (!json_is_object(metric) || n > PROMETHEUS_LABELS_MAX)
        return error_set(err, ERROR_INVALID, "a series has no labels, or more than %d", PROMETHEUS_LABELS_MAX);
    series->labels = arena_alloc(&answer->arena, n * sizeof(*series->labels) + 1);
    if (!series->labels)
        return error_no_memory(err);
    json_object_foreach (metric, name, value) {
        struct prometheus_label *label = &series->labels[series->n_labels++];

        if (!json_is_string(value))
            return error_set(err, ERROR_INVALID, "label %.60s: expected string, got %s", name, json_type_name(value));
        label->name = arena_text(&answer->arena, name);
        label->value = arena_text(&answer->arena, json_string_value(value));
        if (!label->name || !label->value)
            return error_no_memory(err);
    }
    return 0;
}

static int decode_series(const json_t *object, bool matrix, struct prometheus_answer *answer, struct error *err)
{
    struct prometheus_series *series = &answer->series[answer->n_series];

    if (!json_is_object(object))
        return error_set(err, ERROR_INVALID, "expected object, got %s", json_type_name(object));
    if (decode_labels(json_object_get(object, "metric"), answer, series, err) < 0 || decode_points(object, matrix, answer, series, err) < 0)
        return -1;
    answer->n_series++;
    return 0;
}

static int decode_result(const json_t *tree, struct prometheus_answer *answer, struct error *err)
{
    const json_t *result, *object, *data = NULL;
    const char *type = NULL;
    bool matrix;
    size_t i;

    if (json_object_optional(tree, "data", &data, err) < 0 || json_text_required(data, "resultType", &type, err) < 0)
        return -1;
    matrix = strcmp(type, "matrix") == 0;
    result = json_object_get(data, "result");
    if ((!matrix && strcmp(type, "vector") != 0) || !json_is_array(result))
        return error_set(err, ERROR_INVALID, "expected a vector or a matrix, got %.40s; the query must give series", type);
    answer->series = arena_alloc(&answer->arena, json_array_size(result) * sizeof(*answer->series) + 1);
    if (!answer->series)
        return error_no_memory(err);
    json_array_foreach (result, i, object) {
        if (decode_series(object, matrix, answer, err) < 0)
            return error_wrap(err, "series %zu", i);
    }
    return 0;
}

int prometheus_decode(int status, const char *body, size_t len, struct prometheus_answer *out, struct error *err)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {.arena = {.limit = 4 * len + 4096}};
    CLEANUP(json_decrefp) json_t *tree = NULL;
    const char *outcome = NULL;

    if (status != 200)
        return refuse_answer(status, body, len, err);
    if (json_read(body, len, &tree, err) < 0 || json_text_required(tree, "status", &outcome, err) < 0)
        return error_wrap(err, "decode the answer of Prometheus");
    if (strcmp(outcome, "success") != 0)
        return refuse_answer(status, body, len, err);
    if (refuse_partial(tree, err) < 0 || decode_result(tree, &answer, err) < 0)
        return error_wrap(err, "decode the answer of Prometheus");
    *out = answer;
    answer = (struct prometheus_answer){0};
    return 0;
}

const char *prometheus_label_of(const struct prometheus_series *series, const char *name)
{
    for (size_t i = 0; i < series->n_labels; i++)
        if (strcmp(series->labels[i].name, name) == 0)
            return series->labels[i].value;
    return "";
}

/* "worker-1:9100" is worker-1; "[fd00::1]:9100" is fd00::1; a name without a port stays, and so does a bare IPv6 address. */
bool prometheus_node_name(const struct prometheus_series *series, char out[PROMETHEUS_NODE_MAX], struct error *err)
{
    const char *name = prometheus_label_of(series, "node"), *colon;
    size_t len = strlen(name);

    if (len == 0) {
        name = prometheus_label_of(series, "instance");
        len = strlen(name);
        colon = strrchr(name, ':');
        if (colon && (strchr(name, ':') == colon || colon[-1] == ']'))
            len = (size_t)(colon - name);
        if (len >= 2 && name[0] == '[' && name[len - 1] == ']') {
            name++;
            len -= 2;
        }
    }
    if (len == 0 || len >= PROMETHEUS_NODE_MAX) {
        (void)error_set(err, ERROR_INVALID, "a series has neither a label node nor a label instance that names a node");
        return false;
    }
    memcpy(out, name, len);
    out[len] = '\0';
    return true;
}

/* --- requests --- */

static void add_form_text(struct buffer *out, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    for (; *text != '\0'; text++) {
        if (strchr(plain, *text))
            (void)buffer_add_char(out, *text);
        else
            (void)buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

void prometheus_instant_form(const char *query, struct buffer *out)
{
    (void)buffer_add_text(out, "partial_response=false&query=");
    add_form_text(out, query);
}

static void add_form_seconds(struct buffer *out, const char *name, int64_t ms)
{
    (void)buffer_printf(out, "&%s=%lld.%03d", name, (long long)(ms / 1000), (int)(ms % 1000));
}

void prometheus_range_form(const char *query, const struct prometheus_range *range, struct buffer *out)
{
    prometheus_instant_form(query, out);
    add_form_seconds(out, "start", range->from_unix_ms);
    add_form_seconds(out, "end", range->to_unix_ms);
    add_form_seconds(out, "step", range->step_ms);
}
