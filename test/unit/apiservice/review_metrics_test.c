/* review_metrics_test.c - reviews counted, and their time. */
#include "apiservice/review_metrics.h"

#include <check.h>
#include <string.h>

#include "test/unit/apiservice/suites.h"

static const struct {
    const char *line;
} lines[] = {
    {"# TYPE adapter_reviews_total counter\n"},
    {"adapter_reviews_total{kind=\"access\",result=\"yes\"} 2\n"},
    {"adapter_reviews_total{kind=\"access\",result=\"error\"} 0\n"},
    {"adapter_reviews_total{kind=\"token\",result=\"no\"} 1\n"},
    {"# TYPE adapter_review_duration_seconds histogram\n"},
    {"adapter_review_duration_seconds_bucket{kind=\"access\",le=\"0.001\"} 1\n"},
    {"adapter_review_duration_seconds_bucket{kind=\"access\",le=\"0.0025\"} 2\n"},
    {"adapter_review_duration_seconds_bucket{kind=\"access\",le=\"+Inf\"} 2\n"},
    {"adapter_review_duration_seconds_count{kind=\"access\"} 2\n"},
    {"adapter_review_duration_seconds_bucket{kind=\"token\",le=\"1\"} 0\n"},
    {"adapter_review_duration_seconds_bucket{kind=\"token\",le=\"+Inf\"} 1\n"},
    {"adapter_review_duration_seconds_sum{kind=\"token\"} 3\n"},
    {"adapter_review_cache_entries{kind=\"access\"} 7\n"},
    {"adapter_review_cache_entries{kind=\"token\"} 8\n"},
};

START_TEST(line_case)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(65536);
    struct exposition exposition = {.out = &text};
    struct review_metrics metrics = {0};

    review_metrics_observe(&metrics, 0, REVIEW_OUTCOME_YES, 1000);
    review_metrics_observe(&metrics, 0, REVIEW_OUTCOME_YES, 1001);
    review_metrics_observe(&metrics, 1, REVIEW_OUTCOME_NO, 3000000);
    review_metrics_expose(&metrics, (const size_t[]){7, 8}, &exposition);
    ck_assert_msg(strstr(buffer_text(&text), lines[_i].line) != NULL, "no %s in\n%s", lines[_i].line, buffer_text(&text));
}
END_TEST

Suite *review_metrics_suite(void)
{
    Suite *suite = suite_create("review_metrics");
    TCase *tcase = tcase_create("review_metrics");

    tcase_add_loop_test(tcase, line_case, 0, ARRAY_LEN(lines));
    suite_add_tcase(suite, tcase);
    return suite;
}
