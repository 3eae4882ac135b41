#include "adapter/command_explain.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "adapter/explain_report.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/http.h"
#include "base/json.h"
#include "kube/path.h"

enum {
    TIMEOUT_MS = 10 * 1000,
    URL_MAX = 8192,
    TOKEN_MAX = 64 * 1024,
    ANSWER_MAX = 64 * 1024 * 1024,
    REPORT_MAX = 64 * 1024 * 1024,
    STATUS_TEXT_MAX = 400,
};

static const char default_server[] = "https://127.0.0.1:6443";

static const char usage[] =
    "Usage: coder-metrics-adapter explain METRIC [-n NAMESPACE] [-l SELECTOR] [--server URL] [--ca-file FILE]\n"
    "                                     [--token-file FILE] [--format text|json]\n"
    "\n"
    "Asks a running adapter why it says what it says about a metric: what an HPA reads, how each value came about, how old it\n"
    "is, what its sources last said, and what an HPA without a queue in its selector would add up.\n"
    "\n"
    "  -n, --namespace NS  the HPA's namespace (default coder)\n"
    "  -l, --selector SEL  the HPA's selector, like queue=default\n"
    "  --server URL        the adapter (default https://127.0.0.1:6443; kubectl port-forward makes it reachable there)\n"
    "  --ca-file FILE      CA certificates (PEM) that the adapter's certificate is checked with. Without it only a loopback\n"
    "                      address is asked, unchecked and without a token\n"
    "  --token-file FILE   a bearer token to be known by, as kubectl create token prints one\n"
    "  --format F          text (default) or json\n"
    "\n"
    "The right to read the metric is the right to have it explained.\n";

struct explanation {
    const char *metric, *name_space, *selector, *server, *ca_file, *token_file;
    bool json;
    struct loop *loop;
    struct buffer body;
    int status;
    struct error err; /* code ERROR_NONE: there is an answer */
};

static void explanation_clear(struct explanation *explanation)
{
    buffer_clear(&explanation->body);
}

/* --- arguments --- */

static int read_arguments(int argc, char **argv, struct explanation *explanation)
{
    const char *format = "text";
    const struct command_option options[] = {
        {.name = "namespace", .letter = 'n', .value = &explanation->name_space},
        {.name = "selector", .letter = 'l', .value = &explanation->selector},
        {.name = "server", .value = &explanation->server},
        {.name = "ca-file", .value = &explanation->ca_file},
        {.name = "token-file", .value = &explanation->token_file},
        {.name = "format", .value = &format},
    };
    const struct command_arguments wanted = {.usage = usage, .options = options, .n_options = ARRAY_LEN(options), .least = 1, .most = 1};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    explanation->metric = argv[first];
    explanation->json = strcmp(format, "json") == 0;
    if (!explanation->json && strcmp(format, "text") != 0) {
        command_complain("explain: --format %s: expected text or json", format);
        return EXIT_USAGE;
    }
    if (explanation->token_file && !explanation->ca_file) {
        command_complain("explain: --token-file goes with --ca-file: a token is only sent to a server whose certificate is checked");
        return EXIT_USAGE;
    }
    return -1;
}

/* --- asking --- */

static void on_done(void *context, struct http_response *response, const struct error *err)
{
    struct explanation *explanation = context;

    if (err) {
        explanation->err = *err;
    } else {
        explanation->status = response->status;
        explanation->body = buffer_move(&response->body);
    }
    loop_stop(explanation->loop);
}

static int make_url(const struct explanation *explanation, struct buffer *out, struct error *err)
{
    size_t len = strlen(explanation->server);

    while (len > 0 && explanation->server[len - 1] == '/')
        len--;
    if (strncmp(explanation->server, "https://", 8) != 0 || len <= 8)
        return error_set(err, ERROR_INVALID, "--server %s: expected https://HOST:PORT", explanation->server);
    (void)buffer_append(out, explanation->server, len);
    (void)buffer_add_text(out, "/explain/namespaces");
    path_add_segment(out, explanation->name_space);
    path_add_segment(out, explanation->metric);
    if (explanation->selector)
        path_add_query(out, "labelSelector", explanation->selector);
    return buffer_failed(out) ? error_set(err, ERROR_LIMIT, "metric, namespace and selector are too long") : 0;
}

