#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "nodegroup/report.h"

enum {
    NAME_ESCAPED_MAX = 64 * 1024,
    LIST_SHOWN = 20,
    NODES_SHOWN = 200,
    BAR_WIDTH = 900,
    BAR_HEIGHT = 200,
    BAR_LEFT = 48,
    BAR_BOTTOM = 20,
    BAR_TOP = 10
};

static const char head[] =
    "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>\n"
    "<title>Capacity report</title>\n<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2em auto;padding:0 1em;color:#1f2328;background:#fff}\n"
    "h1{font-size:1.6em}h2{border-bottom:1px solid #d0d7de;padding-bottom:.2em;margin-top:2em}h3{margin:1.2em 0 .3em;font-size:1em}\n"
    "table{border-collapse:collapse;width:100%;margin:.5em 0}th,td{text-align:right;padding:.25em .7em;border-bottom:1px solid #d0d7de}\n"
    "th:first-child,td:first-child{text-align:left}td.text{text-align:left}\n"
    ".fits{color:#1a7f37}.does-not-fit,.critical{color:#cf222e}.fragmented,.warning{color:#9a6700}.unknown,.info{color:#0969da}\n"
    ".verdict{font-weight:600}.advice{border-left:4px solid;padding:.2em .8em;margin:.6em 0}.advice p{margin:.2em 0;color:#1f2328}\n"
    ".advice .why,.small,.legend{color:#59636e;font-size:.9em}code{font-size:.9em}\n"
    "svg{width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:#59636e}.grid{stroke:#d0d7de;fill:none}\n"
    "@media(prefers-color-scheme:dark){body,.advice "
    "p{color:#e6edf3}body{background:#0d1117}th,td,h2{border-color:#30363d}.grid{stroke:#30363d}}\n"
    "</style></head><body>\n<h1>Capacity report</h1>\n";

void report_escape_html(struct buffer *out, const char *text)
{
    CLEANUP(buffer_clear) struct buffer safe = BUFFER_INIT(NAME_ESCAPED_MAX);

    escape_controls(&safe, text, strlen(text));
    out->failed |= buffer_failed(&safe); /* a name may not be missing without a word */
    for (const char *c = buffer_text(&safe); *c != '\0'; c++)
        switch (*c) {
        case '&': (void)buffer_add_text(out, "&amp;"); break;
        case '<': (void)buffer_add_text(out, "&lt;"); break;
        case '>': (void)buffer_add_text(out, "&gt;"); break;
        case '"': (void)buffer_add_text(out, "&quot;"); break;
        case '\'': (void)buffer_add_text(out, "&#39;"); break;
        default: (void)buffer_add_char(out, *c); break;
        }
}

/* --- figures --- */

static void add_percent(struct buffer *out, double ratio)
{
    if (isfinite(ratio))
        (void)buffer_printf(out, "<td>%.1f&#8239;%%</td>", 100 * ratio);
    else
        (void)buffer_add_text(out, "<td>&ndash;</td>");
}

static void add_amounts(struct buffer *out, const char *name, const struct amounts *amounts)
{
    (void)buffer_printf(out, "<tr><td>%s</td><td>%.2f cores</td><td>%.1f GiB</td><td>%lld</td></tr>\n", name,
                        (double)amounts->of[RESOURCE_CPU] / 1000, (double)amounts->of[RESOURCE_MEMORY] / (1024.0 * 1024 * 1024),
                        (long long)amounts->of[RESOURCE_PODS]);
}

static void add_ratios(struct buffer *out, const char *name, const double *ratios, size_t n)
{
    (void)buffer_printf(out, "<tr><td>%s</td>", name);
    for (size_t r = 0; r < RESOURCES_REPORTED; r++)
        add_percent(out, r < n ? ratios[r] : (double)NAN);
    (void)buffer_add_text(out, "</tr>\n");
}

static void add_nodes(struct buffer *out, const struct report_group *group, const struct resilience *check)
{
    for (size_t i = 0; i < check->n_worst && i < LIST_SHOWN; i++) {
        (void)buffer_add_text(out, i > 0 ? ", " : "");
        report_escape_html(out, group->placement.nodes[check->worst[i]].node->name);
    }
    if (check->n_worst > LIST_SHOWN)
        (void)buffer_printf(out, " and %zu more", check->n_worst - LIST_SHOWN);
}

