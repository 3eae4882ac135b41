#include "test/unit/queue/model_world.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"

static const int64_t now_ms = 1789372800000;

static void tags_from(const char *text, struct tags *out)
{
    struct error err = {0};
    char key[64], value[64];
    int used = 0;

    for (; sscanf(text, "%63[^=]=%63[^,]%n", key, value, &used) == 2; text += text[used] == ',' ? used + 1 : used)
        ck_assert_int_eq(tags_set(out, key, value, &err), 0);
    ck_assert_msg(*text == '\0', "tags end in '%s'", text);
    ck_assert_int_eq(tags_normalize(out, &err), 0);
}

static void add_json_tags(const char *text, struct buffer *out)
{
    CLEANUP(tags_clear) struct tags tags = {0};

    tags_from(text, &tags);
    for (size_t i = 0; i < tags.len; i++)
        (void)buffer_printf(out, "%s\"%s\":\"%s\"", i == 0 ? ",\"tags\":{" : ",", tags.pairs[i].key, tags.pairs[i].value);
    (void)buffer_add_char(out, '}');
}

static void add_id(const char *name, int kind, int id, struct buffer *out)
{
    (void)buffer_printf(out, "\"%s\":\"%08d-0000-4000-8000-%012d\"", name, kind, id);
}

enum { KIND_JOB = 1, KIND_DAEMON = 2 };

static void decode_jobs(const struct world_job *rows, struct job_list *out)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536);
    struct error err = {0};
    char created[TIMESTAMP_TEXT_MAX];

    (void)buffer_add_char(&body, '[');
    for (const struct world_job *row = rows; row->status; row++) {
        timestamp_format(now_ms - (int64_t)row->age_s * 1000, created);
        (void)buffer_add_text(&body, row == rows ? "{" : ",{");
        add_id("id", KIND_JOB, row->id, &body);
        (void)buffer_printf(&body, ",\"created_at\":\"%s\",\"status\":\"%s\",\"type\":\"workspace_build\"", created, row->status);
        if (row->worker != 0) {
            (void)buffer_add_char(&body, ',');
            add_id("worker_id", KIND_DAEMON, row->worker, &body);
        }
        if (row->prebuild)
            (void)buffer_add_text(&body, ",\"initiator_id\":\"c42fdf75-3097-471c-8c33-fb52454d81c0\"");
        add_json_tags(row->tags, &body);
        (void)buffer_add_char(&body, '}');
    }
    (void)buffer_add_char(&body, ']');
    ck_assert_msg(job_list_decode(body.data, body.len, 0, out, &err) == 0, "%s", err.text);
}

static void decode_daemons(const struct world_daemon *rows, struct daemon_list *out)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536);
    struct error err = {0};

    (void)buffer_add_char(&body, '[');
    for (const struct world_daemon *row = rows; row->status; row++) {
        (void)buffer_add_text(&body, row == rows ? "{" : ",{");
        add_id("id", KIND_DAEMON, row->id, &body);
        (void)buffer_printf(&body, ",\"status\":\"%s\",\"key_name\":\"%s\"", row->status, row->built_in ? "built-in" : "key");
        if (row->job != 0) {
            (void)buffer_add_text(&body, ",\"current_job\":{");
            add_id("id", KIND_JOB, row->job, &body);
            (void)buffer_add_char(&body, '}');
        }
        add_json_tags(row->tags, &body);
        (void)buffer_add_char(&body, '}');
    }
    (void)buffer_add_char(&body, ']');
    ck_assert_msg(daemon_list_decode(body.data, body.len, now_ms, out, &err) == 0, "%s", err.text);
}

void world_model(const struct world *world, struct queue_model *out)
{
    CLEANUP(job_list_clear) struct job_list jobs = {0};
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    struct queue_spec specs[WORLD_MAX] = {0};
    const struct queue_spec *pointers[WORLD_MAX];
    struct queue_model_input input = {.specs = pointers, .jobs = &jobs, .daemons = &daemons, .now_unix_ms = now_ms};
    struct error err = {0};

    for (const struct world_queue *row = world->queues; row->tags; row++) {
        specs[input.n_specs].replicas_max = row->max;
        tags_from(row->tags, &specs[input.n_specs].tags);
        pointers[input.n_specs] = &specs[input.n_specs];
        input.n_specs++;
    }
    decode_jobs(world->jobs, &jobs);
    decode_daemons(world->daemons, &daemons);
    ck_assert_msg(queue_model_make(&input, out, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < input.n_specs; i++)
        queue_spec_clear(&specs[i]);
}

static void print_strays(const char *name, const struct stray_list *strays, struct buffer *out)
{
    if (strays->len > 0)
        (void)buffer_printf(out, " %s", name);
    for (size_t i = 0; i < strays->len; i++) {
        (void)buffer_add_char(out, ' ');
        tags_print(&strays->items[i].tags, out);
        (void)buffer_printf(out, ":%jd", (intmax_t)strays->items[i].count);
    }
}

void world_print(const struct queue_model *model, struct buffer *out)
{
    for (size_t i = 0; i < model->n_queues; i++)
        (void)buffer_printf(out, "%s%jd+%jd", i == 0 ? "" : " ", (intmax_t)model->queues[i].waiting_total,
                            (intmax_t)model->queues[i].active_total);
    print_strays("unserved", &model->unserved, out);
    print_strays("unmanaged", &model->unmanaged, out);
}
