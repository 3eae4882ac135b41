/* The advice: what is censored is doubled, what does not fit grows, what nobody uses is given back. */
#include "nodegroup/rightsize.h"

#include <check.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "nodegroup/rightsize_pods.h"
#include "nodegroup/rightsize_report.h"
#include "test/unit/nodegroup/suites.h"

#define MI (1024.0 * 1024)
#define GI (1024.0 * MI)
#define NONE ((double)NAN)

static const struct {
    const char *what;
    double busy, request, limit, p95, peak, throttled;
    bool moment;
    enum rightsize_verdict verdict;
    double new_request, new_limit;
    const char *why;
} cpu_cases[] = {
    {"throttled at half a core", 600, 0.5, 0.5, 0.5, 0.5, 0.6, false, RIGHTSIZE_RAISE, 1, 1, "throttled in 60 %"},
    {"throttled in bursts", 600, 0.5, 0.5, 0.3, 0.5, 0.2, false, RIGHTSIZE_RAISE, 0.5, 1, "throttled"},
    {"throttled, and the p95 above the request", 600, 0.2, 0.5, 0.3, 0.5, 0.2, false, RIGHTSIZE_RAISE, 0.4, 1, "above the request"},
    {"throttled, use not known", NONE, 0.5, 0.5, NONE, NONE, 0.3, false, RIGHTSIZE_RAISE, 1, 1, "throttled"},
    {"five in a hundred are not much", 600, 1, 1, 0.6, 0.8, 0.05, false, RIGHTSIZE_KEEP, 1, 1, "below 5 %"},
    {"peak at the limit", 600, 1, 1, 0.6, 0.95, 0.01, false, RIGHTSIZE_RAISE, 1, 1.5, "95 % of the limit"},
    {"fits", 600, 1, 1, 0.6, 0.8, 0, false, RIGHTSIZE_KEEP, 1, 1, "fit"},
    {"p95 above the request", 600, 0.5, 2, 0.6, 0.9, 0, false, RIGHTSIZE_RAISE, 0.7, 2, "above the request 500m"},
    {"p95 close to the request", 600, 0.5, 2, 0.48, 0.9, 0, false, RIGHTSIZE_RAISE, 0.6, 2, "less than 15 %"},
    {"the limit follows the request", 600, 0.5, 0.6, 0.53, 0.53, 0, false, RIGHTSIZE_RAISE, 0.7, 0.7, "above the request"},
    {"no limit", 600, 1, NONE, 0.6, 3, NONE, false, RIGHTSIZE_KEEP, 1, NONE, "throttling is not known"},
    {"no request", 600, NONE, NONE, 0.6, 3, NONE, false, RIGHTSIZE_RAISE, 0.7, NONE, "there is no request"},
    {"far too large", 600, 4, 4, 0.6, 1.5, 0, false, RIGHTSIZE_LOWER, 0.7, 4, "less than half"},
    {"half is kept", 600, 1.2, 4, 0.5, 1, 0, false, RIGHTSIZE_KEEP, 1.2, 4, "fit"},
    {"a moment gives nothing back", NONE, 4, 4, 0.1, 0.1, NONE, true, RIGHTSIZE_KEEP, 4, 4, "fit"},
    {"a moment raises", NONE, 0.5, 0.5, 0.48, 0.48, NONE, true, RIGHTSIZE_RAISE, 0.6, 0.6, "96 % of the limit"},
    {"nothing measured", 600, 0.5, 0.5, NONE, NONE, 0, false, RIGHTSIZE_UNKNOWN, 0.5, 0.5, "no use was measured"},
    {"hardly ever busy", 29, 0.5, 0.5, 0.1, 0.2, 0, false, RIGHTSIZE_UNKNOWN, 0.5, 0.5, "29 busy minutes"},
    {"busy is not known", NONE, 0.5, 0.5, 0.1, 0.2, 0, false, RIGHTSIZE_UNKNOWN, 0.5, 0.5, "0 busy minutes"},
};

