#include "apiservice/wire_json.h"

#include <string.h>

#include "base/escape.h"
#include "base/timestamp.h"
#include "kube/quantity.h"

void wire_json_item(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out)
{
    char timestamp[TIMESTAMP_TEXT_MAX];
    char value[QUANTITY_TEXT_MAX];

    (void)buffer_add_text(out, "{\"metricName\":");
    escape_json_string(out, set->family->name, strlen(set->family->name));
    (void)buffer_add_text(out, ",\"metricLabels\":{");
    for (size_t i = 0; i < sample->n_labels; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        escape_json_string(out, sample->labels[i].name, strlen(sample->labels[i].name));
        (void)buffer_add_char(out, ':');
        escape_json_string(out, sample->labels[i].value, strlen(sample->labels[i].value));
    }
    timestamp_format(set->timestamp_unix_ms, timestamp);
    (void)quantity_format_milli(sample->value_milli, value);
    (void)buffer_printf(out, "},\"timestamp\":\"%s\",\"value\":\"%s\"}", timestamp, value);
}
