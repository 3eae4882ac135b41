/* The answer of /explain/... as text. */
#include "adapter/explain_report.h"

#include <check.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/adapter/suites.h"

enum { REPORT_MAX = 65536 };

#define QUESTION "\"metric\":\"cpr\",\"namespace\":\"coder\",\"selector\":\"queue=default\","
#define ITEM(queue, value, explanation) \
    "{\"labels\":{\"queue\":\"" queue "\"},\"value\":" value ",\"ageSeconds\":1.26,\"explanation\":" explanation "}"
#define SOURCE(name, more) "{\"name\":\"" name "\",\"staleAfterSeconds\":60," more "}"
#define HEAD "cpr in namespace coder, selector queue=default\n"

static const struct {
    const char *answer, *text;
} cases[] = {
    {"{" QUESTION "\"hpaReads\":12,\"error\":null,\"withoutQueueSelector\":12,\"items\":[" ITEM(
         "default", "12", "{\"summary\":\"7 waiting, 3 running, headroom 1 -> 11, served as 12\"}") "],\"sources\":[" //
     SOURCE("coder/default/jobs", "\"ageSeconds\":0.04,\"stale\":false,\"lastError\":null") "]}",
     HEAD "the HPA reads 12\n"
          "  queue=default: 12, 1.3s old\n"
          "    7 waiting, 3 running, headroom 1 -> 11, served as 12\n"
          "sources:\n"
          "  coder/default/jobs: read 0s ago, good for 1m\n"},
    {"{" QUESTION "\"hpaReads\":null,\"error\":\"cpr: source coder/default/jobs is stale\",\"withoutQueueSelector\":null,\"items\":[" ITEM(
         "default", "12.5", "null") "],\"sources\":["                                                  //
     SOURCE("coder/default/jobs", "\"ageSeconds\":90,\"stale\":true,\"lastError\":\"HTTP\\n502\"") "," //
     SOURCE("coder/default/daemons", "\"ageSeconds\":null,\"stale\":true,\"lastError\":null") "]}",
     HEAD "the HPA reads no value and holds: cpr: source coder/default/jobs is stale\n"
          "  queue=default: 12.5, 1.3s old\n"
          "sources:\n"
          "  coder/default/jobs: read 1m30s ago, STALE: the limit is 1m; last error: HTTP\\n502\n"
          "  coder/default/daemons: not read yet, STALE: the limit is 1m\n"},
    {"{" QUESTION
     "\"hpaReads\":12,\"error\":null,\"withoutQueueSelector\":48,\"items\":[" ITEM("default", "12", "null") "],\"sources\":[]}",
     HEAD "the HPA reads 12\n"
          "  queue=default: 12, 1.3s old\n"
          "warning: an HPA without the queue in its selector would add up 48 from all queues of this namespace\n"},
    {"{\"metric\":\"cpr\",\"namespace\":\"coder\",\"selector\":\"\",\"hpaReads\":18,\"error\":null,\"withoutQueueSelector\":18,"
     "\"items\":[" ITEM("a", "12", "null") "," ITEM("b", "6", "null") "],\"sources\":[]}",
     "cpr in namespace coder, no selector\n"
     "the HPA reads 18\n"
     "  queue=a: 12, 1.3s old\n"
     "  queue=b: 6, 1.3s old\n"
     "warning: these are several queues, and an HPA adds them up; add queue=NAME to its selector\n"},
    {"{" QUESTION "\"hpaReads\":null,\"error\":null,\"withoutQueueSelector\":3,\"items\":[],\"sources\":[]}",
     HEAD "the HPA reads no value and holds: no series matches; is the selector right, and the namespace?\n"
          "warning: an HPA without the queue in its selector would add up 3 from all queues of this namespace\n"},
    {"{" QUESTION "\"hpaReads\":0.5,\"withoutQueueSelector\":1.5,\"items\":[{\"labels\":{\"a\":\"b\",\"queue\":\"x\"},\"value\":0.5,"
     "\"ageSeconds\":2}],\"sources\":[" SOURCE("coder/default/jobs", "\"ageSeconds\":7,\"stale\":false") "]}",
     HEAD "the HPA reads 0.5\n"
          "  a=b,queue=x: 0.5, 2s old\n"
          "sources:\n"
          "  coder/default/jobs: read 7s ago, good for 1m\n"
          "warning: an HPA without the queue in its selector would add up 1.5 from all queues of this namespace\n"},
    /* of another version, or hostile */
    {"{}", "unknown in namespace unknown, no selector\n"
           "the HPA reads no value and holds: no series matches; is the selector right, and the namespace?\n"},
    {"{\"metric\":\"a\\u001b[2J\",\"items\":[1,{\"labels\":{\"q\":7},\"value\":\"x\",\"ageSeconds\":-1}],\"sources\":[{\"ageSeconds\":"
     "1e300}]}",
     "a\\x1b[2J in namespace unknown, no selector\n"
     "the HPA reads no value and holds: no series matches; is the selector right, and the namespace?\n"
     "  : unknown\n"
     "  q=?: unknown, unknown old\n"
     "sources:\n"
     "  unknown: read unknown ago, good for unknown\n"},
};

START_TEST(report_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(REPORT_MAX);
    json_error_t why;
    json_t *answer = json_loads(cases[_i].answer, 0, &why);

    ck_assert_msg(answer != NULL, "%s", why.text);
    explain_report_write(answer, &out);
    ck_assert_str_eq(buffer_text(&out), cases[_i].text);
    json_decref(answer);
}
END_TEST

Suite *explain_report_suite(void)
{
    Suite *suite = suite_create("explain_report");
    TCase *tcase = tcase_create("explain_report");

    tcase_add_loop_test(tcase, report_case, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