static void same(const char *what, const char *of, double got, double expected)
{
    ck_assert_msg(isnan(got) == isnan(expected) && (isnan(got) || fabs(got - expected) < 1e-6), "%s: %s %g, expected %g", what, of, got,
                  expected);
}

START_TEST(cpu)
{
    struct rightsize_facts facts;
    struct rightsize_advice advice;

    rightsize_facts_init(&facts);
    facts.moment = cpu_cases[_i].moment;
    facts.figures[RIGHTSIZE_BUSY_MINUTES] = cpu_cases[_i].busy;
    facts.figures[RIGHTSIZE_CPU_REQUEST] = cpu_cases[_i].request;
    facts.figures[RIGHTSIZE_CPU_LIMIT] = cpu_cases[_i].limit;
    facts.figures[RIGHTSIZE_CPU_P95] = cpu_cases[_i].p95;
    facts.figures[RIGHTSIZE_CPU_PEAK] = cpu_cases[_i].peak;
    facts.figures[RIGHTSIZE_THROTTLED] = cpu_cases[_i].throttled;
    advice = rightsize_cpu(&facts);
    ck_assert_msg(advice.verdict == cpu_cases[_i].verdict, "%s: %s: %s", cpu_cases[_i].what, rightsize_verdict_name(advice.verdict),
                  advice.why);
    same(cpu_cases[_i].what, "request", advice.request, cpu_cases[_i].new_request);
    same(cpu_cases[_i].what, "limit", advice.limit, cpu_cases[_i].new_limit);
    ck_assert_msg(strstr(advice.why, cpu_cases[_i].why) != NULL, "%s: %s", cpu_cases[_i].what, advice.why);
    facts.figures[RIGHTSIZE_RESIZED] = 1; /* whatever it is, a mixture is not judged */
    ck_assert_int_eq(rightsize_cpu(&facts).verdict, RIGHTSIZE_UNKNOWN);
}
END_TEST

static const struct {
    const char *what;
    double request, limit, idle, p95, peak, events, restarts;
    enum rightsize_verdict verdict;
    double new_request, new_limit;
    const char *why;
} memory_cases[] = {
    {"killed at half a GiB", 512 * MI, 512 * MI, 128 * MI, 400 * MI, 500 * MI, 3, 1, RIGHTSIZE_RAISE, GI, GI, "3 OOM kill(s)"},
    {"killed, told by the pod alone", 512 * MI, 512 * MI, 128 * MI, 400 * MI, 500 * MI, NONE, 1, RIGHTSIZE_RAISE, GI, GI, "1 OOM kill(s)"},
    {"killed, use not known", 512 * MI, 512 * MI, NONE, NONE, NONE, 1, NONE, RIGHTSIZE_RAISE, GI, GI, "OOM"},
    {"killed, the peak far above", 512 * MI, 512 * MI, NONE, 400 * MI, 1500 * MI, 1, 0, RIGHTSIZE_RAISE, 2 * GI, 2 * GI, "OOM"},
    {"fits", GI, GI, 256 * MI, 700 * MI, 800 * MI, 0, 0, RIGHTSIZE_KEEP, GI, GI, "OOM kills are none"},
    {"fits, kills not known", GI, GI, 256 * MI, 700 * MI, 800 * MI, NONE, NONE, RIGHTSIZE_KEEP, GI, GI, "not known"},
    {"peak at the limit", GI, GI, 256 * MI, 700 * MI, 1000 * MI, 0, 0, RIGHTSIZE_RAISE, GI, 1280 * MI, "98 % of the limit"},
    {"p95 above the request", 512 * MI, 2 * GI, 128 * MI, 700 * MI, 800 * MI, 0, 0, RIGHTSIZE_RAISE, 896 * MI, 2 * GI, "above the request"},
    {"idle keeps the maximum", 512 * MI, 2 * GI, 420 * MI, 430 * MI, 800 * MI, 0, 0, RIGHTSIZE_RAISE, 768 * MI, 2 * GI, "never shrinks"},
    {"far too large", 4 * GI, 4 * GI, 200 * MI, 400 * MI, 600 * MI, 0, 0, RIGHTSIZE_LOWER, 512 * MI, 4 * GI, "less than half"},
    {"idle does not let it fall so far", 1 * GI, 4 * GI, 380 * MI, 384 * MI, 600 * MI, 0, 0, RIGHTSIZE_KEEP, GI, 4 * GI, "fit"},
    {"no limit", GI, NONE, 256 * MI, 700 * MI, 8 * GI, 2, 0, RIGHTSIZE_KEEP, GI, NONE, "fit"},
    {"nothing measured", GI, GI, NONE, NONE, NONE, 0, 0, RIGHTSIZE_UNKNOWN, GI, GI, "no use was measured"},
};

