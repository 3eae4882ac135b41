#include "adapter/command_rightsize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/config.h"
#include "adapter/rightsize_sources.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/timestamp.h"

enum { REPORT_MAX = 4 * 1024 * 1024, NAME_LEN_MAX = 253 };

static const int64_t minute_ms = 60000, day_ms = 86400000;

static const char usage[] =
    "Usage: coder-metrics-adapter rightsize --prometheus URL [--token-file FILE] [--ca-file FILE] [--range D] [--changed WHEN]\n"
    "                                       [--workload KIND/NAME] [--namespace NS] [--container NAME] [--queue NAME]\n"
    "                                       [--config FILE] [--format table|json]\n"
    "       coder-metrics-adapter rightsize --kubeconfig FILE [--workload KIND/NAME] ...\n"
    "\n"
    "Whether requests and limits of the provisioners' pods are right, from what they used: p95 and peak of CPU and memory,\n"
    "throttling, OOM kills and the time that builds took; what to set instead, and why.\n"
    "\n"
    "  --prometheus URL      a Prometheus with cAdvisor's and kube-state-metrics' series, and, for builds, the adapter's\n"
    "  --token-file FILE     a bearer token for it\n"
    "  --ca-file FILE        CA certificates (PEM) that its certificate is checked with\n"
    "  --kubeconfig FILE     without a Prometheus: one reading of metrics.k8s.io, a moment instead of a history\n"
    "  --config FILE         the adapter's configuration: every queue's workload, and the Prometheus of nodeGroups.usage\n"
    "  --workload KIND/NAME  one pool (default deployment/coder-provisioner-default)\n"
    "  --namespace NS        its namespace (default coder)\n"
    "  --container NAME      the container in its pods (default coder, as Coder's chart names it)\n"
    "  --queue NAME          its queue in the adapter's configuration, for the time that builds took\n"
    "  --range D             how far to look back, 10m to 90d (default 7d)\n"
    "  --changed WHEN        requests or limits were changed then (RFC 3339, or how long ago): compares before and after\n"
    "  --format F            table (default) or json\n";

struct texts {
    const char *prometheus, *token_file, *ca_file, *kubeconfig, *config, *workload, *name_space, *container, *queue, *range, *changed,
        *format;
};

struct request {
    struct texts texts;
    int64_t now_unix_ms, range_ms, changed_unix_ms; /* changed 0: not said */
    struct rightsize_pool pool;                     /* without a configuration */
    bool json;
};

/* --- arguments --- */

static int wrong_value(const char *option, const char *got, const char *expected)
{
    command_complain("rightsize: --%s %s: expected %s", option, got, expected);
    return EXIT_USAGE;
}

/* Names go into queries and pages as they are. */
static bool is_name(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    size_t len = strlen(text);

    return len > 0 && len <= NAME_LEN_MAX && strspn(text, letters) == len;
}

static int read_workload(const char *text, struct rightsize_pool *pool)
{
    static const struct {
        const char *prefix, *kind;
    } kinds[] = {{"deployment/", "deployment"}, {"statefulset/", "statefulset"}};

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strncmp(text, kinds[i].prefix, strlen(kinds[i].prefix)) == 0) {
            pool->kind = kinds[i].kind;
            pool->workload = text + strlen(kinds[i].prefix);
        }
    if (!pool->kind || !is_name(pool->workload))
        return wrong_value("workload", text, "deployment/NAME or statefulset/NAME");
    return -1;
}

static int read_pool(const struct texts *texts, struct rightsize_pool *pool)
{
    int code = read_workload(texts->workload, pool);

    if (code >= 0)
        return code;
    if (!is_name(texts->name_space))
        return wrong_value("namespace", texts->name_space, "the name of a namespace");
    if (!is_name(texts->container))
        return wrong_value("container", texts->container, "the name of a container");
    if (*texts->queue != '\0' && !is_name(texts->queue))
        return wrong_value("queue", texts->queue, "the name of a queue");
    pool->name_space = texts->name_space;
    pool->container = texts->container;
    pool->queue = texts->queue;
    return -1;
}

