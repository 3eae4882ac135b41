#include "apiservice/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "apiservice/wire_json.h"
#include "base/duration.h"
#include "base/escape.h"

enum { CELL_MAX = 64 * 1024, NUMBER_TEXT_MAX = 32, SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS };

static const struct {
    const char *name, *description;
    int priority; /* 1: with -o wide only */
} columns[] = {
    {"Metric", "Name of the metric", 0},
    {"Labels", "Labels that tell the series of the metric apart", 0},
    {"Value", "The value as a decimal number", 0},
    {"Age", "Time since the sources of the value were read", 0},
    {"Source", "What the value was read from", 1},
    {"Window", "The time that the value is about; <none>: the moment at which it was read", 1},
};

int table_object_parse(const char *include_object, enum table_object *out, struct error *err)
{
    static const struct {
        const char *word;
        enum table_object object;
    } words[] = {
        {"", TABLE_OBJECT_METADATA}, {"Metadata", TABLE_OBJECT_METADATA}, {"Object", TABLE_OBJECT_ITEM}, {"None", TABLE_OBJECT_NONE}};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (strcmp(include_object ? include_object : "", words[i].word) == 0) {
            *out = words[i].object;
            return 0;
        }
    }
    return error_set(
        err, ERROR_INVALID,
        "Unable to convert to Table as requested: includeObject: Invalid value: \"%.64s\": must be 'Metadata', 'Object', 'None', "
        "or empty",
        include_object);
}

void table_begin(struct table *table)
{
    table->n_rows = 0;
    (void)buffer_printf(table->out, "{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":{},\"columnDefinitions\":[",
                        table->options.version);
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        (void)buffer_printf(table->out, "%s{\"name\":\"%s\",\"type\":\"string\",\"format\":\"\",\"description\":\"%s\",\"priority\":%d}",
                            i > 0 ? "," : "", columns[i].name, columns[i].description, columns[i].priority);
    (void)buffer_add_text(table->out, "],\"rows\":[");
}

/* "queue=red,status=idle", as a selector is written. */
/* A cell that could not be made fails the table: an empty one would be false. */
static void write_cell(const struct buffer *text, struct buffer *out)
{
    if (buffer_failed(text))
        out->failed = true;
    escape_json_string(out, buffer_text(text), text->len);
}

static void write_labels(const struct metric_sample *sample, struct buffer *out)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(CELL_MAX);

    for (size_t i = 0; i < sample->n_labels; i++)
        (void)buffer_printf(&text, "%s%s=%s", i > 0 ? "," : "", sample->labels[i].name, sample->labels[i].value);
    if (sample->n_labels == 0)
        (void)buffer_add_text(&text, "<none>");
    write_cell(&text, out);
}

/* "42", "0.25": people read a table, and 250m is no ratio to them. */
static void format_decimal(int64_t milli, char out[NUMBER_TEXT_MAX])
{
    int len = snprintf(out, NUMBER_TEXT_MAX, "%" PRId64 ".%03d", milli / 1000, (int)(milli % 1000));

    while (len > 0 && out[len - 1] == '0')
        out[--len] = '\0';
    if (len > 0 && out[len - 1] == '.')
        out[len - 1] = '\0';
}

/* "3s", "2m5s", "4h10m": what is left out is small beside the rest. */
static void format_age(int64_t age_ms, char out[DURATION_TEXT_MAX])
{
    int64_t unit = age_ms < HOUR_MS ? SECOND_MS : MINUTE_MS;

    duration_format(age_ms - age_ms % unit, out);
}

/* Of the oldest of its sources; a value of our own has no age. */
static void write_age(const struct table *table, const struct metric_set *set)
{
    size_t n_sources;
    const struct metric_source *sources = metric_snapshot_sources(table->snapshot, &n_sources);
    char text[DURATION_TEXT_MAX];
    int64_t oldest_ms = 0;

    for (size_t i = 0; i < set->n_sources; i++) {
        int64_t age_ms = metric_source_age_ms(&sources[set->sources[i]], table->now_boot_ms);

        oldest_ms = age_ms > oldest_ms ? age_ms : oldest_ms;
    }
    format_age(oldest_ms, text);
    (void)buffer_printf(table->out, "\"%s\"", set->n_sources > 0 ? text : "<none>");
}

static void write_sources(const struct table *table, const struct metric_set *set)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(CELL_MAX);
    size_t n_sources;
    const struct metric_source *sources = metric_snapshot_sources(table->snapshot, &n_sources);

    for (size_t i = 0; i < set->n_sources; i++)
        (void)buffer_printf(&text, "%s%s", i > 0 ? "," : "", sources[set->sources[i]].name);
    if (set->n_sources == 0)
        (void)buffer_add_text(&text, "<none>");
    write_cell(&text, table->out);
}

static void write_window(const struct wire_item *item, struct buffer *out)
{
    char text[DURATION_TEXT_MAX];

    duration_format(item->window_seconds * SECOND_MS, text);
    (void)buffer_printf(out, "\"%s\"", item->window_seconds > 0 ? text : "<none>");
}

static void write_object(const struct table *table, const struct metric_set *set, const struct metric_sample *sample)
{
    if (table->options.object == TABLE_OBJECT_NONE) {
        (void)buffer_add_text(table->out, ",\"object\":null");
        return;
    }
    (void)buffer_add_text(table->out, ",\"object\":");
    if (table->options.object == TABLE_OBJECT_ITEM) {
        wire_json_append(set, sample, table->out);
        return;
    }
    (void)buffer_printf(table->out,
                        "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":", table->options.version);
    wire_json_metadata(set, sample, table->out);
    (void)buffer_add_char(table->out, '}');
}

void table_row(struct table *table, const struct metric_set *set, const struct metric_sample *sample)
{
    const struct wire_item item = wire_item_of(set, sample);
    char value[NUMBER_TEXT_MAX];

    format_decimal(sample->value_milli, value);
    (void)buffer_printf(table->out, "%s{\"cells\":[\"%s\",", table->n_rows++ > 0 ? "," : "", set->family->name);
    write_labels(sample, table->out);
    (void)buffer_printf(table->out, ",\"%s\",", value);
    write_age(table, set);
    (void)buffer_add_char(table->out, ',');
    write_sources(table, set);
    (void)buffer_add_char(table->out, ',');
    write_window(&item, table->out);
    (void)buffer_add_char(table->out, ']');
    write_object(table, set, sample);
    (void)buffer_add_char(table->out, '}');
}

void table_end(struct table *table)
{
    (void)buffer_add_text(table->out, "]}\n");
}
