#include "adapter/command_backfill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/config.h"
#include "adapter/history_backfill.h"
#include "base/clock.h"
#include "base/duration.h"

static const int64_t range_least_ms = 2 * INT64_C(86400000), range_most_ms = INT64_C(520) * 7 * 86400000, flush_ms = 3600000;

static const char usage[] =
    "Usage: coder-metrics-adapter backfill --config FILE [--history FILE] [--range D]\n"
    "\n"
    "Fills the history of the node groups from the Prometheus of the configuration (nodeGroups.usage.prometheus), hour by hour: use,\n"
    "capacity and requests of cpu and memory, what a group can carry and still lose a node, ready nodes. What the history knows\n"
    "already stays, so that it may run again, and beside the adapter.\n"
    "\n"
    "The queries want node_exporter, and kube-state-metrics that exports the label of the groups\n"
    "(--metric-labels-allowlist=nodes=[elastisys.io/node-group]). nodeGroups.usage.prometheus.queries may replace them:\n"
    "past_cpu_use, past_memory_use, past_cpu_capacity, past_memory_capacity, past_cpu_requests, past_memory_requests,\n"
    "past_cpu_line, past_memory_line, past_nodes_ready; $group in them stands for kube-state-metrics' name of the label.\n"
    "\n"
    "  --config FILE   the adapter's configuration\n"
    "  --history FILE  the file to fill (default nodeGroups.history.path)\n"
    "  --range D       how far to go back, 2d to 520w (default nodeGroups.history.retention)\n";

struct request {
    const char *config, *history, *range;
    int64_t range_ms; /* 0: the retention */
};

/* -1: go on; else the exit code. */
static int read_request(int argc, char **argv, struct request *request)
{
    const struct command_option options[] = {
        {.name = "config", .value = &request->config},
        {.name = "history", .value = &request->history},
        {.name = "range", .value = &request->range},
    };
    const struct command_arguments wanted = {.usage = usage, .options = options, .n_options = ARRAY_LEN(options)};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    if (!request->config) {
        command_complain("backfill: --config is needed; see coder-metrics-adapter backfill --help");
        return EXIT_USAGE;
    }
    if (!request->range)
        return -1;
    if (duration_parse(request->range, &request->range_ms) && request->range_ms >= range_least_ms && request->range_ms <= range_most_ms)
        return -1;
    command_complain("backfill: --range %s: expected a duration from 2d to 520w", request->range);
    return EXIT_USAGE;
}

/* What waits in memory goes to the file, or an error says why not. */
static int write_out(struct history *history, struct error *err)
{
    if (history_flush(history, 0, err) < 0 || history_flush(history, flush_ms, err) < 0)
        return -1;
    if (history_problem(history))
        return error_set(err, ERROR_IO, "%s", history_problem(history));
    return 0;
}

static int fill(const struct request *request, const struct config_node_groups *groups, struct error *err)
{
    struct history_options options = {.path = request->history ? request->history : groups->history.path,
                                      .retention_ms = groups->history.retention_ms};
    CLEANUP(history_closep) struct history *history = NULL;
    struct backfill backfill = {.where = &groups->usage.prometheus, .label = groups->label, .to_unix_ms = clock_unix_ms()};

    if (!groups->on || !groups->usage.prometheus.on)
        return error_set(err, ERROR_INVALID, "%s has no nodeGroups.usage.prometheus: there is nobody to ask", request->config);
    if (options.path[0] == '\0')
        return error_set(err, ERROR_INVALID, "nodeGroups.history.path is empty: give --history FILE");
    history = history_open(&options, err);
    if (!history)
        return -1;
    backfill.from_unix_ms = backfill.to_unix_ms - (request->range_ms > 0 ? request->range_ms : groups->history.retention_ms);
    if (history_backfill(history, &backfill, err) < 0 || write_out(history, err) < 0)
        return -1;
    if (backfill.n_hours == 0)
        return error_set(err, ERROR_NOT_FOUND,
                         "Prometheus knows nothing of node groups in that time: does kube-state-metrics export the label %s?",
                         groups->label);
    (void)printf("%s: %zu hours of series were read; what it knew already stayed\n", options.path, backfill.n_hours);
    return 0;
}

int command_backfill(int argc, char **argv)
{
    CLEANUP(config_clear) struct config config = {0};
    struct config_mistakes mistakes = {0};
    struct request request = {0};
    struct error err = {0};
    int code = read_request(argc, argv, &request);

    if (code >= 0)
        return code;
    if (config_read(request.config, &config, &mistakes, &err) < 0 || fill(&request, &config.node_groups, &err) < 0) {
        command_complain("backfill: %s", err.text);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}