/* A time, or how long ago: behind it lies enough to be compared. */
static int read_changed(const char *text, struct request *request)
{
    int64_t ago_ms = 0, at = 0;

    if (duration_parse(text, &ago_ms))
        at = request->now_unix_ms - ago_ms;
    else if (!timestamp_parse(text, &at))
        return wrong_value("changed", text, "a time like 2026-11-25T09:00:00Z, or how long ago, like 3d");
    if (at > request->now_unix_ms - 10 * minute_ms || at < request->now_unix_ms - 90 * day_ms)
        return wrong_value("changed", text, "a time between 90 days and 10 minutes ago");
    request->changed_unix_ms = at;
    return -1;
}

static int read_texts(struct request *request)
{
    const struct texts *texts = &request->texts;
    int code = read_pool(texts, &request->pool);

    if (code >= 0)
        return code;
    if (!duration_parse(texts->range, &request->range_ms) || request->range_ms < 10 * minute_ms || request->range_ms > 90 * day_ms)
        return wrong_value("range", texts->range, "a duration from 10m to 90d");
    if (texts->changed && (code = read_changed(texts->changed, request)) >= 0)
        return code;
    if (strcmp(texts->format, "table") != 0 && strcmp(texts->format, "json") != 0)
        return wrong_value("format", texts->format, "table or json");
    if (texts->prometheus && texts->kubeconfig) {
        command_complain("rightsize: --prometheus and --kubeconfig exclude each other: a history, or a moment");
        return EXIT_USAGE;
    }
    if (texts->changed && texts->kubeconfig) {
        command_complain("rightsize: --changed needs a history: give --prometheus instead of --kubeconfig");
        return EXIT_USAGE;
    }
    request->json = strcmp(texts->format, "json") == 0;
    return -1;
}

/* -1: go on; else the exit code. */
static int read_request(int argc, char **argv, struct request *request)
{
    struct texts *texts = &request->texts;
    const struct command_option options[] = {
        {.name = "prometheus", .value = &texts->prometheus}, {.name = "token-file", .value = &texts->token_file},
        {.name = "ca-file", .value = &texts->ca_file},       {.name = "kubeconfig", .value = &texts->kubeconfig},
        {.name = "config", .value = &texts->config},         {.name = "workload", .value = &texts->workload},
        {.name = "namespace", .value = &texts->name_space},  {.name = "container", .value = &texts->container},
        {.name = "queue", .value = &texts->queue},           {.name = "range", .value = &texts->range},
        {.name = "changed", .value = &texts->changed},       {.name = "format", .value = &texts->format},
    };
    const struct command_arguments wanted = {.usage = usage, .options = options, .n_options = ARRAY_LEN(options)};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    return code >= 0 ? code : read_texts(request);
}

/* --- what is asked about --- */

struct subject {
    struct config config;
    struct config_prometheus where; /* the command line's, its texts on the heap */
    struct rightsize_report *reports;
    size_t n;
};

static void subject_clear(struct subject *subject)
{
    config_clear(&subject->config);
    free(subject->where.url);
    free(subject->where.token_file);
    free(subject->where.ca_file);
    free(subject->reports);
}

static void set_spans(const struct request *request, struct rightsize_report *report)
{
    int64_t now = request->now_unix_ms, changed = request->changed_unix_ms;

    report->span = (struct rightsize_span){now - request->range_ms, now};
    if (changed == 0)
        return;
    report->compares = true;
    report->before_span = (struct rightsize_span){changed - request->range_ms, changed};
    if (report->span.from_unix_ms < changed)
        report->span.from_unix_ms = changed;
}