static void add_pods(struct buffer *out, const char *what, const struct report_group *group, const uint32_t *pods, size_t n)
{
    char name[1100];

    if (n == 0)
        return;
    (void)buffer_printf(out, "<p class='small'>%s: ", what);
    for (size_t i = 0; i < n && i < LIST_SHOWN; i++) {
        (void)buffer_add_text(out, i > 0 ? ", " : "");
        report_escape_html(out, report_pod_name(group->placement.pods[pods[i]].pod, name, sizeof(name)));
    }
    if (n > LIST_SHOWN)
        (void)buffer_printf(out, " and %zu more", n - LIST_SHOWN);
    (void)buffer_add_text(out, "</p>\n");
}

static void add_check(struct buffer *out, const struct report_group *group, const struct resilience *check)
{
    const char *verdict = resilience_verdict_name(check->verdict);

    (void)buffer_printf(out, "<h3>%s: <span class='verdict %s'>%s</span></h3>\n<table>\n",
                        check->mode == RESILIENCE_NODE   ? "Loss of a node"
                        : check->mode == RESILIENCE_ZONE ? "Loss of a zone"
                                                         : "Loss of a node while another is drained",
                        verdict, verdict);
    add_amounts(out, "least headroom over all losses", &check->headroom);
    add_ratios(out, "requested / allocatable after the worst loss", check->ratio_after, RESOURCES_REPORTED);
    (void)buffer_add_text(out, "<tr><td>worst loss</td><td class='text' colspan='3'>");
    add_nodes(out, group, check);
    (void)buffer_add_text(out, "</td></tr></table>\n");
    add_pods(out, "Without a place then", group, check->unplaced, check->n_unplaced);
    add_pods(out, "Bound to what may be lost", group, check->stranded, check->n_stranded);
}

/* --- nodes as bars --- */

static double bar_y(double ratio)
{
    double shown = ratio > 1.2 ? 1.2 : ratio;

    return BAR_TOP + (1 - shown / 1.2) * (BAR_HEIGHT - BAR_TOP - BAR_BOTTOM);
}

static void add_line(struct buffer *out, double ratio, const char *style, const char *label)
{
    (void)buffer_printf(out, "<path class='grid' %s d='M%d %.1fH%d'/><text x='%d' y='%.1f' text-anchor='end'>%s</text>\n", style, BAR_LEFT,
                        bar_y(ratio), BAR_WIDTH, BAR_LEFT - 6, bar_y(ratio) + 4, label);
}

static double node_ratio(const struct placement_node *node, int resource)
{
    return node->allocatable.of[resource] > 0 ? (double)node->requested.of[resource] / (double)node->allocatable.of[resource] : 0;
}

/* Requests of each node, cpu beside memory; a node that is no capacity stays grey. */
static void add_bars(struct buffer *out, const struct report_group *group)
{
    static const char *const colours[] = {"#1f6feb", "#8250df"};
    size_t n = group->placement.n_nodes < NODES_SHOWN ? group->placement.n_nodes : NODES_SHOWN;
    double step = (double)(BAR_WIDTH - BAR_LEFT) / (double)n, width = step * 0.4 > 40 ? 40 : step * 0.4;
    size_t usable = group->placement.n_usable;

    (void)buffer_printf(out, "<h3>Requested of each node</h3>\n<svg viewBox='0 0 %d %d' role='img'>\n", BAR_WIDTH, BAR_HEIGHT);
    add_line(out, 0, "", "0 %");
    add_line(out, 0.5, "", "50 %");
    add_line(out, 1, "", "100 %");
    if (usable > 1)
        add_line(out, (double)(usable - 1) / (double)usable, "style='stroke:#cf222e;stroke-dasharray:4'", "N-1");
    for (size_t k = 0; k < n; k++) {
        const struct placement_node *node = &group->placement.nodes[k];

        for (int r = 0; r < 2; r++)
            (void)buffer_printf(out, "<rect x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill='%s'/>",
                                BAR_LEFT + step * ((double)k + 0.5) - width * (1 - r), bar_y(node_ratio(node, r)), width,
                                bar_y(0) - bar_y(node_ratio(node, r)), node->state == PLACEMENT_USABLE ? colours[r] : "#8c959f");
        if (n <= 24) {
            (void)buffer_printf(out, "<text x='%.1f' y='%d' text-anchor='middle'>", BAR_LEFT + step * ((double)k + 0.5), BAR_HEIGHT - 6);
            report_escape_html(out, node->node->name);
            (void)buffer_add_text(out, "</text>\n");
        }
    }
    (void)buffer_add_text(
        out,
        "</svg>\n<p class='legend'><span style='color:#1f6feb'>&#9632;</span> cpu <span style='color:#8250df'>&#9632;</span> memory "
        "<span style='color:#8c959f'>&#9632;</span> not usable; the dashed line is what equal nodes can carry and still lose one</p>\n");
    if (group->placement.n_nodes > n)
        (void)buffer_printf(out, "<p class='small'>The first %zu of %zu nodes.</p>\n", n, group->placement.n_nodes);
}

