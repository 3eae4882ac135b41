#include "adapter/command_plan.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/command_plan_report.h"
#include "adapter/config.h"
#include "adapter/plan_sources.h"
#include "base/duration.h"
#include "kube/quantity_parse.h"

enum { REPORT_MAX = 1024 * 1024 };

static const double default_job_s = 120;

/* All other keys have their defaults: a queue named default, and the guidelines. */
static const char least_config[] = "coder: {url: https://coder.example.com, tokenFile: /var/run/secrets/coder/token}\n";

static const char usage[] =
    "Usage: coder-metrics-adapter plan --users N [--job-seconds T [--job-cv CV] | --from-history QUEUE] [--spread DURATION]\n"
    "                                  [--target-wait DURATION] [--provisioners C] [--config FILE] [--format table|json]\n"
    "                                  [--workspace-cpu Q --workspace-memory Q] [-n NS] [--server URL] [--connect-to HOST:PORT]\n"
    "                                  [--ca-file FILE] [--token-file FILE]\n"
    "\n"
    "How long N people wait who ask for their workspaces at about the same time, how many provisioners it takes, what the\n"
    "guideline says, and what to do before the workshop.\n"
    "\n"
    "  --users N             people; each asks once (1 to 10000)\n"
    "  --job-seconds T       how long a build takes (default 120)\n"
    "  --job-cv CV           builds vary: lognormal with mean T and this coefficient of variation (0.5 is usual)\n"
    "  --from-history QUEUE  builds take as long, and vary as much, as those of that queue in the last hour: a running adapter knows\n"
    "  --spread DURATION     they ask at random moments within this time (default 0s: all at once)\n"
    "  --target-wait DURATION  the wait that is still good (default: one build)\n"
    "  --provisioners C      provisioners to ask about (default: the guideline's, or what is required where it has none)\n"
    "  --config FILE         take queues and guidelines from there (default: the defaults of the configuration)\n"
    "  --format F            table (default) or json\n"
    "  --workspace-cpu Q, --workspace-memory Q  what one workspace requests of a node, like 2 and 4Gi\n"
    "  --server URL          the running adapter; with it the room on the nodes is looked at too\n"
    "                        (default with --from-history: https://127.0.0.1:6443; kubectl port-forward makes it reachable there)\n"
    "  -n, --namespace NS    in which the queue's metrics are read (default: the queue's in FILE, else coder)\n"
    "  --connect-to H:P, --ca-file FILE, --token-file FILE  as in explain\n"
    "\n"
    "What is required: the longest wait is at most the target, and with --job-cv the wait of 95 %. Where chance has a part,\n"
    "that is counted over many runs, always the same ones; all at once with fixed times is exact.\n";

struct request {
    struct plan_crowd crowd;
    double target_wait_s;
    int64_t provisioners; /* 0: not said */
    const char *config, *history, *name_space;
    struct running_adapter adapter; /* server NULL: none is asked */
    double workspace_cores, workspace_bytes;
    bool json;
};

/* --- arguments --- */

struct texts {
    const char *users, *job_seconds, *job_cv, *from_history, *spread, *target_wait, *provisioners, *config, *format, *cpu, *memory,
        *name_space;
    struct running_adapter adapter;
};

static int wrong_value(const char *option, const char *got, const char *expected)
{
    command_complain("plan: --%s %s: expected %s", option, got, expected);
    return EXIT_USAGE;
}

static bool parse_whole(const char *text, int64_t most, int64_t *out)
{
    size_t len = strlen(text);
    long long value;

    if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
        return false;
    value = strtoll(text, NULL, 10);
    if (value < 1 || value > most)
        return false;
    *out = value;
    return true;
}

/* Digits with at most one point. */
static bool parse_decimal(const char *text, double least, double most, double *out)
{
    size_t len = strlen(text);
    char *end = NULL;
    double value = strtod(text, &end);

    if (len == 0 || len > 20 || strspn(text, "0123456789.") != len || *end != '\0' || value < least || value > most)
        return false;
    *out = value;
    return true;
}

static bool parse_seconds(const char *text, double most_s, double *out_s)
{
    int64_t ms = 0;

    if (!duration_parse(text, &ms) || (double)ms > most_s * 1000)
        return false;
    *out_s = (double)ms / 1000;
    return true;
}

static int read_crowd(const struct texts *texts, struct plan_crowd *crowd)
{
    if (!texts->users) {
        command_complain("plan: --users is needed; see coder-metrics-adapter plan --help");
        return EXIT_USAGE;
    }
    if (!parse_whole(texts->users, PLAN_USERS_MAX, &crowd->users))
        return wrong_value("users", texts->users, "a whole number from 1 to 10000");
    if (texts->job_cv && !texts->job_seconds) {
        command_complain("plan: --job-cv goes with --job-seconds, which is missing");
        return EXIT_USAGE;
    }
    if (texts->job_seconds && !parse_decimal(texts->job_seconds, 0.001, PLAN_JOB_S_MAX, &crowd->job_s))
        return wrong_value("job-seconds", texts->job_seconds, "seconds, more than 0 and at most 86400");
    crowd->varies = texts->job_cv != NULL;
    if (texts->job_cv && !parse_decimal(texts->job_cv, 0, PLAN_JOB_CV_MAX, &crowd->job_cv))
        return wrong_value("job-cv", texts->job_cv, "a number from 0 to 10");
    if (texts->spread && !parse_seconds(texts->spread, PLAN_SPREAD_S_MAX, &crowd->spread_s))
        return wrong_value("spread", texts->spread, "a duration up to 24h, like 5m");
    return -1;
}