START_TEST(memory)
{
    struct rightsize_facts facts;
    struct rightsize_advice advice;

    rightsize_facts_init(&facts);
    facts.figures[RIGHTSIZE_BUSY_MINUTES] = 600;
    facts.figures[RIGHTSIZE_MEMORY_REQUEST] = memory_cases[_i].request;
    facts.figures[RIGHTSIZE_MEMORY_LIMIT] = memory_cases[_i].limit;
    facts.figures[RIGHTSIZE_MEMORY_IDLE] = memory_cases[_i].idle;
    facts.figures[RIGHTSIZE_MEMORY_P95] = memory_cases[_i].p95;
    facts.figures[RIGHTSIZE_MEMORY_PEAK] = memory_cases[_i].peak;
    facts.figures[RIGHTSIZE_OOM_EVENTS] = memory_cases[_i].events;
    facts.figures[RIGHTSIZE_OOM_RESTARTS] = memory_cases[_i].restarts;
    advice = rightsize_memory(&facts);
    ck_assert_msg(advice.verdict == memory_cases[_i].verdict, "%s: %s: %s", memory_cases[_i].what, rightsize_verdict_name(advice.verdict),
                  advice.why);
    same(memory_cases[_i].what, "request", advice.request, memory_cases[_i].new_request);
    same(memory_cases[_i].what, "limit", advice.limit, memory_cases[_i].new_limit);
    ck_assert_msg(strstr(advice.why, memory_cases[_i].why) != NULL, "%s: %s", memory_cases[_i].what, advice.why);
    facts.figures[RIGHTSIZE_RESIZED] = 1;
    ck_assert_int_eq(rightsize_memory(&facts).verdict, RIGHTSIZE_UNKNOWN);
}
END_TEST

static const struct {
    double value, rounded;
    const char *text;
    bool bytes;
} sizes[] = {
    {0, 0.1, "100m", false},
    {0.1, 0.1, "100m", false},
    {0.11, 0.2, "200m", false},
    {0.9999, 1, "1", false},
    {1, 1, "1", false},
    {1.01, 1.5, "1.5", false},
    {7.5, 7.5, "7.5", false},
    {7.6, 8, "8", false},
    {0, 128 * MI, "128Mi", true},
    {129 * MI, 256 * MI, "256Mi", true},
    {GI, GI, "1Gi", true},
    {GI + 1, 1280 * MI, "1280Mi", true},
    {4 * GI, 4 * GI, "4Gi", true},
    {4 * GI + MI, 5 * GI, "5Gi", true},
};

START_TEST(size)
{
    char text[RIGHTSIZE_TEXT_MAX];
    double rounded = sizes[_i].bytes ? rightsize_round_bytes(sizes[_i].value) : rightsize_round_cores(sizes[_i].value);

    same(sizes[_i].text, "size", rounded, sizes[_i].rounded);
    if (sizes[_i].bytes)
        rightsize_bytes_text(rounded, text);
    else
        rightsize_cores_text(rounded, text);
    ck_assert_str_eq(text, sizes[_i].text);
}
END_TEST

