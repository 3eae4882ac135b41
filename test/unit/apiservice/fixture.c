#include "test/unit/apiservice/fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/wire_json.h"
#include "apiservice/wire_value.h"
#include "base/clock.h"
#include "base/file.h"

const struct metric_family fixture_families[FIXTURE_FAMILIES] = {
    {.name = "queue_depth",
     .kind = "QueueDepth",
     .short_name = "qd",
     .help = "Jobs that wait",
     .labels = {{"queue", true}, {"organization", true}, {"job_type", true}}},
    {.name = "provisioner_daemons",
     .kind = "ProvisionerDaemons",
     .short_name = "pd",
     .help = "Daemons by status, \"idle\" or \\busy\nor offline",
     .labels = {{"queue", true}, {"organization", true}, {"status", false}}},
    {.name = "unserved_jobs",
     .kind = "UnservedJobs",
     .short_name = "uj",
     .help = "Jobs nobody can run",
     .labels = {{"organization", true}, {"tags", true}}},
    {.name = "job_wait_seconds",
     .kind = "JobWaitSeconds",
     .short_name = "jw",
     .help = "Waiting time",
     .unit = METRIC_SECONDS,
     .labels = {{"queue", false}, {"quantile", false}}},
    {.name = "adapter_polls_total", .help = "Polls", .type = METRIC_COUNTER, .local = true, .labels = {{"organization", true}}},
};

static struct metric_source source_of(const char *name, int64_t age_ms, const struct fixture_ages *ages)
{
    int64_t now_boot_ms = ages->now_boot_ms ? ages->now_boot_ms : FIXTURE_NOW_BOOT_MS;
    const char *last_error = age_ms == ages->blue_ms ? ages->blue_error : NULL;

    struct metric_source source = {.name = name, .stale_after_ms = 60000, .last_error = last_error ? last_error : ""};

    if (age_ms >= 0) {
        source.read_boot_ms = now_boot_ms - age_ms;
        source.read_unix_ms = INT64_C(1767323045000); /* 2026-01-02T03:04:05Z */
    }
    return source;
}

struct queue_fixture {
    const char *name, *organization, *name_space;
    unsigned source;
    int64_t waiting_milli[2], daemons_milli[2];
};

static void add_queue(struct metric_builder *builder, const struct queue_fixture *queue)
{
    struct metric_label labels[] = {{"queue", queue->name}, {"organization", queue->organization}, {NULL, NULL}};
    struct metric_set_key key = {
        .name_space = queue->name_space, .identity = labels, .n_identity = 2, .sources = &queue->source, .n_sources = 1};
    static const char *const types[] = {"workspace_build", "template_import"};
    static const char *const statuses[] = {"idle", "busy"};

    key.family = &fixture_families[0];
    metric_builder_begin(builder, &key);
    for (size_t i = 0; i < 2; i++) {
        labels[2] = (struct metric_label){"job_type", types[i]};
        metric_builder_sample(builder, labels, 3, queue->waiting_milli[i]);
    }
    key.family = &fixture_families[1];
    metric_builder_begin(builder, &key);
    for (size_t i = 0; i < 2; i++) {
        labels[2] = (struct metric_label){"status", statuses[i]};
        metric_builder_sample(builder, labels, 3, queue->daemons_milli[i]);
    }
}

struct metric_snapshot *fixture_snapshot(const struct fixture_ages *ages)
{
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    const struct metric_source red = source_of("coder/acme/jobs", ages->red_ms, ages);
    const struct metric_source blue = source_of("coder/other/jobs", ages->blue_ms, ages);
    struct queue_fixture queue = {"red", "acme", "coder", 0, {42000, 1500}, {4000, 2000}};
    const struct metric_label local = {"organization", "acme"};
    metric_encode *const encoders[METRIC_FORMS] = {[METRIC_FORM_JSON] = wire_json_item, [METRIC_FORM_PROTOBUF] = wire_value_item};
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};

    queue.source = metric_builder_source(builder, &red);
    add_queue(builder, &queue);
    queue = (struct queue_fixture){"blue", "other", "*", 0, {7000, 0}, {1000, 0}};
    queue.source = metric_builder_source(builder, &blue);
    add_queue(builder, &queue);
    metric_builder_begin(builder,
                         &(struct metric_set_key){.family = &fixture_families[4], .name_space = "*", .identity = &local, .n_identity = 1});
    metric_builder_sample(builder, &local, 1, 12000);
    ck_assert_msg(metric_builder_finish(builder, encoders, &snapshot, &err) == 0, "%s", err.text);
    return snapshot;
}

struct metric_snapshot *fixture_snapshot_now(void)
{
    return fixture_snapshot(&(struct fixture_ages){.now_boot_ms = clock_boot_ms()});
}

char *fixture_text(const char *name)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1048576);
    char path[1024];
    struct error err = {0};
    char *copy;

    (void)snprintf(path, sizeof(path), "%s/wire/%s", FIXTURES, name);
    ck_assert_msg(file_read(path, &text, &err) == 0, "%s", err.text);
    copy = strdup(buffer_text(&text));
    ck_assert_ptr_nonnull(copy);
    return copy;
}

void check_bytes(const struct buffer *ours, const char *name)
{
    CLEANUP(buffer_clear) struct buffer theirs = BUFFER_INIT(1048576);
    char path[1024];
    struct error err = {0};

    (void)snprintf(path, sizeof(path), "%s/wire/%s", FIXTURES, name);
    ck_assert_msg(file_read(path, &theirs, &err) == 0, "%s", err.text);
    ck_assert_msg(ours->len == theirs.len, "%s: %zu bytes, want %zu", name, ours->len, theirs.len);
    for (size_t i = 0; i < theirs.len; i++)
        ck_assert_msg(ours->data[i] == theirs.data[i], "%s: byte %zu is %02x, want %02x", name, i, (unsigned)(unsigned char)ours->data[i],
                      (unsigned)(unsigned char)theirs.data[i]);
}

static json_t *parse(const char *text, const char *name)
{
    json_error_t why;
    json_t *document = json_loads(text, 0, &why);

    ck_assert_msg(document != NULL, "%s: %s", name, why.text);
    return document;
}

json_t *fixture_json(const char *name)
{
    char *text = fixture_text(name);
    json_t *document = parse(text, name);

    free(text);
    return document;
}

json_t *fixture_answer_json(const char *name)
{
    char *text = fixture_text(name);
    const char *body = strstr(text, "\r\n\r\n");
    json_t *document;

    ck_assert_ptr_nonnull(body);
    document = parse(body + 4, name);
    free(text);
    return document;
}

char *fixture_request_target(const char *name)
{
    char *text = fixture_text(name);
    char *blank = strchr(text, ' ');
    char *target;

    ck_assert_ptr_nonnull(blank);
    target = strndup(blank + 1, strcspn(blank + 1, " "));
    free(text);
    return target;
}

char *fixture_request_header(const char *name, const char *header)
{
    char *text = fixture_text(name);
    char wanted[128];
    const char *found;
    char *value = NULL;

    (void)snprintf(wanted, sizeof(wanted), "\r\n%s: ", header);
    found = strstr(text, wanted);
    if (found)
        value = strndup(found + strlen(wanted), strcspn(found + strlen(wanted), "\r"));
    free(text);
    return value;
}

json_t *response_json(const struct response *response)
{
    ck_assert_ptr_nonnull(response->content_type);
    ck_assert_int_eq(strncmp(response->content_type, "application/json", 16), 0);
    return parse(buffer_text(&response->body), "response");
}

const char *json_text_at(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text ? text : "";
}