static bool parse_quantity(const char *text, double *out)
{
    struct quantity quantity = {0};
    struct error ignored = {0};

    if (quantity_parse(text, strlen(text), &quantity, &ignored) < 0)
        return false;
    *out = quantity_double(quantity);
    return *out >= 0;
}

static int read_workspace(const struct texts *texts, struct request *request)
{
    if (texts->cpu && !parse_quantity(texts->cpu, &request->workspace_cores))
        return wrong_value("workspace-cpu", texts->cpu, "a Quantity, like 2 or 500m");
    if (texts->memory && !parse_quantity(texts->memory, &request->workspace_bytes))
        return wrong_value("workspace-memory", texts->memory, "a Quantity, like 4Gi");
    return -1;
}

static int read_server(const struct texts *texts, struct request *request)
{
    if (texts->adapter.token_file && !texts->adapter.ca_file) {
        command_complain("plan: --token-file goes with --ca-file: a token is only sent to a server whose certificate is checked");
        return EXIT_USAGE;
    }
    request->history = texts->from_history;
    request->name_space = texts->name_space;
    request->adapter = texts->adapter;
    if (!request->adapter.server && texts->from_history)
        request->adapter.server = RUNNING_ADAPTER_SERVER;
    return -1;
}

static int read_texts(const struct texts *texts, struct request *request)
{
    int code = read_crowd(texts, &request->crowd);

    if (code >= 0)
        return code;
    request->target_wait_s = -1; /* one build */
    if (texts->target_wait && !parse_seconds(texts->target_wait, PLAN_JOB_S_MAX, &request->target_wait_s))
        return wrong_value("target-wait", texts->target_wait, "a duration up to 24h, like 2m");
    if (texts->provisioners && !parse_whole(texts->provisioners, PLAN_USERS_MAX, &request->provisioners))
        return wrong_value("provisioners", texts->provisioners, "a whole number from 1 to 10000");
    if (strcmp(texts->format, "table") != 0 && strcmp(texts->format, "json") != 0)
        return wrong_value("format", texts->format, "table or json");
    if (texts->from_history && texts->job_seconds) {
        command_complain("plan: --from-history and --job-seconds exclude each other: give one of them");
        return EXIT_USAGE;
    }
    request->config = texts->config;
    request->json = strcmp(texts->format, "json") == 0;
    code = read_workspace(texts, request);
    return code >= 0 ? code : read_server(texts, request);
}

/* -1: go on; else the exit code. */
static int read_request(int argc, char **argv, struct request *request)
{
    struct texts texts = {.format = "table"};
    const struct command_option options[] = {
        {.name = "users", .value = &texts.users},
        {.name = "job-seconds", .value = &texts.job_seconds},
        {.name = "job-cv", .value = &texts.job_cv},
        {.name = "from-history", .value = &texts.from_history},
        {.name = "spread", .value = &texts.spread},
        {.name = "target-wait", .value = &texts.target_wait},
        {.name = "provisioners", .value = &texts.provisioners},
        {.name = "config", .value = &texts.config},
        {.name = "format", .value = &texts.format},
        {.name = "workspace-cpu", .value = &texts.cpu},
        {.name = "workspace-memory", .value = &texts.memory},
        {.name = "server", .value = &texts.adapter.server},
        {.name = "namespace", .letter = 'n', .value = &texts.name_space},
        {.name = "connect-to", .value = &texts.adapter.connect_to},
        {.name = "ca-file", .value = &texts.adapter.ca_file},
        {.name = "token-file", .value = &texts.adapter.token_file},
    };
    const struct command_arguments wanted = {.usage = usage, .options = options, .n_options = ARRAY_LEN(options)};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    return code >= 0 ? code : read_texts(&texts, request);
}

/* --- the answer --- */

static int read_config(const char *path, struct config *out, struct error *err)
{
    struct config_mistakes mistakes = {0};

    if (path)
        return config_read(path, out, &mistakes, err);
    if (config_parse(least_config, sizeof(least_config) - 1, "defaults", out, &mistakes) < 0)
        return error_no_memory(err);
    return 0;
}

static int copy_guidelines(const struct config *config, struct guideline **out, struct error *err)
{
    struct guideline *rows = calloc(config->n_guidelines + 1, sizeof(*rows)); /* never of nothing */

    if (!rows)
        return error_no_memory(err);
    for (size_t i = 0; i < config->n_guidelines; i++)
        rows[i] = (struct guideline){
            .users = config->guidelines[i].users,
            .replicas = config->guidelines[i].replicas,
            .minimum = config->guidelines[i].minimum,
        };
    *out = rows;
    return 0;
}

