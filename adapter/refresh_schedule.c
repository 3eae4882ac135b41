/* refresh_schedule.c - which workspaces Coder will start soon: asked rarely, page by page, and only when a queue wants it (autostart). */
#include <stdlib.h>

#include "adapter/refresh_inside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

enum {
    EVERY_MS = 10 * 60 * 1000, /* the list costs Coder much */
    JITTER_MS = 60 * 1000,
    FIRST_AFTER_MS = 1000, /* jobs and provisioners come first */
    PAGE_SPACE_MS = 500,
    WORKSPACES_MAX = 20000, /* of all organizations; the rest is not looked at */
};

struct schedule_reader {
    struct refresh *refresh;
    struct loop_timer *timer;
    struct coder_call *call;    /* NULL: none runs */
    struct coder_answer answer; /* the worker's, while it decodes it */
    struct schedule reading;    /* the same */
    size_t offset, got;         /* workspaces that were read, and of those the ones of the last page */
    struct error err;           /* of the page */
    bool failing;
};

static void ask_later(struct schedule_reader *reader)
{
    schedule_clear(&reader->reading);
    reader->offset = 0;
    loop_timer_after(reader->timer, EVERY_MS - (int64_t)(random_unit() * JITTER_MS));
}

static void note_outcome(struct schedule_reader *reader, const struct error *err)
{
    if (err && !reader->failing)
        log_warn("scheduled starts of workspaces cannot be read; nothing is raised ahead of them", "error", err->text, NULL);
    else if (!err && reader->failing)
        log_info("scheduled starts of workspaces can be read again", NULL);
    reader->failing = err != NULL;
}

static void give_up(struct schedule_reader *reader, const struct error *err)
{
    note_outcome(reader, err);
    ask_later(reader);
}

/* --- a page --- */

static void decode_work(void *context)
{
    struct schedule_reader *reader = context;
    const struct coder_answer *answer = &reader->answer;
    int64_t now_unix_ms = answer->received_unix_ms + answer->clock_offset_ms;

    if (schedule_add_page(&reader->reading, &answer->body, now_unix_ms, &reader->got, &reader->err) < 0)
        (void)error_wrap(&reader->err, "decode the list of workspaces");
}

static void decode_done(void *context)
{
    struct schedule_reader *reader = context;
    struct refresh *refresh = reader->refresh;

    buffer_clear(&reader->answer.body);
    reader->offset += reader->got;
    if (reader->err.code != ERROR_NONE) {
        give_up(reader, &reader->err);
    } else if (reader->got >= CODER_WORKSPACES_PAGE && reader->offset < WORKSPACES_MAX) {
        loop_timer_after(reader->timer, PAGE_SPACE_MS);
    } else {
        note_outcome(reader, NULL);
        schedule_sort(&reader->reading);
        cluster_told_set_schedule(&refresh->told, schedule_move(&reader->reading));
        ask_later(reader);
        refresh_want_build(refresh);
    }
    refresh_rest(refresh);
}

static void on_page(void *context, struct coder_answer *answer, const struct error *err, int64_t retry_after_ms UNUSED)
{
    struct schedule_reader *reader = context;

    reader->call = NULL;
    reader->err = (struct error){0};
    reader->got = 0;
    if (err) {
        give_up(reader, err);
        return;
    }
    reader->answer = *answer;
    reader->answer.body = buffer_move(&answer->body);
    if (worker_submit(reader->refresh->options.worker, decode_work, decode_done, reader) < 0) {
        buffer_clear(&reader->answer.body);
        ask_later(reader);
        return;
    }
    reader->refresh->busy++;
}

static void on_timer(void *context)
{
    struct schedule_reader *reader = context;
    struct error err = {0};

    if (reader->refresh->stopped)
        return;
    reader->call = coder_list_workspaces(reader->refresh->client, reader->offset, on_page, reader, &err);
    if (!reader->call)
        give_up(reader, &err);
}

/* --- its life --- */

void refresh_drop_schedule(struct refresh *refresh)
{
    struct schedule_reader *reader = refresh->schedule_reader;

    if (!reader)
        return;
    if (reader->call)
        coder_call_cancel(reader->call);
    loop_timer_free(reader->timer);
    buffer_clear(&reader->answer.body);
    schedule_clear(&reader->reading);
    free(reader);
    refresh->schedule_reader = NULL;
}

int refresh_start_schedule(struct refresh *refresh, struct error *err)
{
    struct schedule_reader *reader;

    if (!config_wants_schedule(refresh->config))
        return 0;
    reader = calloc(1, sizeof(*reader));
    if (!reader)
        return error_no_memory(err);
    reader->refresh = refresh;
    reader->timer = loop_timer_new(refresh->options.loop, on_timer, reader);
    if (!reader->timer) {
        free(reader);
        return error_no_memory(err);
    }
    refresh->schedule_reader = reader;
    loop_timer_after(reader->timer, FIRST_AFTER_MS);
    return 0;
}