/* --- the whole --- */

static void add_advice(struct buffer *out, const struct advice_list *list)
{
    if (list->n > 0)
        (void)buffer_add_text(out, "<h3>Advice</h3>\n");
    for (size_t i = 0; i < list->n; i++) {
        (void)buffer_printf(out, "<div class='advice %s'><p><b>", advice_severity_name(list->items[i].severity));
        report_escape_html(out, list->items[i].text);
        (void)buffer_printf(out, "</b> <code>%s</code></p><p class='why'>", advice_code_name(list->items[i].code));
        report_escape_html(out, list->items[i].why);
        (void)buffer_add_text(out, "</p></div>\n");
    }
}

static void add_group(struct buffer *out, const struct report_group *group)
{
    (void)buffer_add_text(out, "<h2>");
    report_escape_html(out, group->group->name);
    (void)buffer_printf(
        out,
        "</h2>\n<p>%zu ready, %zu cordoned, %zu not ready, %zu being deleted; %zu zone%s; %zu pods, %zu of them without requests</p>\n",
        group->n_state[NODE_READY], group->n_state[NODE_CORDONED], group->n_state[NODE_NOT_READY], group->n_state[NODE_DELETING],
        group->n_zones, group->n_zones == 1 ? "" : "s", group->n_pods, group->n_without_requests);
    (void)buffer_add_text(out, "<table><tr><th></th><th>cpu</th><th>memory</th><th>pods</th></tr>\n");
    add_amounts(out, "allocatable", &group->allocatable);
    add_amounts(out, "requested", &group->requested);
    add_ratios(out, "requested / allocatable", group->requests_ratio, RESOURCES_REPORTED);
    if (group->n_usage > 0)
        add_ratios(out, "in use / capacity (metrics.k8s.io)", group->usage_ratio, 2);
    (void)buffer_add_text(out, "</table>\n");
    add_advice(out, &group->advice);
    for (size_t i = 0; i < group->n_checks; i++)
        add_check(out, group, &group->checks[i]);
    if (group->n_checks == 0)
        (void)buffer_add_text(out, "<p>A data service: its requests say nothing about room, and are not judged.</p>\n");
    add_bars(out, group);
    for (size_t i = 0; group->extra && i < group->extra->n_plots; i++)
        report_write_plot(&group->extra->plots[i], out);
}

static void add_warnings(struct buffer *out, const struct cluster *cluster)
{
    if (cluster->n_warnings == 0)
        return;
    (void)buffer_add_text(out, "<h2>Warnings</h2>\n<ul>\n");
    for (size_t i = 0; i < cluster->n_warnings; i++) {
        (void)buffer_add_text(out, "<li>");
        if (cluster->warnings[i].group) {
            report_escape_html(out, cluster->warnings[i].group);
            (void)buffer_add_text(out, ": ");
        }
        report_escape_html(out, cluster->warnings[i].text);
        (void)buffer_printf(out, " <code>%s</code></li>\n", cluster->warnings[i].code);
    }
    if (cluster->n_warnings_left_out > 0)
        (void)buffer_printf(out, "<li>and %zu more</li>\n", cluster->n_warnings_left_out);
    (void)buffer_add_text(out, "</ul>\n");
}

void report_write_html(const struct report *report, struct buffer *out)
{
    (void)buffer_add_text(out, head);
    for (size_t g = 0; g < report->n_groups; g++)
        add_group(out, &report->groups[g]);
    add_warnings(out, report->cluster);
    (void)buffer_add_text(out, "</body></html>\n");
}
