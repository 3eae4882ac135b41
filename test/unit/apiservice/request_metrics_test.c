/* Counters of requests: buckets, bounds, and many threads at once. */
#include "apiservice/request_metrics.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/apiservice/suites.h"

static const char *const routes[] = {"/a", "none"};

static void expose(struct request_metrics *metrics, struct buffer *out)
{
    struct exposition exposition = {.out = out};

    request_metrics_expose(metrics, &exposition);
    ck_assert(!buffer_failed(out));
}

static void check_line(const struct buffer *text, const char *line)
{
    ck_assert_msg(strstr(buffer_text(text), line) != NULL, "no '%s' in\n%s", line, buffer_text(text));
}

START_TEST(durations_fall_into_buckets)
{
    CLEANUP(request_metrics_freep) struct request_metrics *metrics = request_metrics_new(routes, 2);
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1048576);

    request_metrics_observe(metrics, 0, 200, 50);
    request_metrics_observe(metrics, 0, 200, 51);
    request_metrics_observe(metrics, 0, 200, 2000000);
    request_metrics_observe(metrics, 1, 418, -5);
    expose(metrics, &text);
    check_line(&text, "# TYPE adapter_request_duration_seconds histogram\n");
    check_line(&text, "adapter_request_duration_seconds_bucket{route=\"/a\",code=\"200\",le=\"5e-05\"} 1\n");
    check_line(&text, "adapter_request_duration_seconds_bucket{route=\"/a\",code=\"200\",le=\"0.0001\"} 2\n");
    check_line(&text, "adapter_request_duration_seconds_bucket{route=\"/a\",code=\"200\",le=\"0.25\"} 2\n");
    check_line(&text, "adapter_request_duration_seconds_bucket{route=\"/a\",code=\"200\",le=\"+Inf\"} 3\n");
    check_line(&text, "adapter_request_duration_seconds_sum{route=\"/a\",code=\"200\"} 2.000101\n");
    check_line(&text, "adapter_request_duration_seconds_count{route=\"/a\",code=\"200\"} 3\n");
    check_line(&text, "adapter_request_duration_seconds_count{route=\"none\",code=\"other\"} 1\n");
    ck_assert_ptr_null(strstr(text.data, "code=\"404\""));
}
END_TEST

START_TEST(reads_are_counted_by_family_queue_and_code)
{
    CLEANUP(request_metrics_freep) struct request_metrics *metrics = request_metrics_new(routes, 2);
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1048576);
    char longest[REQUEST_QUEUE_MAX + 1];

    memset(longest, 'q', sizeof(longest));
    longest[REQUEST_QUEUE_MAX] = '\0';
    request_metrics_count_read(metrics, "m", "red", 200);
    request_metrics_count_read(metrics, "m", "red", 200);
    request_metrics_count_read(metrics, "m", "red", 503);
    request_metrics_count_read(metrics, "m", "", 200);
    request_metrics_count_read(metrics, "m", longest, 200);
    expose(metrics, &text);
    check_line(&text, "adapter_external_reads_total{family=\"m\",queue=\"red\",code=\"200\"} 2\n");
    check_line(&text, "adapter_external_reads_total{family=\"m\",queue=\"red\",code=\"503\"} 1\n");
    check_line(&text, "adapter_external_reads_total{family=\"m\",queue=\"\",code=\"200\"} 1\n");
    check_line(&text, "adapter_external_reads_total{family=\"m\",queue=\"other\",code=\"200\"} 1\n");
}
END_TEST

START_TEST(reads_have_a_bound)
{
    CLEANUP(request_metrics_freep) struct request_metrics *metrics = request_metrics_new(routes, 2);
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(4194304);
    char queue[16];

    for (int i = 0; i < REQUEST_READS_MAX + 10; i++) {
        (void)snprintf(queue, sizeof(queue), "q%d", i);
        request_metrics_count_read(metrics, "m", queue, 200);
    }
    expose(metrics, &text);
    check_line(&text, "{family=\"m\",queue=\"q0\",code=\"200\"} 1\n");
    check_line(&text, "{family=\"other\",queue=\"\",code=\"0\"} 10\n");
}
END_TEST

enum { THREADS = 4, ROUNDS = 20000 };

static void *count_many(void *context)
{
    struct request_metrics *metrics = context;

    for (int i = 0; i < ROUNDS; i++) {
        request_metrics_count_read(metrics, "m", i % 2 ? "red" : "blue", 200);
        request_metrics_observe(metrics, 0, 200, i % 300);
    }
    return NULL;
}

START_TEST(no_count_is_lost_between_threads)
{
    CLEANUP(request_metrics_freep) struct request_metrics *metrics = request_metrics_new(routes, 2);
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1048576);
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, count_many, metrics), 0);
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    expose(metrics, &text);
    check_line(&text, "{family=\"m\",queue=\"red\",code=\"200\"} 40000\n");
    check_line(&text, "{family=\"m\",queue=\"blue\",code=\"200\"} 40000\n");
    check_line(&text, "adapter_request_duration_seconds_count{route=\"/a\",code=\"200\"} 80000\n");
}
END_TEST

Suite *request_metrics_suite(void)
{
    Suite *suite = suite_create("request_metrics");
    TCase *tcase = tcase_create("request_metrics");

    tcase_add_test(tcase, durations_fall_into_buckets);
    tcase_add_test(tcase, reads_are_counted_by_family_queue_and_code);
    tcase_add_test(tcase, reads_have_a_bound);
    tcase_add_test(tcase, no_count_is_lost_between_threads);
    suite_add_tcase(suite, tcase);
    return suite;
}
