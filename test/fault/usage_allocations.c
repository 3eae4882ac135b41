/* usage_allocations.c - the allocations of the usage, history and forecast files fail, one after the other: each failure is told, and
 * nothing leaks or is left half done. Round n fails allocation n and all after it, until a round succeeds.
 *
 * Linked with --wrap for malloc, calloc, realloc and strdup; jansson gets the wrapped ones. SQLite's own are not touched. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/forecast.h"
#include "nodegroup/history.h"
#include "nodegroup/rightsize_pods.h"
#include "nodegroup/series.h"
#include "nodegroup/usage_samples.h"
#include "nodegroup/usage_tracker.h"

enum { ROUNDS_MAX = 1000, HOURS = 4 * HOURS_A_WEEK };

static long left = -1; /* allocations that still succeed; below 0: all do */

/* The linker wants these names. NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming) */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static bool fails_now(void)
{
    if (left > 0)
        left--;
    return left == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : __real_strdup(text);
}
/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

/* --- what is tried --- */

static int read_csv(struct error *err)
{
    static const char text[] = "time,value\n3600,1\n7200,2\n";
    CLEANUP(series_clear) struct series series = {0};

    return series_read_csv(text, strlen(text), &series, err);
}

static int make_forecast(struct error *err)
{
    static double values[HOURS];
    CLEANUP(forecast_clear) struct forecast forecast = {0};
    struct forecast_input input = {.values = values, .len = HOURS, .horizon = HOURS_A_WEEK};

    for (size_t hour = 0; hour < HOURS; hour++)
        values[hour] = (double)(hour % HOURS_A_DAY);
    return forecast_make(&input, &forecast, err);
}

static int decode_node_metrics(struct error *err)
{
    static const char body[] =
        "{\"kind\":\"NodeMetricsList\",\"items\":[{\"metadata\":{\"name\":\"w1\"},\"timestamp\":\"2026-11-22T07:59:47Z\","
        "\"usage\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}]}";
    CLEANUP(usage_samples_clear) struct usage_samples samples = {0};

    if (usage_samples_decode(body, strlen(body), &samples, err) < 0)
        return -1;
    left = -1;                         /* Check allocates as well */
    ck_assert_uint_eq(samples.len, 1); /* without memory a node is not just left out */
    return 0;
}

static int decode_pods(struct error *err)
{
    static const char body[] = "{\"items\":[{\"metadata\":{\"name\":\"p-a-abcde\"},\"spec\":{\"containers\":[{\"name\":\"coder\","
                               "\"resources\":{\"requests\":{\"cpu\":\"1\"}}}]},\"containers\":[{\"name\":\"coder\","
                               "\"usage\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}]}]}";
    const struct rightsize_pool pool = {.kind = "deployment", .workload = "p", .name_space = "coder", .container = "coder", .queue = ""};
    struct rightsize_facts facts;

    if (rightsize_read_pods(body, strlen(body), &pool, &facts, err) < 0 || rightsize_read_usage(body, strlen(body), &pool, &facts, err) < 0)
        return -1;
    left = -1;
    ck_assert(facts.figures[RIGHTSIZE_CPU_REQUEST] == 1 && facts.figures[RIGHTSIZE_CPU_PEAK] == 1);
    return 0;
}

static int decode_prometheus(struct error *err)
{
    static const char body[] = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                               "{\"metric\":{\"instance\":\"w1:9100\"},\"value\":[1795334524,\"1.5\"]}]}}";
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    CLEANUP(usage_samples_clear) struct usage_samples samples = {0};

    if (prometheus_decode(200, body, strlen(body), &answer, err) < 0)
        return -1;
    return usage_samples_from_prometheus(&answer, &answer, &samples, err);
}

static int track_members(struct error *err)
{
    static const struct usage_member members[] = {{"b", "g", {1, 1}}, {"a", "h", {1, 1}}, {"c", "g", {1, 1}}};
    CLEANUP(usage_tracker_freep) struct usage_tracker *tracker = usage_tracker_new(180000);
    struct window_figure figure;
    int result;

    if (!tracker)
        return error_no_memory(err);
    result = usage_tracker_set_members(tracker, members, ARRAY_LEN(members), 5000, err);
    left = -1;
    ck_assert(usage_tracker_node(tracker, "a", USAGE_CPU, WINDOW_NOW, &figure) == (result == 0)); /* all of them or none */
    usage_tracker_tick(tracker, 10000);
    return result;
}

static int keep_history(struct error *err)
{
    struct history_options options = {.path = "", .retention_ms = 604800000};
    CLEANUP(history_closep) struct history *history = history_open(&options, err);
    struct history_piece piece = {0, 60000, 5};

    if (!history || history_add(history, "g/cpu/use", &piece, err) < 0)
        return -1;
    return history_flush(history, 0, err) < 0 || history_flush(history, 3600000, err) < 0 ? -1 : 0;
}

static const struct {
    const char *name;
    int (*try)(struct error *err);
    long least; /* allocations that there must be at least: otherwise nothing was tried */
} tries[] = {
    {"read CSV", read_csv, 2},
    {"make a forecast", make_forecast, 5},
    {"decode node metrics", decode_node_metrics, 20},
    {"decode pods and their use", decode_pods, 40},
    {"decode an answer of Prometheus", decode_prometheus, 20},
    {"track members", track_members, 20},
    {"keep a history", keep_history, 4},
};

START_TEST(every_failed_allocation_is_told)
{
    long round = 1;
    int result = -1;

    for (; round < ROUNDS_MAX && result < 0; round++) {
        struct error err = {0};

        left = round;
        result = tries[_i].try(&err);
        left = -1;
        ck_assert_msg(result == 0 || err.text[0] != '\0', "%s: round %ld: failed without a word", tries[_i].name, round);
    }
    ck_assert_msg(result == 0 && round > tries[_i].least, "%s: %ld rounds", tries[_i].name, round);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("usage_allocations");
    TCase *tcase = tcase_create("usage_allocations");
    SRunner *runner = srunner_create(suite);
    int failed;

    json_set_alloc_funcs(__wrap_malloc, free);
    tcase_add_loop_test(tcase, every_failed_allocation_is_told, 0, ARRAY_LEN(tries));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
