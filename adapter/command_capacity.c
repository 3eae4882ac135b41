#include "adapter/command_capacity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapter/capacity_settings.h"
#include "adapter/cluster_text.h"
#include "base/clock.h"
#include "nodegroup/capacity_list.h"
#include "nodegroup/report.h"
#include "nodegroup/report_history.h"

static const size_t input_max = (size_t)2 << 30, report_max = (size_t)1 << 30, notes_max = 4096;

static const char usage[] =
    "Usage: coder-metrics-adapter capacity [--from FILE|- | --kubeconfig FILE] [--format table|json|html]\n"
    "                                      [--resilience node|zone|drain] [--label KEY] [--history FILE] [--config FILE]\n"
    "\n"
    "Says how full each node group is, whether its pods still find a place when nodes are lost, and what to do.\n"
    "\n"
    "  --kubeconfig FILE  asks the cluster of its current context; without it and --from, the pod's own cluster\n"
    "  --from FILE        asks no cluster, but reads what kubectl prints, - for standard input:\n"
    "                       kubectl get nodes,pods,pv -A -o json\n"
    "                     the answer of kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes may follow in the same file;\n"
    "                     without pv, pods that a volume binds to a zone are not known\n"
    "  --format F         table (default), json, or html: one page without anything from elsewhere\n"
    "  --resilience MODE  what is lost: node, zone, or drain (one node drained while another fails).\n"
    "                     Without it node, and zone where the nodes of a group stand in several\n"
    "  --label KEY        the label that names a node's group (default " CLUSTER_GROUP_LABEL ")\n"
    "  --history FILE     the adapter's history: six months of each group, its forecast, advice to shrink\n"
    "  --config FILE      the adapter's configuration: label, resilience, lines, data services, anti-affinity limit and review\n"
    "                     period of nodeGroups, its history, or, where Prometheus is the source of usage and there is no file,\n"
    "                     the history that Prometheus has. What the command line says goes first\n";

typedef void write_report(const struct report *report, struct buffer *out);

static const struct {
    const char *name;
    write_report *write;
} formats[] = {
    {"table", report_write_table},
    {"json", report_write_json},
    {"html", report_write_html},
};

struct request {
    const char *from, *kubeconfig, *label, *history, *config;
    const char *mode; /* of --resilience; NULL: not said */
    write_report *write;
    struct report_options options;
};

/* --- input --- */

static void close_input(const int *fd)
{
    if (*fd > STDIN_FILENO)
        (void)close(*fd);
}

/* The cluster itself; what it does not let us see is said. */
static int ask_cluster(const char *kubeconfig, struct buffer *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer notes = BUFFER_INIT(notes_max);

    if (cluster_text_read(kubeconfig, out, &notes, err) < 0)
        return -1;
    if (notes.len > 0)
        command_complain("capacity: left out of the report: %.*s", (int)notes.len - 1, buffer_text(&notes));
    return 0;
}

/* Also from a pipe, as a shell's <(kubectl ...) is one. */
static int read_input(const char *path, struct buffer *out, struct error *err)
{
    CLEANUP(close_input) int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    char piece[65536], why[128];
    ssize_t len;

    if (fd < 0)
        return error_set(err, ERROR_IO, "open %s: %s", path, strerror_r(errno, why, sizeof(why)));
    while ((len = read(fd, piece, sizeof(piece))) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return error_set(err, ERROR_IO, "read %s: %s", path, strerror_r(errno, why, sizeof(why)));
        if (buffer_append(out, piece, (size_t)len) < 0)
            return error_set(err, ERROR_LIMIT, "read %s: larger than %zu bytes, or out of memory", path, out->limit);
    }
    return 0;
}

static int add_item(void *context, const json_t *item, struct error *err)
{
    return cluster_add(context, item, err);
}

static int read_cluster(const struct request *request, struct cluster *cluster, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(input_max);
    struct capacity_list list = {0};

    if ((request->from ? read_input(request->from, &text, err) : ask_cluster(request->kubeconfig, &text, err)) < 0)
        return -1;
    list.text = buffer_text(&text);
    list.len = text.len;
    if (capacity_list_read(&list, add_item, cluster, err) < 0)
        return error_wrap(err, "%s", request->from ? request->from : "the cluster's answers");
    if (list.n_gaps > 0)
        cluster_warn(cluster, NULL, "items-left-out", "%zu of %zu item(s) were left out; the last one: %s", list.n_gaps, list.n_items,
                     list.gap);
    return cluster_group(cluster, err);
}

/* --- arguments --- */

