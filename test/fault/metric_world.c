#include "test/fault/metric_world.h"

#include <stdio.h>

#include "apiservice/wire_json.h"

const struct metric_family metric_world_family = {
    .name = "queue_depth",
    .kind = "QueueDepth",
    .short_name = "qd",
    .help = "Jobs that wait",
    .labels = {{"queue", true}, {"organization", true}, {"job_type", true}},
};

static void add_queue(struct metric_builder *builder, unsigned source, int number)
{
    char name[16];
    struct metric_label labels[] = {{"queue", name}, {"organization", "acme"}, {"job_type", "workspace_build"}};
    const struct metric_set_key key = {
        .family = &metric_world_family, .name_space = "coder", .identity = labels, .n_identity = 2, .sources = &source, .n_sources = 1};

    (void)snprintf(name, sizeof(name), "queue-%d", number);
    metric_builder_begin(builder, &key);
    metric_builder_sample(builder, labels, 3, (int64_t)number * 1000);
    labels[2].value = "template_version_import";
    metric_builder_sample(builder, labels, 3, 1500);
}

int metric_world_snapshot(struct metric_snapshot **out, struct error *err)
{
    CLEANUP(metric_builder_freep) struct metric_builder *builder = metric_builder_new();
    const struct metric_source source = {.name = "coder/acme/jobs",
                                         .read_unix_ms = INT64_C(1767323045000),
                                         .read_boot_ms = 90000,
                                         .stale_after_ms = METRIC_WORLD_STALE_MS,
                                         .last_error = ""};
    metric_encode *const encoders[METRIC_FORMS] = {[METRIC_FORM_JSON] = wire_json_item};
    unsigned index;

    if (!builder)
        return error_no_memory(err);
    index = metric_builder_source(builder, &source);
    for (int i = 0; i < METRIC_WORLD_QUEUES; i++)
        add_queue(builder, index, i);
    return metric_builder_finish(builder, encoders, out, err);
}
