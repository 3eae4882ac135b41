#include "apiservice/explain.h"

#include <inttypes.h>
#include <string.h>

#include "apiservice/external_metric_refusal.h"
#include "base/escape.h"
#include "base/timestamp.h"

enum { MESSAGE_MAX = 4096 };

/* --- what an autoscaler adds up --- */

/* False: it gets an error or no item at all, which is the same to it. */
static bool add_up(const struct reading *reading, int64_t *sum_milli)
{
    struct reading_cursor cursor = {0};
    const struct metric_set *set;
    size_t n = 0;

    *sum_milli = 0;
    for (const struct metric_sample *sample; (sample = reading_next(reading, &cursor, &set)); n++)
        if (__builtin_add_overflow(*sum_milli, sample->value_milli, sum_milli))
            return false;
    return n > 0;
}

/* The same question without what it says about the queue. */
static void leave_queue_out(struct selector *selector)
{
    size_t kept = 0;

    for (size_t i = 0; i < selector->n_requirements; i++)
        if (!text_slice_is(selector->requirements[i].key, "queue"))
            selector->requirements[kept++] = selector->requirements[i];
    selector->n_requirements = kept;
}

static bool add_up_without_queue(const struct reading *reading, int64_t *sum_milli)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_MAX);
    struct reading wider = *reading;

    leave_queue_out(&wider.selector);
    reading_begin(&wider);
    return reading_refuse(&wider, &message) == 0 && add_up(&wider, sum_milli);
}

/* --- writing --- */

static void write_text(struct buffer *out, const char *text)
{
    escape_json_string(out, text, strlen(text));
}

/* Never negative. */
static void write_milli(struct buffer *out, int64_t milli)
{
    int64_t rest = milli % 1000;
    int digits = 3;

    (void)buffer_printf(out, "%" PRId64, milli / 1000);
    if (rest == 0)
        return;
    for (; rest % 10 == 0; rest /= 10)
        digits--;
    (void)buffer_printf(out, ".%0*" PRId64, digits, rest);
}

static void write_milli_or_null(struct buffer *out, bool known, int64_t milli)
{
    if (known)
        write_milli(out, milli);
    else
        (void)buffer_add_text(out, "null");
}

static void write_question(const struct reading *reading, struct buffer *out)
{
    const struct external_metric_query *query = reading->query;

    (void)buffer_add_text(out, "{\"metric\":");
    write_text(out, reading->family->name);
    (void)buffer_add_text(out, ",\"namespace\":");
    write_text(out, query->name_space ? query->name_space : "");
    (void)buffer_add_text(out, ",\"selector\":");
    write_text(out, query->selector ? query->selector : "");
}

static void write_outcome(const struct reading *reading, struct buffer *out)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_MAX);
    bool refused = reading_refuse(reading, &message) != 0, known;
    int64_t sum_milli = 0;

    known = !refused && add_up(reading, &sum_milli);
    (void)buffer_add_text(out, ",\"hpaReads\":");
    write_milli_or_null(out, known, sum_milli);
    (void)buffer_add_text(out, ",\"error\":");
    if (refused)
        write_text(out, buffer_text(&message));
    else
        (void)buffer_add_text(out, "null");
}

/* The age of the oldest of its sources; INT64_MAX while one was never read, 0 for our own word. */
static int64_t age_of(const struct reading *reading, const struct metric_set *set)
{
    size_t n_sources;
    const struct metric_source *sources = metric_snapshot_sources(reading->query->snapshot, &n_sources);
    int64_t oldest = 0;

    for (size_t i = 0; i < set->n_sources; i++) {
        int64_t age = metric_source_age_ms(&sources[set->sources[i]], reading->query->now_boot_ms);

        oldest = age > oldest ? age : oldest;
    }
    return oldest;
}

static void write_labels(const struct metric_sample *sample, struct buffer *out)
{
    (void)buffer_add_text(out, "{\"labels\":{");
    for (size_t i = 0; i < sample->n_labels; i++) {
        (void)buffer_add_text(out, i > 0 ? "," : "");
        write_text(out, sample->labels[i].name);
        (void)buffer_add_char(out, ':');
        write_text(out, sample->labels[i].value);
    }
    (void)buffer_add_char(out, '}');
}