static const struct {
    double was_throttled, is_throttled, was_killed, is_killed, was_mean, is_mean;
    const char *text;
} changes[] = {
    {0.6, 0.01, 3, 0, 200, 120,
     "Throttled in 60.0 % of the periods before, 1.0 % after.\nOOM kills: 3 before, 0 after.\n"
     "A build took 200 s on average before, 120 s after: 40 % less.\n"},
    {0.6, 0.2, 3, 1, 100, 150,
     "Throttled in 60.0 % of the periods before, 20.0 % after: still too much.\nOOM kills: 3 before, 1 after: memory is still short.\n"
     "A build took 100 s on average before, 150 s after: 50 % more.\n"},
    {NONE, 0.2, NONE, 1, 100, 104, "A build took 100 s on average before, 104 s after: no difference that stands out.\n"},
    {NONE, NONE, NONE, NONE, 0, 100, ""},
};

START_TEST(change)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(4096);
    struct rightsize_facts before, after;

    rightsize_facts_init(&before);
    rightsize_facts_init(&after);
    before.figures[RIGHTSIZE_THROTTLED] = changes[_i].was_throttled;
    after.figures[RIGHTSIZE_THROTTLED] = changes[_i].is_throttled;
    before.figures[RIGHTSIZE_OOM_EVENTS] = changes[_i].was_killed;
    after.figures[RIGHTSIZE_OOM_EVENTS] = changes[_i].is_killed;
    before.figures[RIGHTSIZE_JOB_MEAN] = changes[_i].was_mean;
    after.figures[RIGHTSIZE_JOB_MEAN] = changes[_i].is_mean;
    rightsize_compare(&before, &after, &out);
    ck_assert_str_eq(buffer_text(&out), changes[_i].text);
}
END_TEST

static const struct {
    const char *kind, *pod;
    bool is;
} pods[] = {
    {"deployment", "coder-provisioner-5f6b7c8d9-abcde", true},
    {"deployment", "coder-provisioner-demo-5f6b7c8d9-abcde", false},
    {"deployment", "coder-provisioner-5f6b7c8d9-abcdef", false},
    {"deployment", "coder-provisioner-0", false},
    {"deployment", "coder-provisioner", false},
    {"deployment", "coder-provisioner--abcde", false},
    {"deployment", "coder-provisioner-5f6b7c8d9-ABCDE", false},
    {"deployment", "coder-provisioner-5f6b7c8d9", false},
    {"deployment", "other-5f6b7c8d9-abcde", false},
    {"statefulset", "coder-provisioner-0", true},
    {"statefulset", "coder-provisioner-12", true},
    {"statefulset", "coder-provisioner-", false},
    {"statefulset", "coder-provisioner-demo-0", false},
    {"statefulset", "coder-provisioner-5f6b7c8d9-abcde", false},
};

START_TEST(pod_of)
{
    const struct rightsize_pool pool = {.kind = pods[_i].kind, .workload = "coder-provisioner"};

    ck_assert_msg(rightsize_is_pod_of(&pool, pods[_i].pod) == pods[_i].is, "%s of the %s", pods[_i].pod, pods[_i].kind);
}
END_TEST

START_TEST(query)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(65536);
    const struct rightsize_pool pool = {.kind = "deployment", .workload = "a.b", .name_space = "coder", .container = "coder", .queue = ""};
    const struct rightsize_span day = {0, 86400000}, month = {0, (int64_t)30 * 86400000};

    rightsize_query(RIGHTSIZE_PODS, &pool, &day, &out);
    ck_assert_str_eq(buffer_text(&out),
                     "count(count by (namespace, pod) (count_over_time(container_memory_working_set_bytes{namespace=\"coder\","
                     "pod=~\"a\\\\.b-[a-z0-9]+-[a-z0-9]{5}\",container=\"coder\"}[86400s])))");
    buffer_reset(&out);
    rightsize_query(RIGHTSIZE_JOB_MEAN, &pool, &day, &out);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_int_eq(rightsize_step_s(&day), 60);
    ck_assert_int_eq(rightsize_step_s(&month), 240);
}
END_TEST

