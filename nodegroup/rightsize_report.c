#include "nodegroup/rightsize_report.h"

#include <math.h>
#include <stdio.h>

#include "base/timestamp.h"

/* --- the page --- */

static void value_text(enum rightsize_unit unit, double value, char out[RIGHTSIZE_TEXT_MAX])
{
    if (!isfinite(value)) {
        (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "-");
        return;
    }
    switch (unit) {
    case RIGHTSIZE_CORES: rightsize_cores_text(value, out); break;
    case RIGHTSIZE_BYTES: rightsize_bytes_text(value, out); break;
    case RIGHTSIZE_SHARE: (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "%.1f %%", 100 * value); break;
    case RIGHTSIZE_SECONDS: (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "%.0f s", value); break;
    case RIGHTSIZE_COUNT:
    default: (void)snprintf(out, RIGHTSIZE_TEXT_MAX, "%.0f", value); break;
    }
}

static void add_span(const char *what, const struct rightsize_span *span, struct buffer *out)
{
    char from[TIMESTAMP_TEXT_MAX], to[TIMESTAMP_TEXT_MAX];

    timestamp_format(span->from_unix_ms, from);
    timestamp_format(span->to_unix_ms, to);
    (void)buffer_printf(out, "%s%s to %s\n", what, from, to);
}

static void add_head(const struct rightsize_report *report, struct buffer *out)
{
    (void)buffer_printf(out, "%s/%s in %s, container %s\n", report->pool.kind, report->pool.workload, report->pool.name_space,
                        report->pool.container);
    if (report->facts.moment)
        (void)buffer_add_text(out, "One reading of metrics.k8s.io: a moment, not a history; take it while a workshop starts\n");
    else
        add_span(report->compares ? "After:  " : "", &report->span, out);
    if (report->compares)
        add_span("Before: ", &report->before_span, out);
}

/* A wrong name and no load look alike otherwise. */
static void add_nothing(const struct rightsize_report *report, struct buffer *out)
{
    double pods = report->facts.figures[RIGHTSIZE_PODS];

    if (!(pods > 0))
        (void)buffer_printf(out, "No such pod was seen. Are the workload, its namespace and the container (%s) named as they are?\n",
                            report->pool.container);
}

static void add_figures(const struct rightsize_report *report, struct buffer *out)
{
    (void)buffer_printf(out, "\n  %-18s", "");
    if (report->compares)
        (void)buffer_printf(out, "  %10s", "BEFORE");
    (void)buffer_printf(out, "  %10s\n", report->compares ? "AFTER" : "FOUND");
    for (enum rightsize_figure figure = 0; figure < RIGHTSIZE_FIGURES; figure++) {
        const struct rightsize_row *row = rightsize_row_of(figure);
        char now[RIGHTSIZE_TEXT_MAX], before[RIGHTSIZE_TEXT_MAX];

        value_text(row->unit, report->facts.figures[figure], now);
        value_text(row->unit, report->before.figures[figure], before);
        (void)buffer_printf(out, "  %-18s", row->title);
        if (report->compares)
            (void)buffer_printf(out, "  %10s", before);
        (void)buffer_printf(out, "  %10s\n", now);
    }
}

static void add_advice(const char *name, const struct rightsize_advice *advice, void (*text)(double, char[RIGHTSIZE_TEXT_MAX]),
                       struct buffer *out)
{
    char request[RIGHTSIZE_TEXT_MAX], limit[RIGHTSIZE_TEXT_MAX];

    text(advice->request, request);
    text(advice->limit, limit);
    (void)buffer_printf(out, "%-6s  %-7s  request %s, limit %s: %s.\n", name, rightsize_verdict_name(advice->verdict), request,
                        isfinite(advice->limit) ? limit : "none", advice->why);
}

static bool changes(const struct rightsize_advice *advice)
{
    return advice->verdict == RIGHTSIZE_RAISE || advice->verdict == RIGHTSIZE_LOWER;
}

static void add_pair(const char *option, double cpu, double memory, struct buffer *out)
{
    char cores[RIGHTSIZE_TEXT_MAX], bytes[RIGHTSIZE_TEXT_MAX];

    rightsize_cores_text(cpu, cores);
    rightsize_bytes_text(memory, bytes);
    if (!isfinite(cpu) && !isfinite(memory))
        return;
    (void)buffer_printf(out, " --%s=", option);
    if (isfinite(cpu))
        (void)buffer_printf(out, "cpu=%s%s", cores, isfinite(memory) ? "," : "");
    if (isfinite(memory))
        (void)buffer_printf(out, "memory=%s", bytes);
}

