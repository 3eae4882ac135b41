#include "apiservice/external_metric_refusal.h"

#include <string.h>

#include "base/duration.h"

enum { CONFLICT_VALUES_MAX = 8 };

void refusal_write_stale(const struct reading *reading, const struct metric_source *source, struct buffer *message)
{
    int64_t age_ms = metric_source_age_ms(source, reading->query->now_boot_ms);
    char age[DURATION_TEXT_MAX], allowed[DURATION_TEXT_MAX];

    duration_format(source->stale_after_ms, allowed);
    if (age_ms == INT64_MAX) {
        (void)buffer_printf(message, "%s: source %s was not read yet", reading->family->name, source->name);
    } else {
        duration_format(age_ms - age_ms % 1000, age);
        (void)buffer_printf(message, "%s: source %s is stale: last read %s ago, more than the %s allowed", reading->family->name,
                            source->name, age, allowed);
    }
    if (source->last_error[0] != '\0')
        (void)buffer_printf(message, "; last error: %s", source->last_error);
}

/* Values of a label that may not be summed. */
struct conflict {
    const char *label;
    const char *values[CONFLICT_VALUES_MAX];
    size_t n_values; /* may be more than there is room for */
};

static void conflict_add(struct conflict *conflict, const char *value)
{
    size_t stored = conflict->n_values < CONFLICT_VALUES_MAX ? conflict->n_values : CONFLICT_VALUES_MAX;

    for (size_t i = 0; i < stored; i++)
        if (strcmp(conflict->values[i], value) == 0)
            return;
    if (conflict->n_values < CONFLICT_VALUES_MAX)
        conflict->values[conflict->n_values] = value;
    conflict->n_values++;
}

static void collect_values(const struct reading *reading, size_t label, struct conflict *conflict)
{
    struct reading_cursor cursor = {0};
    const struct metric_set *set;

    for (const struct metric_sample *sample; (sample = reading_next(reading, &cursor, &set));)
        if (label < sample->n_labels)
            conflict_add(conflict, sample->labels[label].value);
}

static bool find_conflict(const struct reading *reading, struct conflict *conflict)
{
    for (size_t label = 0; reading->family->labels[label].name; label++) {
        if (reading->family->labels[label].summable)
            continue;
        *conflict = (struct conflict){.label = reading->family->labels[label].name};
        collect_values(reading, label, conflict);
        if (conflict->n_values > 1)
            return true;
    }
    return false;
}

static void write_conflict(const struct reading *reading, const struct conflict *conflict, struct buffer *message)
{
    (void)buffer_printf(message, "%s: an autoscaler adds all items up, but the label %s may not be summed and has several values here (",
                        reading->family->name, conflict->label);
    for (size_t i = 0; i < conflict->n_values && i < CONFLICT_VALUES_MAX; i++)
        (void)buffer_printf(message, "%s%s", i > 0 ? ", " : "", conflict->values[i]);
    (void)buffer_printf(message, "%s); add one to the selector, for example %s=%s", conflict->n_values > CONFLICT_VALUES_MAX ? ", ..." : "",
                        conflict->label, conflict->values[0]);
}

int reading_refuse_stale(const struct reading *reading, struct buffer *message)
{
    const struct metric_source *stale = reading_stale_source(reading);

    if (!stale)
        return 0;
    refusal_write_stale(reading, stale, message);
    return 503;
}

int reading_refuse_sum(const struct reading *reading, struct buffer *message)
{
    struct conflict conflict;

    if (!find_conflict(reading, &conflict))
        return 0;
    write_conflict(reading, &conflict, message);
    return 400;
}

int reading_refuse(const struct reading *reading, struct buffer *message)
{
    int code = reading_refuse_stale(reading, message);

    return code != 0 ? code : reading_refuse_sum(reading, message);
}