static void write_item(const struct reading *reading, const struct metric_set *set, const struct metric_sample *sample, struct buffer *out)
{
    int64_t age_ms = age_of(reading, set);
    char stamp[TIMESTAMP_TEXT_MAX];
    bool was_read = age_ms != INT64_MAX;

    write_labels(sample, out);
    (void)buffer_add_text(out, ",\"value\":");
    write_milli_or_null(out, was_read, sample->value_milli);
    (void)buffer_add_text(out, ",\"timestamp\":");
    timestamp_format(set->timestamp_unix_ms, stamp);
    if (was_read && set->timestamp_unix_ms > 0)
        (void)buffer_printf(out, "\"%s\"", stamp);
    else
        (void)buffer_add_text(out, "null");
    (void)buffer_add_text(out, ",\"ageSeconds\":");
    write_milli_or_null(out, was_read, age_ms);
    (void)buffer_printf(out, ",\"explanation\":%s}", was_read && set->explanation ? set->explanation : "null");
}

static void write_items(const struct reading *reading, struct buffer *out)
{
    struct reading_cursor cursor = {0};
    const struct metric_set *set;
    bool first = true;

    (void)buffer_add_text(out, ",\"items\":[");
    for (const struct metric_sample *sample; (sample = reading_next(reading, &cursor, &set)); first = false) {
        (void)buffer_add_text(out, first ? "" : ",");
        write_item(reading, set, sample, out);
    }
    (void)buffer_add_char(out, ']');
}

static bool has_source(const struct metric_set *set, size_t source)
{
    for (size_t i = 0; i < set->n_sources; i++)
        if (set->sources[i] == source)
            return true;
    return false;
}

/* Does the answer hang on it? Also when its sets have no series now. */
static bool depends_on(const struct reading *reading, size_t source)
{
    for (size_t i = reading->first_visible; i < reading->end_visible; i++)
        if (has_source(&reading->sets[i], source) && reading_sees(reading, &reading->sets[i]))
            return true;
    return false;
}

static void write_source(const struct metric_source *source, int64_t now_boot_ms, struct buffer *out)
{
    int64_t age_ms = metric_source_age_ms(source, now_boot_ms);

    (void)buffer_add_text(out, "{\"name\":");
    write_text(out, source->name);
    (void)buffer_add_text(out, ",\"ageSeconds\":");
    write_milli_or_null(out, age_ms != INT64_MAX, age_ms);
    (void)buffer_add_text(out, ",\"staleAfterSeconds\":");
    write_milli(out, source->stale_after_ms);
    (void)buffer_printf(out, ",\"stale\":%s,\"lastError\":", metric_source_is_stale(source, now_boot_ms) ? "true" : "false");
    if (source->last_error[0] != '\0')
        write_text(out, source->last_error);
    else
        (void)buffer_add_text(out, "null");
    (void)buffer_add_char(out, '}');
}

static void write_sources(const struct reading *reading, struct buffer *out)
{
    size_t n_sources;
    const struct metric_source *sources = metric_snapshot_sources(reading->query->snapshot, &n_sources);
    bool first = true;

    (void)buffer_add_text(out, ",\"sources\":[");
    for (size_t i = 0; i < n_sources; i++) {
        if (!depends_on(reading, i))
            continue;
        (void)buffer_add_text(out, first ? "" : ",");
        write_source(&sources[i], reading->query->now_boot_ms, out);
        first = false;
    }
    (void)buffer_add_char(out, ']');
}

static void write_explanation(const struct reading *reading, struct response *response)
{
    struct buffer *out = &response->body;
    int64_t sum_milli = 0;
    bool known = add_up_without_queue(reading, &sum_milli);

    response->status = 200;
    response->content_type = "application/json";
    write_question(reading, out);
    write_outcome(reading, out);
    write_items(reading, out);
    write_sources(reading, out);
    (void)buffer_add_text(out, ",\"withoutQueueSelector\":");
    write_milli_or_null(out, known, sum_milli);
    (void)buffer_add_text(out, "}\n");
}

struct external_metric_subject explain_answer(const struct external_metric_query *query, struct response *response)
{
    struct reading reading; /* not zeroed: see external_metric_open */
    struct external_metric_subject subject = {.queue = ""};

    subject.family = external_metric_open(query, &reading, response);
    if (subject.family && response->status == 0) {
        subject.queue = reading_only_queue(&reading);
        write_explanation(&reading, response);
    }
    return subject;
}