static int read_format(const char *text, struct request *request)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (strcmp(text, formats[i].name) == 0) {
            request->write = formats[i].write;
            return 0;
        }
    command_complain("capacity: --format %s: expected table, json or html", text);
    return -1;
}

/* Without a wish: the loss of a node, and of a zone where that can be told. */
static int read_mode(const char *text, struct report_options *options)
{
    options->n_modes = 1;
    options->zone_where_zoned = !text;
    for (int mode = 0; text && mode < RESILIENCE_MODES; mode++)
        if (strcmp(text, resilience_mode_name((enum resilience_mode)mode)) == 0) {
            options->modes[0] = (enum resilience_mode)mode;
            return 0;
        }
    if (!text)
        return 0;
    command_complain("capacity: --resilience %s: expected node, zone or drain", text);
    return -1;
}

static int read_request(int argc, char **argv, struct request *request)
{
    const char *format = "table", *mode = NULL;
    const struct command_option options[] = {
        {.name = "from", .value = &request->from},       {.name = "format", .value = &format},
        {.name = "resilience", .value = &mode},          {.name = "label", .value = &request->label},
        {.name = "history", .value = &request->history}, {.name = "kubeconfig", .value = &request->kubeconfig},
        {.name = "config", .value = &request->config},
    };
    const struct command_arguments wanted = {.usage = usage, .options = options, .n_options = ARRAY_LEN(options)};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    if (request->from && request->kubeconfig) {
        command_complain("capacity: --from and --kubeconfig exclude each other");
        return EXIT_USAGE;
    }
    request->mode = mode;
    return read_format(format, request) < 0 || read_mode(mode, &request->options) < 0 ? EXIT_USAGE : -1;
}

/* --- output --- */

static int print_report(const struct request *request, const struct report *report, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(report_max);

    request->write(report, &out);
    if (buffer_failed(&out))
        return error_set(err, ERROR_LIMIT, "the report is larger than %zu bytes, or memory is short", out.limit);
    if (fwrite(buffer_text(&out), 1, out.len, stdout) != out.len || fflush(stdout) != 0)
        return error_set(err, ERROR_IO, "write the report to standard output: it is closed or its disk is full");
    return 0;
}

static int open_history(const struct request *request, const struct capacity_settings *settings, struct report_history **out,
                        struct error *err)
{
    if (!request->history)
        return request->config ? capacity_settings_history(settings, clock_unix_ms(), out, err) : 0;
    *out = report_history_open(request->history, clock_unix_ms(), err);
    if (*out && request->config)
        report_history_set_review(*out, settings->config.node_groups.review_period_ms);
    return *out ? 0 : -1;
}

static int make_report(struct request *request, const struct capacity_settings *settings, struct error *err)
{
    CLEANUP(cluster_clear) struct cluster cluster = {0};
    CLEANUP(report_history_freep) struct report_history *history = NULL;
    CLEANUP(report_clear) struct report report = {0};
    struct error missing = {0};

    cluster_init(&cluster, request->label ? request->label : CLUSTER_GROUP_LABEL);
    if (read_cluster(request, &cluster, err) < 0)
        return -1;
    if (request->history && access(request->history, R_OK) < 0)
        return error_set(err, ERROR_IO, "--history %s: there is no such file, or it may not be read", request->history);
    if (open_history(request, settings, &history, &missing) < 0) /* the present is worth a report without the past */
        cluster_warn(&cluster, NULL, "history-unreadable", "nothing of the past is shown: %s", missing.text);
    if (history) {
        request->options.extra = report_history_extra;
        request->options.extra_context = history;
    }
    if (report_build(&cluster, &request->options, &report, err) < 0)
        return -1;
    return print_report(request, &report, err);
}

/* The configuration's, as far as the command line says nothing. */
static int take_settings(struct request *request, struct capacity_settings *settings, struct error *err)
{
    enum resilience_mode mode = request->options.modes[0];

    if (!request->config)
        return 0;
    if (capacity_settings_read(request->config, settings, &request->options, err) < 0)
        return -1;
    if (request->mode)
        request->options.modes[0] = mode;
    if (!request->label)
        request->label = settings->config.node_groups.label;
    return 0;
}

int command_capacity(int argc, char **argv)
{
    struct request request = {.options = {.lines = size_lines_usual()}};
    CLEANUP(capacity_settings_clear) struct capacity_settings settings = {0};
    struct error err = {0};
    int code = read_request(argc, argv, &request);

    if (code >= 0)
        return code;
    if (take_settings(&request, &settings, &err) < 0 || make_report(&request, &settings, &err) < 0) {
        command_complain("capacity: %s", err.text);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}