static const struct {
    const char *pods, *usage; /* usage NULL: not read, pods are an error */
    double cpu_peak, memory_request;
} lists[] = {
    {"{}", NULL, 0, 0},
    {"[]", NULL, 0, 0},
    {"{\"items\":{}}", NULL, 0, 0},
    {"{\"items\":[{\"metadata\":{\"name\":\"p-a-abcde\"},\"spec\":{\"containers\":[{\"name\":\"coder\",\"resources\":{\"requests\":{"
     "\"cpu\":\"x\"}}}]}}]}",
     NULL, 0, 0},
    {"{\"items\":[{\"metadata\":{\"name\":\"p-a-abcde\"},\"spec\":{\"containers\":[{\"name\":\"coder\",\"resources\":{\"requests\":{"
     "\"cpu\":1}}}]}}]}",
     NULL, 0, 0},
    {"{\"items\":[]}", "{\"items\":[]}", NONE, NONE},
    {"{\"items\":[null,{},{\"metadata\":{\"name\":7}}]}", "{\"items\":[]}", NONE, NONE},
    {"{\"items\":[{\"metadata\":{\"name\":\"p-a-abcde\"},\"spec\":{\"containers\":[{\"name\":\"coder\",\"resources\":{\"requests\":{"
     "\"memory\":\"1Gi\"}}}]}}]}",
     "{\"items\":[{\"metadata\":{\"name\":\"p-a-abcde\"},\"containers\":[{\"name\":\"coder\",\"usage\":{\"cpu\":\"250m\",\"memory\":"
     "\"1Mi\"}}]}]}",
     0.25, GI},
};

START_TEST(list)
{
    const struct rightsize_pool pool = {.kind = "deployment", .workload = "p", .name_space = "coder", .container = "coder", .queue = ""};
    struct rightsize_facts facts;
    struct error err = {0};
    int read = rightsize_read_pods(lists[_i].pods, strlen(lists[_i].pods), &pool, &facts, &err);

    ck_assert_msg((read == 0) == (lists[_i].usage != NULL), "%s: %s", lists[_i].pods, err.text);
    if (!lists[_i].usage)
        return;
    ck_assert_int_eq(rightsize_read_usage(lists[_i].usage, strlen(lists[_i].usage), &pool, &facts, &err), 0);
    same(lists[_i].pods, "cpu", facts.figures[RIGHTSIZE_CPU_PEAK], lists[_i].cpu_peak);
    same(lists[_i].pods, "memory", facts.figures[RIGHTSIZE_MEMORY_REQUEST], lists[_i].memory_request);
}
END_TEST

/* --- lists of pods and of their use --- */

#define POD_WITH(name, resources, status)                                                                                                 \
    "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"containers\":[{\"resources\":{}},{\"name\":\"proxy\",\"resources\":{\"requests\":" \
    "{\"cpu\":\"64\"}}},{\"name\":\"coder\",\"resources\":{" resources                                                                    \
    "}}]},\"status\":{\"containerStatuses\":[{\"name\":\"coder\"," status "}]}}"
#define USE_OF(name, container, usage) \
    "{\"metadata\":{\"name\":\"" name "\"},\"containers\":[{\"name\":\"" container "\",\"usage\":{" usage "}}]}"
#define ITEMS(items) "{\"items\":[" items "]}"
#define RUNNING "\"state\":{\"running\":{}}"
#define ENDED(state, reason) "\"" state "\":{\"terminated\":{" reason "}}"

