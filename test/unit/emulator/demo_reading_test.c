#include "emulator/demo_reading.h"

#include <string.h>

#include "test/unit/emulator/suites.h"

#define LIST(items) \
    "{\"kind\":\"ExternalMetricValueList\",\"apiVersion\":\"external.metrics.k8s.io/v1beta1\",\"metadata\":{},\"items\":" items "}"

#define MOST "{\"value\":\"999999999999k\"}"

static const struct {
    const char *body;
    int64_t milli; /* -1: refused */
} rows[] = {
    {LIST("[{\"metricName\":\"x\",\"value\":\"20\"}]"), 20000},
    {LIST("[{\"value\":\"20\"},{\"value\":\"1500m\"}]"), 21500},
    {LIST("[{\"value\":\"0\"}]"), 0},
    {LIST("[{\"value\":\"2k\"}]"), 2000000},
    {LIST("[]"), -1}, /* to the HPA no item is no metric, never zero */
    {LIST("[{\"value\":20}]"), -1},
    {LIST("[{\"value\":\"-1\"}]"), -1},
    {LIST("[{\"value\":\"\"}]"), -1},
    {LIST("[{\"value\":\"1x\"}]"), -1},
    {LIST("[{\"value\":\"m\"}]"), -1},
    {LIST("[{\"value\":\"12345678901234567890\"}]"), -1},
    {LIST("[{\"value\":\"999999999999k\"}]"), INT64_C(999999999999000000)},
    {LIST("[" MOST "," MOST "," MOST "," MOST "," MOST "," MOST "," MOST "," MOST "," MOST "," MOST "]"), -1},
    {LIST("[{}]"), -1},
    {LIST("[7]"), -1},
    {LIST("{}"), -1},
    {"{\"kind\":\"Status\",\"items\":[{\"value\":\"1\"}]}", -1},
    {"{\"kind\":7,\"items\":[{\"value\":\"1\"}]}", -1},
    {"{\"items\":[{\"value\":\"1\"}]}", -1},
    {"[]", -1},
    {"<html>", -1},
    {"", -1},
};

START_TEST(row_case)
{
    struct error err = {0};
    int64_t milli = -1;
    int result = demo_read_value(rows[_i].body, strlen(rows[_i].body), &milli, &err);

    ck_assert_msg(milli == rows[_i].milli, "%s: %lld %s", rows[_i].body, (long long)milli, err.text);
    ck_assert_int_eq(result, rows[_i].milli < 0 ? -1 : 0);
    ck_assert_int_eq(*err.text != '\0', rows[_i].milli < 0);
}
END_TEST

Suite *demo_reading_suite(void)
{
    Suite *suite = suite_create("demo_reading");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, row_case, 0, ARRAY_LEN(rows));
    suite_add_tcase(suite, tcase);
    return suite;
}
