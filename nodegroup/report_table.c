#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "nodegroup/report.h"

enum { COLUMNS = 100, LIST_SHOWN = 6, TEXT_MAX = 4096, ESCAPED_MAX = 4 * TEXT_MAX };

/* Columns of a text on a terminal: one for each sequence, near enough for names and our own words. */
static size_t columns_of(const char *text, size_t len)
{
    size_t columns = 0;

    for (size_t i = 0; i < len; columns++) {
        size_t step = utf8_sequence_len(text + i, len - i);

        i += step > 0 ? step : 1;
    }
    return columns;
}

static size_t bytes_of(const char *text, size_t columns)
{
    size_t len = strlen(text), at = 0;

    while (at < len && columns-- > 0) {
        size_t step = utf8_sequence_len(text + at, len - at);

        at += step > 0 ? step : 1;
    }
    return at;
}

/* How much of the text goes on a line: up to the last blank that fits, or as much as fits of a long word. */
static size_t line_len(const char *text, size_t columns)
{
    size_t most = bytes_of(text, columns), at = most;

    if (text[most] == '\0')
        return most;
    while (at > 0 && text[at] != ' ')
        at--;
    return at > 0 ? at : most;
}

/* Wrapped behind an indent; the first line has the lead instead. Safe: escaped before. */
static void add_wrapped(struct buffer *out, const char *lead, const char *text)
{
    size_t indent = columns_of(lead, strlen(lead));

    (void)buffer_add_text(out, lead);
    while (*text != '\0') {
        size_t len = line_len(text, COLUMNS - indent);

        (void)buffer_append(out, text, len);
        (void)buffer_add_char(out, '\n');
        text += len;
        while (*text == ' ')
            text++;
        if (*text != '\0')
            (void)buffer_printf(out, "%*s", (int)indent, "");
    }
}

static void add_paragraph(struct buffer *out, const char *lead, const char *format, ...) PRINTF_LIKE(3, 4);

