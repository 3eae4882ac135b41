#include "apiservice/wire_item.h"

#include <string.h>

#include "base/duration.h"

static void insert_label(struct wire_item *item, struct metric_label label)
{
    size_t at = item->n_labels++;

    for (; at > 0 && strcmp(item->labels[at - 1].name, label.name) > 0; at--)
        item->labels[at] = item->labels[at - 1];
    item->labels[at] = label;
}

/* The label "window" says "now", "1h", "24h"; other families have one window or none. */
static void find_window(struct wire_item *item, const struct metric_family *family)
{
    int64_t window_ms;

    item->window_seconds = family->window_seconds;
    item->has_window = family->window_seconds > 0;
    for (size_t i = 0; i < item->n_labels; i++) {
        if (strcmp(item->labels[i].name, "window") != 0)
            continue;
        if (strcmp(item->labels[i].value, "now") == 0)
            window_ms = 0;
        else if (!duration_parse(item->labels[i].value, &window_ms))
            return;
        item->has_window = true;
        item->window_seconds = window_ms / 1000;
    }
}

struct wire_item wire_item_of(const struct metric_set *set, const struct metric_sample *sample)
{
    struct wire_item item = {
        .metric_name = set->family->name, .timestamp_unix_ms = set->timestamp_unix_ms, .value_milli = sample->value_milli};

    for (size_t i = 0; i < sample->n_labels && i < METRIC_LABELS_MAX; i++)
        insert_label(&item, sample->labels[i]);
    find_window(&item, set->family);
    return item;
}
