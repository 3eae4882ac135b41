#include "apiservice/wire_json.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "apiservice/discovery.h"
#include "apiservice/wire_name.h"
#include "base/escape.h"
#include "base/timestamp.h"
#include "kube/quantity.h"

static void write_string(struct buffer *out, const char *text)
{
    escape_json_string(out, text, strlen(text));
}

static void write_labels(const struct wire_item *item, struct buffer *out)
{
    for (size_t i = 0; i < item->n_labels; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        write_string(out, item->labels[i].name);
        (void)buffer_add_char(out, ':');
        write_string(out, item->labels[i].value);
    }
}

static void write_timestamp(int64_t unix_ms, struct buffer *out)
{
    char timestamp[TIMESTAMP_TEXT_MAX];

    if (unix_ms == 0) {
        (void)buffer_add_text(out, "null");
        return;
    }
    timestamp_format(unix_ms, timestamp);
    (void)buffer_printf(out, "\"%s\"", timestamp);
}

void wire_json_members(const struct wire_item *item, struct buffer *out)
{
    char value[QUANTITY_TEXT_MAX];

    (void)buffer_add_text(out, "\"metricName\":");
    write_string(out, item->metric_name);
    (void)buffer_add_text(out, ",\"metricLabels\":{");
    write_labels(item, out);
    (void)buffer_add_text(out, "},\"timestamp\":");
    write_timestamp(item->timestamp_unix_ms, out);
    if (item->has_window)
        (void)buffer_printf(out, ",\"window\":%" PRId64, item->window_seconds);
    (void)quantity_format_milli(item->value_milli, value);
    (void)buffer_printf(out, ",\"value\":\"%s\"", value);
}

void wire_json_metadata(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out)
{
    char name[WIRE_NAME_MAX];

    wire_name(sample, name);
    (void)buffer_printf(out, "{\"name\":\"%s\"", name); /* letters, digits, hyphens and dots */
    if (strcmp(set->name_space, "*") != 0) {
        (void)buffer_add_text(out, ",\"namespace\":");
        write_string(out, set->name_space);
    }
    (void)buffer_add_char(out, '}');
}

void wire_json_item(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out)
{
    const struct wire_item item = wire_item_of(set, sample);

    assert(set->family->kind != NULL); /* a local family has none, and is no external metric */
    (void)buffer_printf(out, "{\"kind\":\"%s\",\"apiVersion\":\"" API_GROUP_VERSION "\",\"metadata\":", set->family->kind);
    wire_json_metadata(set, sample, out);
    (void)buffer_add_char(out, ',');
    wire_json_members(&item, out);
    (void)buffer_add_char(out, '}');
}

void wire_json_append(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out)
{
    const struct metric_bytes *made = sample->wire ? &sample->wire[METRIC_FORM_JSON] : NULL;

    if (made && made->data)
        (void)buffer_append(out, made->data, made->len);
    else
        wire_json_item(set, sample, out);
}
