#include "adapter/node_usage.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/prometheus_client.h"
#include "base/clock.h"

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
    for (size_t i = 0; i < NODE_USAGE_PARTS; i++)
        buffer_clear(&answer->parts[i].body);
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
    answer->parts[usage->n_answers].status = response->status;
    answer->parts[usage->n_answers].body = buffer_move(&response->body);
    usage->n_answers++;
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

static void go_on(struct node_usage *usage);

/* Without one of the first two there is no usage; what comes behind them stands for itself. */
static void note_failure(struct node_usage *usage, const struct error *err)
{
    if (usage->n_answers < NODE_USAGE_VECTORS) {
        fail(usage, err);
        return;
    }
    usage->answer.parts[usage->n_answers++].err = *err;
    go_on(usage);
}

static void on_vector(void *context, struct http_response *response, const struct error *err)
{
    struct node_usage *usage = context;

    usage->transfer = NULL;
    if (err) {
        note_failure(usage, err);
        return;
    }
    keep(usage, response);
    go_on(usage);
}

static int ask_prometheus(struct node_usage *usage, struct error *err)
{
    const struct config_prometheus *where = &usage->options.settings->usage.prometheus;
    CLEANUP(buffer_clear) struct buffer form = BUFFER_INIT(PROMETHEUS_FORM_MAX);
    const struct prometheus_question question = {"query", &form, NODE_USAGE_TIMEOUT_MS, on_vector, usage};
    const char *name = prometheus_query_at(usage->n_answers)->name;

    prometheus_instant_form(prometheus_text_of(where, name), &form);
    usage->transfer = prometheus_ask(usage->options.http, where, &question, err);
    return usage->transfer ? 0 : error_wrap(err, "query %s", name);
}

/* The query that is next. */
static void go_on(struct node_usage *usage)
{
    struct error err = {0};

    if (usage->n_answers == NODE_USAGE_PARTS)
        hand_over(usage);
    else if (ask_prometheus(usage, &err) < 0)
        fail(usage, &err); /* of our own making: a token that cannot be read, memory */
}

/* --- polling --- */

static void ask(void *context)
{
    struct node_usage *usage = context;
    struct error err = {0};

    usage->asked_boot_ms = clock_boot_ms();
    if (usage->options.settings->usage.source == CONFIG_USAGE_PROMETHEUS)
        go_on(usage);
    else if (ask_metrics(usage, &err) < 0)
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

static int decode_part(const struct node_usage_answer *answer, size_t i, struct prometheus_answer *out, struct error *err)
{
    const struct node_usage_part *part = &answer->parts[i];

    if (part->err.code != ERROR_NONE)
        *err = part->err;
    else if (prometheus_decode(part->status, buffer_text(&part->body), part->body.len, out, err) == 0)
        return 0;
    return error_wrap(err, "query %s", prometheus_query_at(i)->name);
}

static int decode_vectors(const struct node_usage_answer *answer, struct usage_samples *out, struct error *err)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer cpu = {0};
    CLEANUP(prometheus_answer_clear) struct prometheus_answer memory = {0};

    if (decode_part(answer, 0, &cpu, err) < 0 || decode_part(answer, 1, &memory, err) < 0)
        return -1;
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
    return usage_samples_decode(buffer_text(&answer->parts[0].body), answer->parts[0].body.len, out, err);
}

int node_usage_decode_gauges(const struct node_usage_answer *answer, size_t which, struct gauges *out, struct error *err)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer vector = {0};
    size_t i = NODE_USAGE_VECTORS + which;

    if (answer->err.code != ERROR_NONE) {
        *err = answer->err;
        return -1;
    }
    if (decode_part(answer, i, &vector, err) < 0)
        return -1;
    if (gauges_of_vector(prometheus_query_at(i), &vector, out, err) < 0)
        return error_wrap(err, "query %s", prometheus_query_at(i)->name);
    return 0;
}
