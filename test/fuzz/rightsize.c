/* rightsize.c - pods and their use as rightsize reads them from the API server: what is accepted makes advice that can be followed (a
 * request is not above its limit, nothing is negative) and a report that is JSON; what is refused leaves the figures alone. */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "nodegroup/rightsize_pods.h"
#include "nodegroup/rightsize_report.h"
#include "test/fuzz/fuzz.h"

enum { REPORT_MAX = 65536 };

static const struct rightsize_pool pool = {.kind = "deployment", .workload = "p", .name_space = "coder", .container = "coder", .queue = ""};

static void law_advice(const struct rightsize_advice *advice)
{
    LAW(isnan(advice->request) || advice->request >= 0);
    LAW(isnan(advice->limit) || advice->verdict == RIGHTSIZE_UNKNOWN || !(advice->request > advice->limit));
    LAW(advice->why[0] != '\0' && strlen(advice->why) < RIGHTSIZE_WHY_MAX);
}

static void law_report(const struct rightsize_facts *facts)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(REPORT_MAX), page = BUFFER_INIT(REPORT_MAX);
    CLEANUP(json_decrefp) json_t *tree = NULL;
    const struct rightsize_report report = {.pool = pool, .facts = *facts, .before = *facts, .compares = true};
    struct error err = {0};

    rightsize_report_json(&report, 1, &text);
    rightsize_report_page(&report, &page);
    LAW(!buffer_failed(&text) && !buffer_failed(&page));
    LAW(json_read(buffer_text(&text), text.len, &tree, &err) == 0);
}

static bool are_same(const double *a, const double *b)
{
    for (int i = 0; i < RIGHTSIZE_FIGURES; i++)
        if (!(isnan(a[i]) && isnan(b[i])) && !(a[i] >= b[i] && a[i] <= b[i]))
            return false;
    return true;
}

/* At least the use is known in order: median, p95, peak. */
static void law_use(const double *figures)
{
    LAW(!(figures[RIGHTSIZE_CPU_P95] > figures[RIGHTSIZE_CPU_PEAK]));
    LAW(!(figures[RIGHTSIZE_MEMORY_IDLE] > figures[RIGHTSIZE_MEMORY_P95]));
    LAW(!(figures[RIGHTSIZE_MEMORY_P95] > figures[RIGHTSIZE_MEMORY_PEAK]));
    for (int i = 0; i < RIGHTSIZE_FIGURES; i++)
        LAW(isnan(figures[i]) || (isfinite(figures[i]) && figures[i] >= 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rightsize_facts facts, before;
    struct rightsize_advice advice;
    struct error err = {0};

    fill(&facts, sizeof(facts));
    if (rightsize_read_pods((const char *)data, size, &pool, &facts, &err) < 0) {
        LAW(is_filled(&facts, sizeof(facts)));
        law_error_is_told(&err);
        rightsize_facts_init(&facts);
    }
    before = facts;
    err = (struct error){0};
    if (rightsize_read_usage((const char *)data, size, &pool, &facts, &err) < 0) {
        LAW(are_same(before.figures, facts.figures));
        law_error_is_told(&err);
    }
    law_use(facts.figures);
    advice = rightsize_cpu(&facts);
    law_advice(&advice);
    advice = rightsize_memory(&facts);
    law_advice(&advice);
    law_report(&facts);
    return 0;
}
