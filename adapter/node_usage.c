#include "adapter/node_usage.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

enum { URL_MAX = 4096, TOKEN_MAX = 65536, HEADER_MAX = 70000, HEADERS_MAX = 64, FORM_MAX = 65536 };

static const char *const query_names[NODE_USAGE_BODIES] = {"node_cpu_usage", "node_memory_usage"};

struct node_usage {
    struct node_usage_options options;
    struct loop_timer *timer;
    struct kube_call *call;
    struct http_transfer *transfer;
    struct node_usage_answer answer; /* as far as it is here */
    size_t n_answers;
    int64_t asked_boot_ms;
};

void node_usage_answer_clear(struct node_usage_answer *answer)
{
    for (size_t i = 0; i < NODE_USAGE_BODIES; i++)
        buffer_clear(&answer->bodies[i]);
    *answer = (struct node_usage_answer){0};
}

/* --- answers --- */

static void hand_over(struct node_usage *usage)
{
    struct node_usage_answer answer = usage->answer;

    usage->answer = (struct node_usage_answer){0};
    usage->n_answers = 0;
    loop_timer_after(usage->timer, usage->asked_boot_ms + usage->options.settings->usage.interval_ms - clock_boot_ms());
    usage->options.sink(usage->options.context, &answer);
}

static void fail(struct node_usage *usage, const struct error *err)
{
    node_usage_answer_clear(&usage->answer);
    usage->answer.source = usage->options.settings->usage.source;
    usage->answer.err = *err;
    hand_over(usage);
}

static void keep(struct node_usage *usage, struct http_response *response)
{
    struct node_usage_answer *answer = &usage->answer;

    answer->source = usage->options.settings->usage.source;
    answer->statuses[usage->n_answers] = response->status;
    answer->bodies[usage->n_answers++] = buffer_move(&response->body);
    answer->unix_ms = clock_unix_ms();
    answer->clocks = (struct usage_clocks){response->date_unix_ms > 0 ? response->date_unix_ms : answer->unix_ms, clock_boot_ms()};
    answer->duration_ms = clock_boot_ms() - usage->asked_boot_ms;
}

static void on_metrics(void *context, struct http_response *response, const struct error *err)
{
    struct node_usage *usage = context;

    usage->call = NULL;
    if (err) {
        fail(usage, err);
        return;
    }
    keep(usage, response);
    hand_over(usage);
}

static int ask_metrics(struct node_usage *usage, struct error *err)
{
    const struct kube_request request = {
        .path = NODE_USAGE_PATH, .answer_limit = NODE_USAGE_BYTES_MAX, .timeout_ms = NODE_USAGE_TIMEOUT_MS};

    usage->call = kube_client_start(usage->options.client, &request, on_metrics, usage, err);
    return usage->call ? 0 : -1;
}

/* --- Prometheus --- */

struct header_lines {
    struct buffer texts[HEADERS_MAX];
    const char *lines[HEADERS_MAX + 1];
    size_t n;
};

static void clear_lines(struct header_lines *headers)
{
    for (size_t i = 0; i < headers->n; i++)
        buffer_clear(&headers->texts[i]);
}

static void add_line(struct header_lines *headers, const char *name, const char *before, const char *value)
{
    struct buffer *text = &headers->texts[headers->n];

    *text = BUFFER_INIT(HEADER_MAX);
    (void)buffer_printf(text, "%s: %s%s", name, before, value);
    headers->lines[headers->n++] = buffer_text(text);
}

/* The token is read each time: it may have been replaced. */
static int make_headers(const struct config_prometheus *prometheus, struct header_lines *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer token = BUFFER_INIT(TOKEN_MAX);

    add_line(out, "Content-Type", "", "application/x-www-form-urlencoded");
    if (prometheus->token_file[0] != '\0') {
        if (file_read_secret(prometheus->token_file, &token, err) < 0)
            return error_wrap(err, "nodeGroups.usage.prometheus.tokenFile");
        add_line(out, "Authorization", "Bearer ", buffer_text(&token));
    }
    for (size_t i = 0; i < prometheus->headers.len; i++) {
        if (out->n == HEADERS_MAX)
            return error_set(err, ERROR_LIMIT, "nodeGroups.usage.prometheus.headers: more than %d", HEADERS_MAX - 2);
        add_line(out, prometheus->headers.items[i].name, "", prometheus->headers.items[i].value);
    }
    for (size_t i = 0; i < out->n; i++)
        if (buffer_failed(&out->texts[i]))
            return error_set(err, ERROR_LIMIT, "a header for Prometheus is larger than %d bytes, or memory is short", HEADER_MAX);
    return 0;
}