static const struct {
    const char *name, *pods, *why; /* why: a part of the error; NULL: it is read */
    double n, killed, request, limit;
} read_pods[] = {
    {"the largest of several",
     ITEMS(POD_WITH("p-a-abcde", "\"requests\":{\"cpu\":\"2\"},\"limits\":{\"cpu\":\"4\"}",
                    RUNNING) "," POD_WITH("p-a-fghij", "\"requests\":{\"cpu\":\"1\"},\"limits\":{\"cpu\":\"5\"}", RUNNING)),
     NULL, 2, 0, 2, 5},
    {"others are not counted",
     ITEMS(POD_WITH("q-a-abcde", "\"requests\":{\"cpu\":\"2\"}", RUNNING) ",{\"metadata\":{\"name\":\"p-a-abcde\"}}"), NULL, 0, 0, NONE,
     NONE},
    {"memory ran out",
     ITEMS(POD_WITH("p-a-abcde", "", ENDED("lastState", "\"reason\":\"OOMKilled\"")) "," POD_WITH(
         "p-a-fghij", "", ENDED("state", "\"reason\":\"OOMKilled\""))),
     NULL, 2, 2, NONE, NONE},
    {"or another end",
     ITEMS(POD_WITH("p-a-abcde", "", ENDED("state", "\"reason\":\"Completed\"")) "," POD_WITH("p-a-fghij", "", ENDED("state", ""))), NULL,
     2, 0, NONE, NONE},
    {"cpu", ITEMS(POD_WITH("p-a-abcde", "\"requests\":{\"cpu\":\"x\"}", RUNNING)), "pods: pod p-a-abcde: requests: cpu: ", 0, 0, 0, 0},
    {"memory", ITEMS(POD_WITH("p-a-abcde", "\"requests\":{\"memory\":7}", RUNNING)), "requests: memory: expected string", 0, 0, 0, 0},
    {"a limit of cpu", ITEMS(POD_WITH("p-a-abcde", "\"limits\":{\"cpu\":\"-1\"}", RUNNING)), "limits: cpu: negative", 0, 0, 0, 0},
    {"a limit of memory", ITEMS(POD_WITH("p-a-abcde", "\"limits\":{\"memory\":\"1GB\"}", RUNNING)), "limits: memory: ", 0, 0, 0, 0},
};

static const struct rightsize_pool reads = {
    .kind = "deployment", .workload = "p", .name_space = "coder", .container = "coder", .queue = ""};

START_TEST(read_pods_case)
{
    struct rightsize_facts facts;
    struct error err = {0};
    int read = rightsize_read_pods(read_pods[_i].pods, strlen(read_pods[_i].pods), &reads, &facts, &err);

    ck_assert_msg((read == 0) == (read_pods[_i].why == NULL), "%s: %s", read_pods[_i].name, err.text);
    if (read_pods[_i].why) {
        ck_assert_msg(strstr(err.text, read_pods[_i].why) != NULL, "%s: %s", read_pods[_i].name, err.text);
        return;
    }
    same(read_pods[_i].name, "pods", facts.figures[RIGHTSIZE_PODS], read_pods[_i].n);
    same(read_pods[_i].name, "killed", facts.figures[RIGHTSIZE_OOM_RESTARTS], read_pods[_i].killed);
    same(read_pods[_i].name, "request", facts.figures[RIGHTSIZE_CPU_REQUEST], read_pods[_i].request);
    same(read_pods[_i].name, "limit", facts.figures[RIGHTSIZE_CPU_LIMIT], read_pods[_i].limit);
}
END_TEST

#define BOTH(cpu, memory) "\"cpu\":\"" cpu "\",\"memory\":\"" memory "\""

static const struct {
    const char *name, *use, *why;
    double cpu_p95, cpu_peak, memory_idle;
} read_uses[] = {
    {"three",
     ITEMS(USE_OF("p-a-abcde", "coder", BOTH("3", "3Mi")) "," USE_OF("p-a-bbbbb", "coder",
                                                                     BOTH("1", "1Mi")) "," USE_OF("p-a-ccccc", "coder", BOTH("2", "2Mi"))),
     NULL, 3, 3, 2 * MI},
    {"another container", ITEMS(USE_OF("p-a-abcde", "proxy", BOTH("3", "3Mi"))), NULL, NONE, NONE, NONE},
    {"no cpu", ITEMS(USE_OF("p-a-abcde", "coder", "\"memory\":\"1Mi\"")), "use of pods: pod p-a-abcde: usage: cpu or memory is missing", 0,
     0, 0},
    {"no memory", ITEMS(USE_OF("p-a-abcde", "coder", "\"cpu\":\"1\"")), "usage: cpu or memory is missing", 0, 0, 0},
    {"cpu that is none", ITEMS(USE_OF("p-a-abcde", "coder", BOTH("x", "1Mi"))), "usage: cpu: ", 0, 0, 0},
    {"memory that is none", ITEMS(USE_OF("p-a-abcde", "coder", BOTH("1", "x"))), "usage: memory: ", 0, 0, 0},
};