static void add_commands(const struct rightsize_report *report, const struct rightsize_advice *cpu, const struct rightsize_advice *memory,
                         struct buffer *out)
{
    const struct rightsize_pool *pool = &report->pool;

    if (!changes(cpu) && !changes(memory))
        return;
    (void)buffer_printf(out,
                        "\nTo change it, in the values of Coder's chart (resources), or now; pods are replaced, and running builds have\n"
                        "terminationGracePeriodSeconds to end:\n"
                        "  kubectl set resources %s %s --namespace %s --containers=%s",
                        pool->kind, pool->workload, pool->name_space, pool->container);
    add_pair("requests", cpu->request, memory->request, out);
    add_pair("limits", cpu->limit, memory->limit, out);
    (void)buffer_add_text(out, "\nTo check it after a few days: the same command with --changed and the time of the change.\n");
}

void rightsize_report_page(const struct rightsize_report *report, struct buffer *out)
{
    struct rightsize_advice cpu = rightsize_cpu(&report->facts), memory = rightsize_memory(&report->facts);

    add_head(report, out);
    add_nothing(report, out);
    add_figures(report, out);
    (void)buffer_add_char(out, '\n');
    if (report->compares)
        rightsize_compare(&report->before, &report->facts, out);
    add_advice("cpu", &cpu, rightsize_cores_text, out);
    add_advice("memory", &memory, rightsize_bytes_text, out);
    add_commands(report, &cpu, &memory, out);
}

/* --- JSON --- */

static void add_number(double value, struct buffer *out)
{
    if (isfinite(value))
        (void)buffer_printf(out, "%.10g", value);
    else
        (void)buffer_add_text(out, "null");
}

static void json_span(const char *name, const struct rightsize_span *span, struct buffer *out)
{
    char from[TIMESTAMP_TEXT_MAX], to[TIMESTAMP_TEXT_MAX];

    timestamp_format(span->from_unix_ms, from);
    timestamp_format(span->to_unix_ms, to);
    (void)buffer_printf(out, "\"%s\":{\"from\":\"%s\",\"to\":\"%s\"}", name, from, to);
}

static void json_figures(const char *name, const struct rightsize_facts *facts, struct buffer *out)
{
    (void)buffer_printf(out, "\"%s\":{", name);
    for (enum rightsize_figure figure = 0; figure < RIGHTSIZE_FIGURES; figure++) {
        (void)buffer_printf(out, "%s\"%s\":", figure > 0 ? "," : "", rightsize_row_of(figure)->name);
        add_number(facts->figures[figure], out);
    }
    (void)buffer_add_char(out, '}');
}

static void json_advice(const char *name, const struct rightsize_advice *advice, struct buffer *out)
{
    (void)buffer_printf(out, "\"%s\":{\"verdict\":\"%s\",\"request\":", name, rightsize_verdict_name(advice->verdict));
    add_number(advice->request, out);
    (void)buffer_add_text(out, ",\"limit\":");
    add_number(advice->limit, out);
    (void)buffer_printf(out, ",\"why\":\"%s\"}", advice->why);
}

static void json_pool(const struct rightsize_report *report, struct buffer *out)
{
    struct rightsize_advice cpu = rightsize_cpu(&report->facts), memory = rightsize_memory(&report->facts);
    const struct rightsize_pool *pool = &report->pool;

    (void)buffer_printf(out, "{\"workload\":\"%s/%s\",\"namespace\":\"%s\",\"container\":\"%s\",\"history\":%s,\n", pool->kind,
                        pool->workload, pool->name_space, pool->container, report->facts.moment ? "false" : "true");
    json_span("span", &report->span, out);
    (void)buffer_add_text(out, ",\n");
    json_figures("figures", &report->facts, out);
    (void)buffer_add_text(out, ",\n");
    if (report->compares) {
        json_span("beforeSpan", &report->before_span, out);
        (void)buffer_add_text(out, ",\n");
        json_figures("before", &report->before, out);
    } else {
        (void)buffer_add_text(out, "\"beforeSpan\":null,\"before\":null");
    }
    (void)buffer_add_text(out, ",\n");
    json_advice("cpu", &cpu, out);
    (void)buffer_add_text(out, ",\n");
    json_advice("memory", &memory, out);
    (void)buffer_add_char(out, '}');
}

void rightsize_report_json(const struct rightsize_report *reports, size_t n, struct buffer *out)
{
    (void)buffer_add_text(out, "{\"kind\":\"Rightsize\",\"pools\":[");
    for (size_t i = 0; i < n; i++) {
        (void)buffer_add_text(out, i > 0 ? ",\n" : "\n");
        json_pool(&reports[i], out);
    }
    (void)buffer_add_text(out, "]}\n");
}
