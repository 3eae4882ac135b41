#include "adapter/command_explain.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "adapter/explain_report.h"
#include "adapter/running_adapter.h"
#include "base/json.h"

enum { REPORT_MAX = 64 * 1024 * 1024 };

static const char usage[] =
    "Usage: coder-metrics-adapter explain METRIC [-n NAMESPACE] [-l SELECTOR] [--server URL] [--connect-to HOST:PORT]\n"
    "                                     [--ca-file FILE] [--token-file FILE] [--format text|json]\n"
    "\n"
    "Asks a running adapter why it says what it says about a metric: what an HPA reads, how each value came about, how old it\n"
    "is, what its sources last said, and what an HPA without a queue in its selector would add up.\n"
    "\n"
    "  -n, --namespace NS  the HPA's namespace (default coder)\n"
    "  -l, --selector SEL  the HPA's selector, like queue=default\n"
    "  --server URL        the adapter (default https://127.0.0.1:6443; kubectl port-forward makes it reachable there)\n"
    "  --connect-to H:P    dial this address; the URL then only names who must answer, as the certificate has it\n"
    "  --ca-file FILE      CA certificates (PEM) that the adapter's certificate is checked with. Without it only a loopback\n"
    "                      address is asked, unchecked and without a token\n"
    "  --token-file FILE   a bearer token to be known by, as kubectl create token prints one\n"
    "  --format F          text (default) or json\n"
    "\n"
    "The right to read the metric is the right to have it explained.\n";

struct request {
    struct running_adapter adapter;
    struct explain_question question;
    bool json;
};

/* --- arguments --- */

static int read_arguments(int argc, char **argv, struct request *request)
{
    const char *format = "text";
    const struct command_option options[] = {
        {.name = "namespace", .letter = 'n', .value = &request->question.name_space},
        {.name = "selector", .letter = 'l', .value = &request->question.selector},
        {.name = "server", .value = &request->adapter.server},
        {.name = "connect-to", .value = &request->adapter.connect_to},
        {.name = "ca-file", .value = &request->adapter.ca_file},
        {.name = "token-file", .value = &request->adapter.token_file},
        {.name = "format", .value = &format},
    };
    const struct command_arguments wanted = {.usage = usage, .options = options, .n_options = ARRAY_LEN(options), .least = 1, .most = 1};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    request->question.metric = argv[first];
    request->json = strcmp(format, "json") == 0;
    if (!request->json && strcmp(format, "text") != 0) {
        command_complain("explain: --format %s: expected text or json", format);
        return EXIT_USAGE;
    }
    if (request->adapter.token_file && !request->adapter.ca_file) {
        command_complain("explain: --token-file goes with --ca-file: a token is only sent to a server whose certificate is checked");
        return EXIT_USAGE;
    }
    return -1;
}

/* --- the answer --- */

static int print(const struct buffer *out, struct error *err)
{
    if (buffer_failed(out))
        return error_set(err, ERROR_LIMIT, "the report is larger than %zu bytes, or memory is short", out->limit);
    if (fwrite(buffer_text(out), 1, out->len, stdout) != out->len || fflush(stdout) != 0)
        return error_set(err, ERROR_IO, "write to standard output: it is closed or its disk is full");
    return 0;
}

static int tell(const struct request *request, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = {0};
    CLEANUP(buffer_clear) struct buffer report = BUFFER_INIT(REPORT_MAX);
    CLEANUP(json_decrefp) json_t *answer = NULL;

    if (running_adapter_explain(&request->adapter, &request->question, &body, &answer, err) < 0)
        return -1;
    if (request->json)
        return print(&body, err);
    explain_report_write(answer, &report);
    return print(&report, err);
}

int command_explain(int argc, char **argv)
{
    struct request request = {.adapter.server = RUNNING_ADAPTER_SERVER, .question.name_space = "coder"};
    struct error err = {0};
    int code = read_arguments(argc, argv, &request);

    if (code >= 0)
        return code;
    (void)signal(SIGPIPE, SIG_IGN);
    if (tell(&request, &err) < 0) {
        command_complain("explain: %s", err.text);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}
