#include "adapter/explain_report.h"

#include <string.h>

#include "base/duration.h"
#include "base/escape.h"

static const double seconds_max = 1e12; /* beyond any age; keeps the conversion defined */

static void write_escaped(struct buffer *out, const char *text)
{
    escape_controls(out, text, strlen(text));
}

static void write_number(struct buffer *out, const json_t *number)
{
    if (json_is_integer(number))
        (void)buffer_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
    else if (json_is_real(number))
        (void)buffer_printf(out, "%.15g", json_real_value(number));
    else
        (void)buffer_add_text(out, "unknown");
}

/* "1.5s", "2m30s": of a number of seconds. */
static void write_seconds(struct buffer *out, const json_t *number)
{
    double seconds = json_number_value(number);
    char text[DURATION_TEXT_MAX];

    if (!json_is_number(number) || seconds < 0 || seconds > seconds_max) {
        (void)buffer_add_text(out, "unknown");
        return;
    }
    duration_format((int64_t)(seconds * 10 + 0.5) * 100, text); /* tenths are enough for people */
    (void)buffer_add_text(out, text);
}

/* --- what is read --- */

static void write_question(const json_t *answer, struct buffer *out)
{
    const char *metric = json_string_value(json_object_get(answer, "metric"));
    const char *name_space = json_string_value(json_object_get(answer, "namespace"));
    const char *selector = json_string_value(json_object_get(answer, "selector"));

    write_escaped(out, metric ? metric : "unknown");
    (void)buffer_add_text(out, " in namespace ");
    write_escaped(out, name_space ? name_space : "unknown");
    (void)buffer_add_text(out, selector && selector[0] != '\0' ? ", selector " : ", no selector");
    write_escaped(out, selector ? selector : "");
    (void)buffer_add_char(out, '\n');
}

static void write_outcome(const json_t *answer, struct buffer *out)
{
    const char *error = json_string_value(json_object_get(answer, "error"));
    const json_t *reads = json_object_get(answer, "hpaReads");

    if (error) {
        (void)buffer_add_text(out, "the HPA reads no value and holds: ");
        write_escaped(out, error);
    } else if (json_is_number(reads)) {
        (void)buffer_add_text(out, "the HPA reads ");
        write_number(out, reads);
    } else {
        (void)buffer_add_text(out, "the HPA reads no value and holds: no series matches; is the selector right, and the namespace?");
    }
    (void)buffer_add_char(out, '\n');
}

/* --- series --- */

static void write_labels(json_t *labels, struct buffer *out)
{
    const char *name;
    json_t *value;
    bool first = true;

    json_object_foreach (labels, name, value) {
        (void)buffer_add_text(out, first ? "" : ",");
        write_escaped(out, name);
        (void)buffer_add_char(out, '=');
        write_escaped(out, json_is_string(value) ? json_string_value(value) : "?");
        first = false;
    }
}

static void write_item(const json_t *item, struct buffer *out)
{
    const char *summary = json_string_value(json_object_get(json_object_get(item, "explanation"), "summary"));
    const json_t *age = json_object_get(item, "ageSeconds");

    (void)buffer_add_text(out, "  ");
    write_labels(json_object_get(item, "labels"), out);
    (void)buffer_add_text(out, ": ");
    write_number(out, json_object_get(item, "value"));
    if (json_is_number(age)) {
        (void)buffer_add_text(out, ", ");
        write_seconds(out, age);
        (void)buffer_add_text(out, " old");
    }
    (void)buffer_add_char(out, '\n');
    if (summary) {
        (void)buffer_add_text(out, "    ");
        write_escaped(out, summary);
        (void)buffer_add_char(out, '\n');
    }
}

static void write_items(const json_t *answer, struct buffer *out)
{
    size_t index;
    json_t *item;

    json_array_foreach (json_object_get(answer, "items"), index, item)
        write_item(item, out);
}

/* --- sources --- */

static void write_source(const json_t *source, struct buffer *out)
{
    const char *name = json_string_value(json_object_get(source, "name"));
    const char *error = json_string_value(json_object_get(source, "lastError"));
    const json_t *age = json_object_get(source, "ageSeconds");

    (void)buffer_add_text(out, "  ");
    write_escaped(out, name ? name : "unknown");
    if (json_is_number(age)) {
        (void)buffer_add_text(out, ": read ");
        write_seconds(out, age);
        (void)buffer_add_text(out, " ago");
    } else {
        (void)buffer_add_text(out, ": not read yet");
    }
    (void)buffer_add_text(out, json_is_true(json_object_get(source, "stale")) ? ", STALE: the limit is " : ", good for ");
    write_seconds(out, json_object_get(source, "staleAfterSeconds"));
    if (error) {
        (void)buffer_add_text(out, "; last error: ");
        write_escaped(out, error);
    }
    (void)buffer_add_char(out, '\n');
}

static void write_sources(const json_t *answer, struct buffer *out)
{
    const json_t *sources = json_object_get(answer, "sources");
    size_t index;
    json_t *source;

    if (json_array_size(sources) > 0)
        (void)buffer_add_text(out, "sources:\n");
    json_array_foreach (sources, index, source)
        write_source(source, out);
}

/* --- the warning --- */

static const char *queue_of(const json_t *item)
{
    const char *queue = json_string_value(json_object_get(json_object_get(item, "labels"), "queue"));

    return queue ? queue : "";
}

static bool has_several_queues(const json_t *items)
{
    for (size_t i = 1; i < json_array_size(items); i++)
        if (strcmp(queue_of(json_array_get(items, i)), queue_of(json_array_get(items, 0))) != 0)
            return true;
    return false;
}

static void write_warning(const json_t *answer, struct buffer *out)
{
    const json_t *without = json_object_get(answer, "withoutQueueSelector"), *reads = json_object_get(answer, "hpaReads");

    if (has_several_queues(json_object_get(answer, "items"))) {
        (void)buffer_add_text(out, "warning: these are several queues, and an HPA adds them up; add queue=NAME to its selector\n");
    } else if (json_is_number(without) && json_number_value(without) != json_number_value(reads)) {
        (void)buffer_add_text(out, "warning: an HPA without the queue in its selector would add up ");
        write_number(out, without);
        (void)buffer_add_text(out, " from all queues of this namespace\n");
    }
}

void explain_report_write(const json_t *answer, struct buffer *out)
{
    write_question(answer, out);
    write_outcome(answer, out);
    write_items(answer, out);
    write_sources(answer, out);
    write_warning(answer, out);
}
