/* report.h - the capacity report: node groups, what outlives what, what to do.
 *
 * Shape    built from a grouped cluster, then written as a table for people (100 columns), as JSON for programs or as one
 *          HTML page without anything from elsewhere. Names of pods leave out the namespace "default"
 * Units    JSON: cpu in milli-cores, memory in MiB (room rounded down, requests up), ratios with four decimals
 * Owner    {0} / report_clear; the cluster must outlive it */
#ifndef NODEGROUP_REPORT_H
#define NODEGROUP_REPORT_H

#include "base/buffer.h"
#include "nodegroup/advice.h"

/* A line of the past or the future for the page. NAN is a gap. */
struct report_line {
    const char *name;     /* "use", "requests", "N-1 line", "forecast" */
    const double *values; /* one a step */
    const double *lower;  /* with upper: a band around the values; NULL: none */
    const double *upper;
    size_t n;
    int64_t start_unix_ms, step_ms;
};

struct report_plot {
    const char *title, *unit; /* "cpu", "cores" */
    const struct report_line *lines;
    size_t n_lines;
};

/* What is known of a group beside its nodes and pods. */
struct report_extra {
    const struct report_plot *plots;
    size_t n_plots;
    const struct advice_history *history; /* NULL: none */
};

/* The answer stays the callee's, as long as the report. */
typedef int report_extra(void *context, const char *group, const struct report_extra **out, struct error *err);

struct report_options {
    enum resilience_mode modes[RESILIENCE_MODES];
    size_t n_modes;
    bool zone_where_zoned; /* zone mode besides, for groups in two zones or more */
    const char *const *data_services;
    size_t n_data_services, anti_affinity_most;
    struct size_lines lines;
    report_extra *extra; /* may be NULL */
    void *extra_context;
};

struct report_group {
    const struct node_group *group;
    size_t n_state[NODE_DELETING + 1];
    size_t n_zones, n_without_requests, n_unknown_volumes, n_pods;
    struct amounts allocatable, requested;     /* of usable nodes */
    double requests_ratio[RESOURCES_REPORTED]; /* NAN without allocatable */
    struct placement placement;
    struct resilience checks[RESILIENCE_MODES + 1];
    size_t n_checks;
    struct node_usage *usage; /* per node of the placement */
    size_t n_usage;           /* usable nodes that report */
    double usage_ratio[2];    /* cpu, memory; NAN when not all of them do */
    struct advice_list advice;
    const struct report_extra *extra; /* NULL: none */
};

struct report {
    const struct cluster *cluster;
    struct report_group *groups;
    size_t n_groups;
};

int report_build(struct cluster *cluster, const struct report_options *options, struct report *out, struct error *err) MUST_CHECK;
void report_clear(struct report *report);

void report_write_table(const struct report *report, struct buffer *out);
void report_write_json(const struct report *report, struct buffer *out);
void report_write_html(const struct report *report, struct buffer *out);

/* --- shared by the writers --- */
int64_t report_mib_down(int64_t bytes);
int64_t report_mib_up(int64_t bytes);
/* "name" or "namespace/name", into a text that is cut to fit */
const char *report_pod_name(const struct pod *pod, char *out, size_t size);
void report_write_plot(const struct report_plot *plot, struct buffer *out); /* report_plot.c: SVG */
void report_escape_html(struct buffer *out, const char *text);

#endif
