#include "adapter/capacity_settings.h"

#include <unistd.h>

#include "adapter/history_backfill.h"

static const int64_t past_ms = INT64_C(26) * 7 * 86400000;

void capacity_settings_clear(struct capacity_settings *settings)
{
    config_clear(&settings->config);
}

int capacity_settings_read(const char *path, struct capacity_settings *out, struct report_options *options, struct error *err)
{
    static const enum resilience_mode modes[] = {[CONFIG_RESILIENCE_NODE] = RESILIENCE_NODE,
                                                 [CONFIG_RESILIENCE_ZONE] = RESILIENCE_ZONE,
                                                 [CONFIG_RESILIENCE_DRAIN] = RESILIENCE_DRAIN};
    struct config_mistakes mistakes = {0};
    const struct config_node_groups *groups = &out->config.node_groups;

    if (config_read(path, &out->config, &mistakes, err) < 0)
        return -1;
    if (!groups->on)
        return error_set(err, ERROR_INVALID, "%s has no nodeGroups", path);
    options->modes[0] = modes[groups->resilience];
    options->data_services = (const char *const *)groups->data_services.items;
    options->n_data_services = groups->data_services.len;
    options->anti_affinity_most = (size_t)groups->anti_affinity_limit;
    options->lines.p1_cpu = groups->thresholds.p1.cpu;
    options->lines.p1_memory = groups->thresholds.p1.memory;
    options->lines.p2 = groups->thresholds.p2.cpu < groups->thresholds.p2.memory ? groups->thresholds.p2.cpu : groups->thresholds.p2.memory;
    return 0;
}

/* Six months into memory. */
static struct report_history *ask_prometheus(const struct config_node_groups *groups, int64_t now_unix_ms, struct error *err)
{
    const struct history_options options = {.path = "", .retention_ms = past_ms};
    struct history *history = history_open(&options, err);
    struct backfill backfill = {
        .where = &groups->usage.prometheus, .label = groups->label, .from_unix_ms = now_unix_ms - past_ms, .to_unix_ms = now_unix_ms};
    struct report_history *out = NULL;

    if (history && history_backfill(history, &backfill, err) == 0)
        out = report_history_of(history, now_unix_ms, err);
    if (!out)
        history_close(history);
    return out;
}

int capacity_settings_history(const struct capacity_settings *settings, int64_t now_unix_ms, struct report_history **out, struct error *err)
{
    const struct config_node_groups *groups = &settings->config.node_groups;
    bool kept = groups->history.path[0] != '\0' && access(groups->history.path, R_OK) == 0;

    if (!kept && groups->usage.source != CONFIG_USAGE_PROMETHEUS)
        return 0;
    *out = kept ? report_history_open(groups->history.path, now_unix_ms, err) : ask_prometheus(groups, now_unix_ms, err);
    if (!*out)
        return -1;
    report_history_set_review(*out, groups->review_period_ms);
    return 0;
}