static int take_queues(const struct request *request, struct subject *subject, struct error *err)
{
    struct config_mistakes mistakes = {0};

    if (config_read(request->texts.config, &subject->config, &mistakes, err) < 0)
        return -1;
    subject->reports = calloc(subject->config.n_queues + 1, sizeof(*subject->reports));
    if (!subject->reports)
        return error_no_memory(err);
    for (size_t i = 0; i < subject->config.n_queues; i++) {
        const struct queue_spec *queue = &subject->config.queues[i];
        struct rightsize_pool *pool = &subject->reports[subject->n].pool;

        if (queue->workload.name[0] == '\0')
            continue;
        pool->kind = queue->workload.kind == WORKLOAD_STATEFULSET ? "statefulset" : "deployment";
        pool->workload = queue->workload.name;
        pool->name_space = strcmp(queue->name_space, "*") == 0 ? request->pool.name_space : queue->name_space;
        pool->container = request->pool.container;
        pool->queue = queue->name;
        subject->n++;
    }
    return 0;
}

static int take_pools(const struct request *request, struct subject *subject, struct error *err)
{
    if (request->texts.config) {
        if (take_queues(request, subject, err) < 0)
            return -1;
    } else {
        subject->reports = calloc(1, sizeof(*subject->reports));
        if (!subject->reports)
            return error_no_memory(err);
        subject->reports[0].pool = request->pool;
        subject->n = 1;
    }
    for (size_t i = 0; i < subject->n; i++)
        set_spans(request, &subject->reports[i]);
    return subject->n > 0 ? 0 : error_set(err, ERROR_INVALID, "no queue of the configuration has a workload");
}

static char *copy(const char *text)
{
    return strdup(text ? text : "");
}

/* The Prometheus of the command line, or of the configuration; NULL: none is named. */
static const struct config_prometheus *find_prometheus(const struct request *request, struct subject *subject)
{
    struct config_prometheus *where = &subject->where;

    if (request->texts.prometheus) {
        where->url = copy(request->texts.prometheus);
        where->token_file = copy(request->texts.token_file);
        where->ca_file = copy(request->texts.ca_file);
        return where->url && where->token_file && where->ca_file ? where : NULL;
    }
    if (!request->texts.kubeconfig && request->texts.config && subject->config.node_groups.usage.prometheus.on)
        return &subject->config.node_groups.usage.prometheus;
    return NULL;
}

static int ask(const struct request *request, struct subject *subject, struct error *err)
{
    const struct config_prometheus *where = find_prometheus(request, subject);

    if (where)
        return rightsize_ask_prometheus(where, subject->reports, subject->n, err);
    if (request->changed_unix_ms > 0)
        return error_set(err, ERROR_INVALID, "--changed needs a history: give --prometheus URL");
    return rightsize_ask_cluster(request->texts.kubeconfig, subject->reports, subject->n, err);
}

static int run_request(const struct request *request, struct buffer *out, struct error *err)
{
    CLEANUP(subject_clear) struct subject subject = {0};

    if (take_pools(request, &subject, err) < 0 || ask(request, &subject, err) < 0)
        return -1;
    if (request->json)
        rightsize_report_json(subject.reports, subject.n, out);
    for (size_t i = 0; !request->json && i < subject.n; i++) {
        (void)buffer_add_text(out, i > 0 ? "\n" : "");
        rightsize_report_page(&subject.reports[i], out);
    }
    return buffer_failed(out) ? error_no_memory(err) : 0;
}

int command_rightsize(int argc, char **argv)
{
    CLEANUP(buffer_clear) struct buffer report = BUFFER_INIT(REPORT_MAX);
    struct request request = {.texts = {.workload = "deployment/coder-provisioner-default",
                                        .name_space = "coder",
                                        .container = "coder",
                                        .queue = "",
                                        .range = "7d",
                                        .format = "table"},
                              .now_unix_ms = clock_unix_ms()};
    struct error err = {0};
    int code = read_request(argc, argv, &request);

    if (code >= 0)
        return code;
    if (run_request(&request, &report, &err) < 0) {
        command_complain("rightsize: %s", err.text);
        return EXIT_FAILED;
    }
    if (fwrite(buffer_text(&report), 1, report.len, stdout) != report.len || fflush(stdout) != 0) {
        command_complain("rightsize: write the report to standard output: it is closed or its disk is full");
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}
