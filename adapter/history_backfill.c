#include "adapter/history_backfill.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/prometheus_client.h"
#include "nodegroup/prometheus_past.h"

enum { TIMEOUT_MS = 120000, HOURS_LEAST_A_DAY = 18 };

static const int64_t hour_ms = 3600000, day_ms = 86400000, piece_ms = 7 * INT64_C(86400000);

struct history_filling {
    struct history_filling_options options;
    struct backfill *backfill;
    struct http_transfer *transfer;
    int64_t at_unix_ms; /* the week that is asked for */
    size_t query;
    struct {
        int64_t start_ms, sum, max, n;
    } day; /* that grows, of the series at hand */
    char series[HISTORY_NAME_MAX];
};

static int ask_next(struct history_filling *filling, struct error *err);

/* --- days out of hours --- */

static int end_day(struct history_filling *filling, struct error *err)
{
    struct history_row row = {.tier = HISTORY_DAYS, .start_ms = filling->day.start_ms, .max = filling->day.max};

    if (filling->day.n < HOURS_LEAST_A_DAY) /* a part of a day would pass for the whole */
        return 0;
    row.mean = filling->day.sum / filling->day.n;
    row.covered_ms = filling->day.n * hour_ms;
    return history_put(filling->options.history, filling->series, &row, err);
}

static int add_to_day(struct history_filling *filling, const char *series, const struct history_row *hour, struct error *err)
{
    int64_t start = hour->start_ms / day_ms * day_ms;
    int64_t share = hour->mean;

    if (start != filling->day.start_ms || strcmp(series, filling->series) != 0) {
        if (end_day(filling, err) < 0)
            return -1;
        memset(&filling->day, 0, sizeof(filling->day));
        filling->day.start_ms = start;
        (void)snprintf(filling->series, sizeof(filling->series), "%s", series);
    }
    if (__builtin_add_overflow(filling->day.sum, share, &filling->day.sum))
        return error_set(err, ERROR_INVALID, "%s: its values are too large", series);
    filling->day.max = share > filling->day.max ? share : filling->day.max;
    filling->day.n++;
    return 0;
}

static int take_hour(void *context, const char *series, const struct history_row *bucket, struct error *err)
{
    struct history_filling *filling = context;

    filling->backfill->n_hours++;
    if (history_put(filling->options.history, series, bucket, err) < 0)
        return -1;
    return add_to_day(filling, series, bucket, err);
}

/* --- week by week --- */

static int read_answer(struct history_filling *filling, const struct http_response *response, struct error *err)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};
    const struct past_query *query = past_query_at(filling->query);
    const struct past_reading reading = {query, filling->backfill->label, take_hour, filling};

    if (prometheus_decode(response->status, buffer_text(&response->body), response->body.len, &answer, err) < 0)
        return error_wrap(err, "query %s", query->name);
    filling->backfill->n_series += answer.n_series;
    memset(&filling->day, 0, sizeof(filling->day));
    if (past_read(&reading, &answer, err) < 0)
        return -1;
    return end_day(filling, err);
}

static bool advance(struct history_filling *filling)
{
    filling->query = (filling->query + 1) % PAST_QUERIES;
    if (filling->query == 0)
        filling->at_unix_ms += piece_ms;
    return filling->at_unix_ms < filling->backfill->to_unix_ms;
}

static void on_answer(void *context, struct http_response *response, const struct error *err)
{
    struct history_filling *filling = context;
    struct error why = {0};

    filling->transfer = NULL;
    if (!err && (read_answer(filling, response, &why) < 0))
        err = &why;
    if (!err && advance(filling)) {
        if (ask_next(filling, &why) == 0)
            return;
        err = &why;
    }
    filling->options.done(filling->options.context, err);
}

static int ask_next(struct history_filling *filling, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer query = BUFFER_INIT(PROMETHEUS_FORM_MAX), form = BUFFER_INIT(PROMETHEUS_FORM_MAX);
    const struct prometheus_question question = {
        .path = "query_range", .form = &form, .timeout_ms = TIMEOUT_MS, .done = on_answer, .context = filling};
    int64_t until = filling->at_unix_ms + piece_ms, to = filling->backfill->to_unix_ms;
    const struct prometheus_range range = past_range(filling->at_unix_ms, until < to ? until : to);

    past_query_write(prometheus_text_of(filling->backfill->where, past_query_at(filling->query)->name), filling->backfill->label, &query);
    prometheus_range_form(buffer_text(&query), &range, &form);
    filling->transfer = prometheus_ask(filling->options.http, filling->backfill->where, &question, err);
    return filling->transfer ? 0 : -1;
}

/* --- its life --- */

struct history_filling *history_filling_start(const struct history_filling_options *options, struct backfill *backfill, struct error *err)
{
    struct history_filling *filling = calloc(1, sizeof(*filling));

    if (!filling) {
        (void)error_no_memory(err);
        return NULL;
    }
    filling->options = *options;
    filling->backfill = backfill;
    /* Weeks of whole days, so that no day is cut. */
    filling->at_unix_ms = backfill->from_unix_ms = (backfill->from_unix_ms + day_ms - 1) / day_ms * day_ms;
    if (filling->at_unix_ms + hour_ms > backfill->to_unix_ms)
        (void)error_set(err, ERROR_INVALID, "there is no whole hour to fill");
    else if (ask_next(filling, err) == 0)
        return filling;
    free(filling);
    return NULL;
}

void history_filling_free(struct history_filling *filling)
{
    if (!filling)
        return;
    if (filling->transfer)
        http_transfer_cancel(filling->transfer);
    free(filling);
}

/* --- and wait --- */

struct waiting {
    struct loop *loop;
    struct error err;
};

static void end_waiting(void *context, const struct error *err)
{
    struct waiting *waiting = context;

    if (err)
        waiting->err = *err;
    loop_stop(waiting->loop);
}

int history_backfill(struct history *history, struct backfill *backfill, struct error *err)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(err);
    CLEANUP(http_client_freep) struct http_client *http = loop ? http_client_new(loop, err) : NULL;
    struct waiting waiting = {.loop = loop};
    const struct history_filling_options options = {
        .loop = loop, .http = http, .history = history, .done = end_waiting, .context = &waiting};
    CLEANUP(history_filling_freep) struct history_filling *filling = http ? history_filling_start(&options, backfill, err) : NULL;

    if (!filling || loop_run(loop, err) < 0)
        return -1;
    if (waiting.err.code == ERROR_NONE)
        return 0;
    *err = waiting.err;
    return -1;
}