START_TEST(read_use_case)
{
    struct rightsize_facts facts;
    struct error err = {0};
    int read;

    rightsize_facts_init(&facts);
    read = rightsize_read_usage(read_uses[_i].use, strlen(read_uses[_i].use), &reads, &facts, &err);
    ck_assert_msg((read == 0) == (read_uses[_i].why == NULL), "%s: %s", read_uses[_i].name, err.text);
    if (read_uses[_i].why) {
        ck_assert_msg(strstr(err.text, read_uses[_i].why) != NULL, "%s: %s", read_uses[_i].name, err.text);
        same(read_uses[_i].name, "cpu", facts.figures[RIGHTSIZE_CPU_PEAK], NONE);
        return;
    }
    same(read_uses[_i].name, "p95", facts.figures[RIGHTSIZE_CPU_P95], read_uses[_i].cpu_p95);
    same(read_uses[_i].name, "peak", facts.figures[RIGHTSIZE_CPU_PEAK], read_uses[_i].cpu_peak);
    same(read_uses[_i].name, "idle", facts.figures[RIGHTSIZE_MEMORY_IDLE], read_uses[_i].memory_idle);
}
END_TEST

/* --- the answer --- */

#define COMMAND "kubectl set resources deployment p --namespace coder --containers=coder"

static const struct {
    const char *name;
    double pods, cpu_request, cpu_limit, cpu_p95, memory_request, memory_limit, memory_p95;
    bool moment, compares;
    const char *page[3]; /* parts of it; with ! in front: not there */
} reports[] = {
    {"nothing was seen", NONE, NONE, NONE, NONE, NONE, NONE, NONE, false, false, {"No such pod was seen", "FOUND", "!" COMMAND}},
    {"all fits", 2, 1, 1, 0.6, GI, GI, 700 * MI, false, false, {"1970-01-01T00:00:00Z to 1970-01-02T00:00:00Z", "!BEFORE", "!kubectl"}},
    {"cpu is short",
     2,
     0.5,
     2,
     0.6,
     GI,
     GI,
     700 * MI,
     false,
     false,
     {COMMAND " --requests=cpu=700m,memory=1Gi --limits=cpu=2,memory=1Gi\n", "  pods seen                    2\n", "!Before"}},
    {"memory is short, cpu is not asked for",
     2,
     1,
     NONE,
     0.6,
     512 * MI,
     NONE,
     700 * MI,
     false,
     false,
     {COMMAND " --requests=cpu=1,memory=896Mi\n", "request 1, limit none", "!--limits"}},
    {"a limit of cpu alone", 2, 0.5, 2, 0.6, GI, NONE, 700 * MI, false, false, {" --limits=cpu=2\n", COMMAND, "!--limits=cpu=2,"}},
    {"a limit of memory alone", 2, 0.5, NONE, 0.6, GI, GI, 700 * MI, false, false, {" --limits=memory=1Gi\n", COMMAND, "!limits=cpu"}},
    {"less would do", 2, 4, 4, 0.6, GI, GI, 700 * MI, false, false, {"cpu     lower", "--requests=cpu=700m", COMMAND}},
    {"a moment", 2, 1, 1, 0.6, GI, GI, 700 * MI, true, false, {"One reading of metrics.k8s.io", "!1970", "!kubectl"}},
    {"before and after",
     2,
     1,
     1,
     0.6,
     GI,
     GI,
     700 * MI,
     false,
     true,
     {"After:  1970-01-01", "Before: 1969-12-31", "      BEFORE       AFTER\n"}},
};