static const char *query_text(const struct config_prometheus *prometheus, const char *name)
{
    for (size_t i = 0; i < prometheus->queries.len; i++)
        if (strcmp(prometheus->queries.items[i].name, name) == 0)
            return prometheus->queries.items[i].value;
    return prometheus_query_text(name, NULL, 0);
}

static int ask_prometheus(struct node_usage *usage, struct error *err);

static void on_vector(void *context, struct http_response *response, const struct error *err)
{
    struct node_usage *usage = context;
    struct error why = {0};

    usage->transfer = NULL;
    if (err) {
        fail(usage, err);
        return;
    }
    keep(usage, response);
    if (usage->n_answers == NODE_USAGE_BODIES)
        hand_over(usage);
    else if (ask_prometheus(usage, &why) < 0)
        fail(usage, &why);
}

/* The query that is next. */
static int ask_prometheus(struct node_usage *usage, struct error *err)
{
    const struct config_prometheus *prometheus = &usage->options.settings->usage.prometheus;
    CLEANUP(clear_lines) struct header_lines headers = {.n = 0};
    CLEANUP(buffer_clear) struct buffer url = BUFFER_INIT(URL_MAX), form = BUFFER_INIT(FORM_MAX);
    struct http_request request = {
        .method = "POST",
        .headers = headers.lines,
        .answer_limit = NODE_USAGE_BYTES_MAX,
        .timeout_ms = NODE_USAGE_TIMEOUT_MS,
        .ca_file = prometheus->ca_file,
    };
    size_t len = strlen(prometheus->url);

    if (make_headers(prometheus, &headers, err) < 0)
        return -1;
    while (len > 0 && prometheus->url[len - 1] == '/')
        len--;
    (void)buffer_printf(&url, "%.*s/api/v1/query", (int)len, prometheus->url);
    prometheus_instant_form(query_text(prometheus, query_names[usage->n_answers]), &form);
    if (buffer_failed(&url) || buffer_failed(&form))
        return error_set(err, ERROR_LIMIT, "query %s is larger than %d bytes, or memory is short", query_names[usage->n_answers], FORM_MAX);
    request.url = buffer_text(&url);
    request.body = buffer_text(&form);
    request.body_len = form.len;
    usage->transfer = http_client_start(usage->options.http, &request, on_vector, usage, err);
    return usage->transfer ? 0 : -1;
}

/* --- polling --- */

static void ask(void *context)
{
    struct node_usage *usage = context;
    struct error err = {0};
    int status;

    usage->asked_boot_ms = clock_boot_ms();
    status = usage->options.settings->usage.source == CONFIG_USAGE_PROMETHEUS ? ask_prometheus(usage, &err) : ask_metrics(usage, &err);
    if (status < 0)
        fail(usage, &err);
}

struct node_usage *node_usage_new(const struct node_usage_options *options, struct error *err)
{
    struct node_usage *usage = calloc(1, sizeof(*usage));

    if (!usage) {
        (void)error_no_memory(err);
        return NULL;
    }
    usage->options = *options;
    usage->timer = loop_timer_new(options->loop, ask, usage);
    if (!usage->timer) {
        (void)error_no_memory(err);
        free(usage);
        return NULL;
    }
    loop_timer_after(usage->timer, 0);
    return usage;
}

void node_usage_free(struct node_usage *usage)
{
    if (!usage)
        return;
    kube_call_cancel(usage->call);
    if (usage->transfer)
        http_transfer_cancel(usage->transfer);
    node_usage_answer_clear(&usage->answer);
    loop_timer_free(usage->timer);
    free(usage);
}

/* --- decoding --- */

static int decode_vectors(const struct node_usage_answer *answer, struct usage_samples *out, struct error *err)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer cpu = {0};
    CLEANUP(prometheus_answer_clear) struct prometheus_answer memory = {0};
    struct prometheus_answer *const vectors[NODE_USAGE_BODIES] = {&cpu, &memory};

    for (size_t i = 0; i < NODE_USAGE_BODIES; i++)
        if (prometheus_decode(answer->statuses[i], buffer_text(&answer->bodies[i]), answer->bodies[i].len, vectors[i], err) < 0)
            return error_wrap(err, "query %s", query_names[i]);
    return usage_samples_from_prometheus(&cpu, &memory, out, err);
}

int node_usage_decode(const struct node_usage_answer *answer, struct usage_samples *out, struct error *err)
{
    if (answer->err.code != ERROR_NONE) {
        *err = answer->err;
        return -1;
    }
    if (answer->source == CONFIG_USAGE_PROMETHEUS)
        return decode_vectors(answer, out, err);
    return usage_samples_decode(buffer_text(&answer->bodies[0]), answer->bodies[0].len, out, err);
}