static int make_authorization(const struct explanation *explanation, struct buffer *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer token = BUFFER_INIT(TOKEN_MAX);

    if (!explanation->token_file)
        return 0;
    if (file_read_secret(explanation->token_file, &token, err) < 0)
        return error_wrap(err, "--token-file");
    return buffer_printf(out, "Authorization: Bearer %s", buffer_text(&token)) < 0 ? error_no_memory(err) : 0;
}

static int ask(struct explanation *explanation, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer url = BUFFER_INIT(URL_MAX);
    CLEANUP(buffer_clear) struct buffer authorization = BUFFER_INIT(TOKEN_MAX + 64);
    CLEANUP(loop_freep) struct loop *loop = loop_new(err);
    CLEANUP(http_client_freep) struct http_client *http = loop ? http_client_new(loop, err) : NULL;
    const char *headers[] = {"Accept: application/json", NULL, NULL};
    struct http_request request = {.headers = headers,
                                   .answer_limit = ANSWER_MAX,
                                   .timeout_ms = TIMEOUT_MS,
                                   .ca_file = explanation->ca_file,
                                   .loopback_unverified = !explanation->ca_file};

    if (!http || make_url(explanation, &url, err) < 0 || make_authorization(explanation, &authorization, err) < 0)
        return -1;
    request.url = buffer_text(&url);
    headers[1] = authorization.len > 0 ? authorization.data : NULL;
    explanation->loop = loop;
    if (!http_client_start(http, &request, on_done, explanation, err) || loop_run(loop, err) < 0)
        return -1;
    if (explanation->err.code == ERROR_NONE)
        return 0;
    *err = explanation->err;
    return -1;
}

/* --- the answer --- */

/* A Status says what was wrong; anything else is not an adapter's. */
static int refused(const struct explanation *explanation, const json_t *answer, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(STATUS_TEXT_MAX * 4);
    const char *text = json_string_value(json_object_get(answer, "message"));

    if (!text)
        return error_set(err, ERROR_INVALID, "%s answered HTTP %d without a Status; is this an adapter?", explanation->server,
                         explanation->status);
    escape_controls(&message, text, strnlen(text, STATUS_TEXT_MAX));
    return error_set(err, ERROR_INVALID, "HTTP %d: %s", explanation->status, buffer_text(&message));
}

static int print(const struct explanation *explanation, const json_t *answer, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer report = BUFFER_INIT(REPORT_MAX);
    const struct buffer *out = explanation->json ? &explanation->body : &report;

    if (!explanation->json)
        explain_report_write(answer, &report);
    if (buffer_failed(out))
        return error_set(err, ERROR_LIMIT, "the report is larger than %zu bytes, or memory is short", out->limit);
    if (fwrite(buffer_text(out), 1, out->len, stdout) != out->len || fflush(stdout) != 0)
        return error_set(err, ERROR_IO, "write to standard output: it is closed or its disk is full");
    return 0;
}

static int tell(const struct explanation *explanation, struct error *err)
{
    CLEANUP(json_decrefp) json_t *answer = NULL;
    struct error not_json = {0};

    if (json_read(buffer_text(&explanation->body), explanation->body.len, &answer, &not_json) < 0 && explanation->status == 200)
        return error_set(err, ERROR_INVALID, "%s did not answer in JSON; is this an adapter?", explanation->server);
    if (explanation->status != 200)
        return refused(explanation, answer, err);
    if (!json_is_array(json_object_get(answer, "sources")))
        return error_set(err, ERROR_INVALID, "%s answered something else than an explanation; is this an adapter?", explanation->server);
    return print(explanation, answer, err);
}

int command_explain(int argc, char **argv)
{
    CLEANUP(explanation_clear) struct explanation explanation = {.name_space = "coder", .server = default_server};
    struct error err = {0};
    int code = read_arguments(argc, argv, &explanation);

    if (code >= 0)
        return code;
    (void)signal(SIGPIPE, SIG_IGN);
    if (ask(&explanation, &err) < 0 || tell(&explanation, &err) < 0) {
        command_complain("explain: %s", err.text);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}