static void fill(struct rightsize_report *report, size_t i)
{
    double *figures = report->facts.figures;

    *report = (struct rightsize_report){
        .pool = reads, .span = {0, 86400000}, .before_span = {-86400000, 0}, .compares = reports[i].compares};
    rightsize_facts_init(&report->facts);
    rightsize_facts_init(&report->before);
    report->facts.moment = reports[i].moment;
    figures[RIGHTSIZE_PODS] = reports[i].pods;
    figures[RIGHTSIZE_BUSY_MINUTES] = 600;
    figures[RIGHTSIZE_CPU_REQUEST] = reports[i].cpu_request;
    figures[RIGHTSIZE_CPU_LIMIT] = reports[i].cpu_limit;
    figures[RIGHTSIZE_CPU_P95] = figures[RIGHTSIZE_CPU_PEAK] = reports[i].cpu_p95;
    figures[RIGHTSIZE_MEMORY_REQUEST] = reports[i].memory_request;
    figures[RIGHTSIZE_MEMORY_LIMIT] = reports[i].memory_limit;
    figures[RIGHTSIZE_MEMORY_P95] = figures[RIGHTSIZE_MEMORY_PEAK] = reports[i].memory_p95;
    figures[RIGHTSIZE_THROTTLED] = 0.015;
    figures[RIGHTSIZE_JOB_MEAN] = 42;
}

START_TEST(report_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(65536);
    struct rightsize_report report;

    fill(&report, (size_t)_i);
    rightsize_report_page(&report, &out);
    for (size_t i = 0; i < ARRAY_LEN(reports[_i].page); i++) {
        const char *part = reports[_i].page[i];

        ck_assert_msg(*part == '!' ? !strstr(buffer_text(&out), part + 1) : strstr(buffer_text(&out), part) != NULL, "%s: %s: %s",
                      reports[_i].name, part, buffer_text(&out));
    }
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "1.5 %\n"));
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "42 s\n"));
}
END_TEST

START_TEST(report_json)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(65536);
    struct rightsize_report two[2];
    json_t *all, *first, *second;

    fill(&two[0], 2);
    fill(&two[1], 8);
    rightsize_report_json(two, 2, &out);
    all = json_loads(buffer_text(&out), JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(all != NULL, "%s", buffer_text(&out));
    first = json_array_get(json_object_get(all, "pools"), 0);
    second = json_array_get(json_object_get(all, "pools"), 1);
    ck_assert(json_is_null(json_object_get(first, "before")));
    ck_assert(json_is_object(json_object_get(second, "before")));
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(first, "cpu"), "verdict")), "raise");
    same("JSON", "request", json_number_value(json_object_get(json_object_get(first, "cpu"), "request")), 0.7);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(second, "beforeSpan"), "from")), "1969-12-31T00:00:00Z");
    json_decref(all);
    buffer_reset(&out);
    rightsize_report_json(two, 0, &out);
    ck_assert_str_eq(buffer_text(&out), "{\"kind\":\"Rightsize\",\"pools\":[]}\n");
}
END_TEST

Suite *rightsize_suite(void)
{
    Suite *suite = suite_create("rightsize");
    TCase *tcase = tcase_create("rules");

    tcase_add_loop_test(tcase, cpu, 0, ARRAY_LEN(cpu_cases));
    tcase_add_loop_test(tcase, memory, 0, ARRAY_LEN(memory_cases));
    tcase_add_loop_test(tcase, size, 0, ARRAY_LEN(sizes));
    tcase_add_loop_test(tcase, change, 0, ARRAY_LEN(changes));
    tcase_add_loop_test(tcase, pod_of, 0, ARRAY_LEN(pods));
    tcase_add_test(tcase, query);
    tcase_add_loop_test(tcase, list, 0, ARRAY_LEN(lists));
    tcase_add_loop_test(tcase, read_pods_case, 0, ARRAY_LEN(read_pods));
    tcase_add_loop_test(tcase, read_use_case, 0, ARRAY_LEN(read_uses));
    tcase_add_loop_test(tcase, report_case, 0, ARRAY_LEN(reports));
    tcase_add_test(tcase, report_json);
    suite_add_tcase(suite, tcase);
    return suite;
}