/* Keeps the rows in order, and one for each number. */
static int add_row(const struct plan_draw *draw, int64_t provisioners, const char *why, struct plan_report *report, struct error *err)
{
    struct plan_row row = {.provisioners = provisioners};
    size_t at = 0;

    while (at < report->n_rows && report->rows[at].provisioners < provisioners)
        at++;
    if (at < report->n_rows && report->rows[at].provisioners == provisioners) {
        size_t used = strlen(report->rows[at].why);

        (void)snprintf(report->rows[at].why + used, sizeof(row.why) - used, "; %s", why);
        return 0;
    }
    (void)snprintf(row.why, sizeof(row.why), "%s", why);
    if (plan_measure(draw, provisioners, &row.waits, err) < 0)
        return -1;
    memmove(report->rows + at + 1, report->rows + at, (report->n_rows - at) * sizeof(row));
    report->rows[at] = row;
    report->n_rows++;
    return 0;
}

static int fill_rows(const struct request *request, const struct plan_draw *draw, struct plan_report *report, struct error *err)
{
    const struct guideline *row = report->guideline;

    if (request->provisioners > 0 && add_row(draw, request->provisioners, "asked about", report, err) < 0)
        return -1;
    if (row && add_row(draw, row->replicas, "the guideline", report, err) < 0)
        return -1;
    if (row && row->minimum < row->replicas && add_row(draw, row->minimum, "the guideline's least", report, err) < 0)
        return -1;
    return add_row(draw, report->required, "the least that will do", report, err);
}

static int answer(const struct request *request, struct plan_report *report, struct error *err)
{
    CLEANUP(plan_draw_clear) struct plan_draw draw = {0};

    if (plan_draw_make(&request->crowd, &draw, err) < 0 || plan_require(&draw, request->target_wait_s, &report->required, err) < 0)
        return -1;
    if (request->provisioners > 0)
        report->provisioners = request->provisioners;
    else
        report->provisioners = report->guideline ? report->guideline->replicas : report->required;
    if (plan_measure(&draw, report->provisioners, &report->waits, err) < 0)
        return -1;
    return request->json ? 0 : fill_rows(request, &draw, report, err);
}

static void free_guidelines(struct guideline **rows)
{
    free(*rows);
}

static const char *namespace_of(const struct request *request, const struct config *config)
{
    for (size_t i = 0; !request->name_space && request->config && request->history && i < config->n_queues; i++)
        if (strcmp(config->queues[i].name, request->history) == 0 && strcmp(config->queues[i].name_space, "*") != 0)
            return config->queues[i].name_space;
    return request->name_space ? request->name_space : "coder";
}

/* How long builds take, and what room there is. */
static int ask_adapter(struct request *request, const struct config *config, struct plan_rooms *rooms, struct error *err)
{
    const char *name_space = namespace_of(request, config);

    if (request->history && plan_read_builds(&request->adapter, request->history, name_space, &request->crowd, err) < 0)
        return -1;
    return request->json || !request->adapter.server ? 0 : plan_read_rooms(&request->adapter, name_space, rooms, err);
}

static int run_request(struct request *request, struct buffer *out, struct error *err)
{
    CLEANUP(plan_rooms_clear) struct plan_rooms rooms = {0};
    CLEANUP(config_clear) struct config config = {0};
    CLEANUP(free_guidelines) struct guideline *guidelines = NULL;
    struct plan_report report = {
        .history = request->history, .workspace_cores = request->workspace_cores, .workspace_bytes = request->workspace_bytes};

    if (read_config(request->config, &config, err) < 0 || copy_guidelines(&config, &guidelines, err) < 0 ||
        ask_adapter(request, &config, &rooms, err) < 0)
        return -1;
    if (request->target_wait_s < 0)
        request->target_wait_s = request->crowd.job_s;
    report.crowd = request->crowd;
    report.target_wait_s = request->target_wait_s;
    report.rooms = request->adapter.server ? &rooms : NULL;
    report.guideline = guideline_for(guidelines, config.n_guidelines, request->crowd.users);
    report.queues = config.queues;
    report.n_queues = config.n_queues;
    if (answer(request, &report, err) < 0)
        return -1;
    if (request->json)
        plan_report_json(&report, out);
    else
        plan_report_page(&report, out);
    return buffer_failed(out) ? error_no_memory(err) : 0;
}

int command_plan(int argc, char **argv)
{
    CLEANUP(buffer_clear) struct buffer report = BUFFER_INIT(REPORT_MAX);
    struct request request = {.crowd = {.job_s = default_job_s}};
    struct error err = {0};
    int code = read_request(argc, argv, &request);

    if (code >= 0)
        return code;
    (void)signal(SIGPIPE, SIG_IGN);
    if (run_request(&request, &report, &err) < 0) {
        command_complain("plan: %s", err.text);
        return EXIT_FAILED;
    }
    (void)fputs(buffer_text(&report), stdout);
    if (fflush(stdout) != 0) {
        command_complain("plan: write the answer: %s", strerror(errno)); /* NOLINT(concurrency-mt-unsafe): one thread */
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}
