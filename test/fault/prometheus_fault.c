/* Lists of objects and what Prometheus is asked when memory runs out: no part is taken for the whole. */
#include <string.h>

#include "nodegroup/capacity_list.h"
#include "nodegroup/prometheus_gauges.h"
#include "nodegroup/prometheus_past.h"
#include "nodegroup/rightsize_report.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

enum { TEXT_MAX = 1024 * 1024 };

/* --- a list --- */

#define NODE(name)                                                                                                                       \
    "{\"kind\":\"Node\",\"metadata\":{\"name\":\"" name "\",\"labels\":{\"elastisys.io/node-group\":\"workers\","                        \
    "\"topology.kubernetes.io/zone\":\"z-" name "\"}},\"status\":{\"allocatable\":{\"cpu\":\"8\",\"memory\":\"16Gi\",\"pods\":\"110\"}," \
    "\"capacity\":{\"cpu\":\"8\",\"memory\":\"16Gi\"},\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}"
#define POD(name, node)                                                                                                   \
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"" name                                                                    \
    "\",\"namespace\":\"coder\",\"labels\":{\"app\":\"a\"}},\"spec\":{\"nodeName\":\"" node                               \
    "\",\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"topologyKey\":"         \
    "\"kubernetes.io/hostname\",\"labelSelector\":{\"matchLabels\":{\"app\":\"a\"}}}]}},\"containers\":[{\"name\":\"c\"," \
    "\"resources\":{\"requests\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}}]},\"status\":{\"phase\":\"Running\"}}"

static const char objects[] = "{\"kind\":\"List\",\"items\":[" NODE("n1") "," NODE("n2") "," NODE("n3") "," POD("a", "n1") "," POD(
    "b", "n2") ",{\"kind\":\"NodeMetrics\",\"metadata\":{\"name\":\"n1\"},\"timestamp\":\"2026-09-14T00:00:00Z\",\"usage\":"
               "{\"cpu\":\"2\",\"memory\":\"3Gi\"}}]}";

static int add(void *context, const json_t *item UNUSED, struct error *err UNUSED)
{
    ++*(int *)context;
    return 0;
}

/* An object that there is no memory for is no gap. */
static enum fault_outcome read_list(struct error *err)
{
    struct capacity_list list = {.text = objects, .len = sizeof(objects) - 1};
    int told = 0;

    if (capacity_list_read(&list, add, &told, err) < 0)
        return list.n_gaps == 0 ? FAULT_REFUSED : FAULT_DAMAGED;
    return told == 6 && list.n_gaps == 0 ? FAULT_DONE : FAULT_DAMAGED;
}

/* --- Prometheus --- */

#define SERIES(labels, points) "{\"metric\":{" labels "}," points "}"

static enum fault_outcome read_gauges(struct error *err)
{
    static const char body[] = "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" SERIES(
        "\"node\":\"n1\",\"mountpoint\":\"/\"", "\"value\":[1789344000,\"0.5\"]") "," SERIES("\"node\":\"n1\",\"mountpoint\":\"/var\"",
                                                                                             "\"value\":[1789344000,\"0.7\"]") "]}}";
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    struct gauges gauges;
    size_t n;

    fault_fill(&gauges, sizeof(gauges));
    if (prometheus_decode(200, body, strlen(body), &answer, err) < 0 || gauges_of_vector(prometheus_query_at(3), &answer, &gauges, err) < 0)
        return fault_refused(&gauges, sizeof(gauges));
    n = gauges.len;
    gauges_clear(&gauges);
    return n == 2 ? FAULT_DONE : FAULT_DAMAGED;
}

static int take_hour(void *context, const char *series UNUSED, const struct history_row *bucket UNUSED, struct error *err UNUSED)
{
    ++*(int *)context;
    return 0;
}

static enum fault_outcome read_past(struct error *err)
{
    static const char body[] = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[" SERIES(
        "\"label_elastisys_io_node_group\":\"workers\"", "\"values\":[[1789344000,\"1.5\"],[1789347600,\"2.5\"]]") "]}}";
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    int hours = 0;
    const struct past_reading reading = {past_query_at(0), "elastisys.io/node-group", take_hour, &hours};

    if (prometheus_decode(200, body, strlen(body), &answer, err) < 0 || past_read(&reading, &answer, err) < 0)
        return hours == 0 ? FAULT_REFUSED : FAULT_TOUCHED;
    return hours == 2 ? FAULT_DONE : FAULT_DAMAGED;
}

static enum fault_outcome report_rightsizing(struct error *err)
{
    CLEANUP(buffer_clear) struct buffer json = BUFFER_INIT(TEXT_MAX), page = BUFFER_INIT(TEXT_MAX);
    struct rightsize_report report = {
        .pool = {.kind = "deployment", .workload = "p", .name_space = "coder", .container = "coder", .queue = "q"}, .compares = true};

    rightsize_facts_init(&report.facts);
    rightsize_facts_init(&report.before);
    rightsize_report_json(&report, 1, &json);
    rightsize_report_page(&report, &page);
    if (buffer_failed(&json) || buffer_failed(&page))
        return error_no_memory(err) < 0 ? FAULT_REFUSED : FAULT_DONE;
    return FAULT_DONE;
}

static const struct fault_action actions[] = {
    {"read a list of objects", read_list, 60},
    {"read gauges", read_gauges, 20},
    {"read the past", read_past, 20},
    {"report a pool's sizes", report_rightsizing, 4},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

Suite *prometheus_fault_suite(void)
{
    Suite *suite = suite_create("prometheus");
    TCase *tcase = tcase_create("allocations");

    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    suite_add_tcase(suite, tcase);
    return suite;
}