static void add_paragraph(struct buffer *out, const char *lead, const char *format, ...)
{
    CLEANUP(buffer_clear) struct buffer safe = BUFFER_INIT(ESCAPED_MAX);
    char text[TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    escape_controls(&safe, text, strlen(text));
    out->failed |= buffer_failed(&safe);
    add_wrapped(out, lead, buffer_text(&safe));
}

/* --- figures --- */

static const char *cores(int64_t milli, char out[32])
{
    (void)snprintf(out, 32, "%.2f", (double)milli / 1000);
    return out;
}

static const char *gib(int64_t bytes, char out[32])
{
    (void)snprintf(out, 32, "%.1f Gi", (double)bytes / (1024.0 * 1024 * 1024));
    return out;
}

static const char *percent(double ratio, char out[32])
{
    if (isfinite(ratio))
        (void)snprintf(out, 32, "%.1f %%", 100 * ratio);
    else
        (void)snprintf(out, 32, "-");
    return out;
}

static void add_row(struct buffer *out, const char *name, const char *cpu, const char *memory, const char *pods)
{
    (void)buffer_printf(out, "  %-22s %14s %14s %10s\n", name, cpu, memory, pods);
}

static void add_amounts(struct buffer *out, const char *name, const struct amounts *amounts)
{
    char cpu[32], memory[32], pods[32];

    (void)snprintf(pods, sizeof(pods), "%lld", (long long)amounts->of[RESOURCE_PODS]);
    add_row(out, name, cores(amounts->of[RESOURCE_CPU], cpu), gib(amounts->of[RESOURCE_MEMORY], memory), pods);
}

static void add_ratios(struct buffer *out, const char *name, const double *ratios, size_t n)
{
    char cpu[32], memory[32], pods[32];

    add_row(out, name, percent(ratios[0], cpu), percent(ratios[1], memory), n > 2 ? percent(ratios[2], pods) : "");
}

/* --- a group --- */

typedef const char *name_of(const struct report_group *group, uint32_t at, char *out, size_t size);

static const char *node_name(const struct report_group *group, uint32_t at, char *out, size_t size)
{
    (void)snprintf(out, size, "%s", group->placement.nodes[at].node->name);
    return out;
}

static const char *name_of_pod(const struct report_group *group, uint32_t at, char *out, size_t size)
{
    return report_pod_name(group->placement.pods[at].pod, out, size);
}

struct list {
    const uint32_t *items;
    size_t n;
    name_of *name;
};

static void add_list(struct buffer *out, const char *lead, const struct report_group *group, const struct list *list)
{
    char text[TEXT_MAX] = "", one[600];
    size_t len = 0;

    for (size_t i = 0; i < list->n && i < LIST_SHOWN; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%.500s", i > 0 ? ", " : "",
                                list->name(group, list->items[i], one, sizeof(one)));
    if (list->n > LIST_SHOWN)
        (void)snprintf(text + len, sizeof(text) - len, " and %zu more", list->n - LIST_SHOWN);
    add_paragraph(out, lead, "%s", text);
}

static const char *verdict_text(const struct resilience *check)
{
    switch (check->verdict) {
    case RESILIENCE_FITS: return "fits";
    case RESILIENCE_FRAGMENTED: return "FRAGMENTED: the sums fit, the pods do not";
    case RESILIENCE_DOES_NOT_FIT: return "DOES NOT FIT";
    case RESILIENCE_UNKNOWN:
    default: return check->zones_unknown ? "unknown: no node says its zone" : "unknown: the search was cut off";
    }
}

static void add_check(struct buffer *out, const struct report_group *group, const struct resilience *check)
{
    static const char *const titles[] = {"Loss of a node", "Loss of a zone", "Loss of a node while one is drained"};

    (void)buffer_printf(out, "  %s: %s\n", titles[check->mode], verdict_text(check));
    add_amounts(out, "  least headroom", &check->headroom);
    add_ratios(out, "  after the worst loss", check->ratio_after, RESOURCES_REPORTED);
    if (check->n_worst > 0)
        add_list(out, "    worst loss: ", group, &(struct list){check->worst, check->n_worst, node_name});
    if (check->n_unplaced > 0)
        add_list(out, "    without a place: ", group, &(struct list){check->unplaced, check->n_unplaced, name_of_pod});
    if (check->n_stranded > 0)
        add_list(out, "    bound to what may be lost: ", group, &(struct list){check->stranded, check->n_stranded, name_of_pod});
}

static void add_advice(struct buffer *out, const struct advice_list *list)
{
    if (list->n > 0)
        (void)buffer_add_text(out, "  Advice:\n");
    for (size_t i = 0; i < list->n; i++) {
        char lead[64];

        (void)snprintf(lead, sizeof(lead), "  %c ", "-!*"[list->items[i].severity]);
        add_paragraph(out, lead, "%s (%s)", list->items[i].text, advice_code_name(list->items[i].code));
        add_paragraph(out, "    because ", "%s", list->items[i].why);
    }
}

static void add_group(struct buffer *out, const struct report_group *group)
{
    add_paragraph(out, "", "NODE GROUP %s: %zu ready, %zu cordoned, %zu not ready, %zu being deleted; %zu zone%s; %zu pods",
                  group->group->name, group->n_state[NODE_READY], group->n_state[NODE_CORDONED], group->n_state[NODE_NOT_READY],
                  group->n_state[NODE_DELETING], group->n_zones, group->n_zones == 1 ? "" : "s", group->n_pods);
    add_row(out, "", "cpu", "memory", "pods");
    add_amounts(out, "allocatable", &group->allocatable);
    add_amounts(out, "requested", &group->requested);
    add_ratios(out, "requested/allocatable", group->requests_ratio, RESOURCES_REPORTED);
    if (group->n_usage > 0)
        add_ratios(out, "in use (metrics.k8s.io)", group->usage_ratio, 2);
    for (size_t i = 0; i < group->n_checks; i++)
        add_check(out, group, &group->checks[i]);
    if (group->n_checks == 0)
        (void)buffer_add_text(out, "  A data service: its requests say nothing about room, and are not judged\n");
    add_advice(out, &group->advice);
    (void)buffer_add_char(out, '\n');
}

void report_write_table(const struct report *report, struct buffer *out)
{
    const struct cluster *cluster = report->cluster;

    for (size_t g = 0; g < report->n_groups; g++)
        add_group(out, &report->groups[g]);
    if (cluster->n_warnings > 0)
        (void)buffer_add_text(out, "WARNINGS\n");
    for (size_t i = 0; i < cluster->n_warnings; i++) {
        const struct cluster_warning *warning = &cluster->warnings[i];

        if (warning->group)
            add_paragraph(out, "  ", "%s: %s (%s)", warning->group, warning->text, warning->code);
        else
            add_paragraph(out, "  ", "%s (%s)", warning->text, warning->code);
    }
    if (cluster->n_warnings_left_out > 0)
        (void)buffer_printf(out, "  and %zu more\n", cluster->n_warnings_left_out);
}
