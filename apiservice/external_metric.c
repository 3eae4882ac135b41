#include "apiservice/external_metric.h"

#include <string.h>

#include "apiservice/selector.h"
#include "apiservice/status.h"
#include "apiservice/wire_json.h"
#include "base/duration.h"
#include "base/escape.h"

enum { CONFLICT_VALUES_MAX = 8, MESSAGE_MAX = 4096 };

/* The labels by which a selector may exclude a source (DESIGN section 4). */
static const char *const identity_keys[] = {"queue", "organization", "node_group", "node"};

struct reading {
    const struct external_metric_query *query;
    const struct metric_family *family;
    const struct metric_set *sets; /* of the family */
    size_t n_sets;
    size_t first_visible, end_visible; /* no set outside of this range is visible: most readings are of one queue of many */
    struct selector selector;
};

static bool is_identity_key(struct text_slice key)
{
    for (size_t i = 0; i < ARRAY_LEN(identity_keys); i++)
        if (text_slice_is(key, identity_keys[i]))
            return true;
    return false;
}

static bool family_has_label(const struct metric_family *family, struct text_slice key)
{
    for (const struct metric_label_spec *spec = family->labels; spec->name; spec++)
        if (text_slice_is(key, spec->name))
            return true;
    return false;
}

/* Could a sample of the set fulfill this requirement, as far as the labels tell that all its samples share? */
static bool may_fulfill(const struct selector *selector, size_t requirement, const struct metric_set *set)
{
    struct text_slice key = selector->requirements[requirement].key;

    for (size_t i = 0; i < set->n_identity; i++)
        if (text_slice_is(key, set->identity[i].name))
            return !is_identity_key(key) || selector_requirement_accepts(selector, requirement, set->identity[i].value);
    return !is_identity_key(key) || family_has_label(set->family, key) || selector_requirement_accepts(selector, requirement, NULL);
}

static bool may_match(const struct selector *selector, const struct metric_set *set)
{
    for (size_t i = 0; i < selector->n_requirements; i++)
        if (!may_fulfill(selector, i, set))
            return false;
    return true;
}

static bool is_visible(const struct reading *reading, const struct metric_set *set)
{
    const char *wanted = reading->query->name_space;

    if (wanted && strcmp(set->name_space, wanted) != 0 && strcmp(set->name_space, "*") != 0)
        return false;
    return may_match(&reading->selector, set);
}

static void find_visible(struct reading *reading)
{
    reading->first_visible = reading->end_visible = reading->n_sets;
    for (size_t i = 0; i < reading->n_sets; i++) {
        if (!is_visible(reading, &reading->sets[i]))
            continue;
        if (reading->first_visible == reading->n_sets)
            reading->first_visible = i;
        reading->end_visible = i + 1;
    }
}

/* Every visible set's sources must be fresh. NULL: they are. */
static const struct metric_source *find_stale_source(const struct reading *reading)
{
    size_t n_sources;
    const struct metric_source *sources = metric_snapshot_sources(reading->query->snapshot, &n_sources);

    for (size_t i = reading->first_visible; i < reading->end_visible; i++) {
        const struct metric_set *set = &reading->sets[i];

        if (!is_visible(reading, set))
            continue;
        for (size_t j = 0; j < set->n_sources; j++) {
            const struct metric_source *source = &sources[set->sources[j]];

            if (metric_source_is_stale(source, reading->query->now_boot_ms))
                return source;
        }
    }
    return NULL;
}

static void respond_stale(const struct reading *reading, const struct metric_source *source, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_MAX);
    int64_t age_ms = metric_source_age_ms(source, reading->query->now_boot_ms);
    char age[DURATION_TEXT_MAX], allowed[DURATION_TEXT_MAX];

    duration_format(source->stale_after_ms, allowed);
    if (age_ms == INT64_MAX) {
        (void)buffer_printf(&message, "%s: source %s was not read yet", reading->family->name, source->name);
    } else {
        duration_format(age_ms - age_ms % 1000, age);
        (void)buffer_printf(&message, "%s: source %s is stale: last read %s ago, more than the %s allowed", reading->family->name,
                            source->name, age, allowed);
    }
    if (source->last_error[0] != '\0')
        (void)buffer_printf(&message, "; last error: %s", source->last_error);
    status_respond_text(503, buffer_text(&message), response);
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
    for (size_t i = reading->first_visible; i < reading->end_visible; i++) {
        const struct metric_set *set = &reading->sets[i];

        if (!is_visible(reading, set))
            continue;
        for (size_t j = 0; j < set->n_samples; j++) {
            const struct metric_sample *sample = &set->samples[j];

            if (label < sample->n_labels && selector_matches(&reading->selector, sample->labels, sample->n_labels))
                conflict_add(conflict, sample->labels[label].value);
        }
    }
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

static void respond_conflict(const struct reading *reading, const struct conflict *conflict, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_MAX);

    (void)buffer_printf(&message, "%s: an autoscaler adds all items up, but the label %s may not be summed and has several values here (",
                        reading->family->name, conflict->label);
    for (size_t i = 0; i < conflict->n_values && i < CONFLICT_VALUES_MAX; i++)
        (void)buffer_printf(&message, "%s%s", i > 0 ? ", " : "", conflict->values[i]);
    (void)buffer_printf(&message, "%s); add one to the selector, for example %s=%s",
                        conflict->n_values > CONFLICT_VALUES_MAX ? ", ..." : "", conflict->label, conflict->values[0]);
    status_respond_text(400, buffer_text(&message), response);
}

static void write_items(const struct reading *reading, struct buffer *out)
{
    bool first = true;

    for (size_t i = reading->first_visible; i < reading->end_visible; i++) {
        const struct metric_set *set = &reading->sets[i];

        if (!is_visible(reading, set))
            continue;
        for (size_t j = 0; j < set->n_samples; j++) {
            const struct metric_sample *sample = &set->samples[j];

            if (!selector_matches(&reading->selector, sample->labels, sample->n_labels))
                continue;
            if (!first)
                (void)buffer_add_char(out, ',');
            (void)buffer_append(out, sample->wire[METRIC_FORM_JSON].data, sample->wire[METRIC_FORM_JSON].len);
            first = false;
        }
    }
}

static void respond_list(const struct reading *reading, struct response *response)
{
    response->status = 200;
    response->content_type = "application/json";
    (void)buffer_append(&response->body, WIRE_JSON_LIST_HEAD, sizeof(WIRE_JSON_LIST_HEAD) - 1);
    write_items(reading, &response->body);
    (void)buffer_append(&response->body, WIRE_JSON_LIST_TAIL, sizeof(WIRE_JSON_LIST_TAIL) - 1);
}

static void respond_unknown(const struct external_metric_query *query, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_MAX);

    (void)buffer_add_text(&message, "the server could not find the metric ");
    escape_controls(&message, query->metric, strnlen(query->metric, 256));
    (void)buffer_add_text(&message, query->name_space ? " for namespace " : " for all namespaces");
    if (query->name_space)
        escape_controls(&message, query->name_space, strnlen(query->name_space, 256));
    status_respond_text(404, buffer_text(&message), response);
}

/* The one queue among the sets that the selector can match. */
static const char *only_queue(const struct reading *reading)
{
    const char *queue = NULL;

    for (size_t i = reading->first_visible; i < reading->end_visible; i++) {
        const struct metric_set *set = &reading->sets[i];
        const char *own = NULL;

        for (size_t j = 0; j < set->n_identity; j++)
            if (strcmp(set->identity[j].name, "queue") == 0)
                own = set->identity[j].value;
        if (!own || !is_visible(reading, set))
            continue;
        if (queue && strcmp(queue, own) != 0)
            return "";
        queue = own;
    }
    return queue ? queue : "";
}

static struct external_metric_subject answer_known(struct reading *reading, struct response *response)
{
    struct external_metric_subject subject = {.family = reading->family};
    const struct metric_source *stale;
    struct conflict conflict;

    find_visible(reading);
    subject.queue = only_queue(reading);
    stale = find_stale_source(reading);
    if (stale)
        respond_stale(reading, stale, response);
    else if (find_conflict(reading, &conflict))
        respond_conflict(reading, &conflict, response);
    else
        respond_list(reading, response);
    return subject;
}

/* Local families stand on /metrics only. */
static const struct metric_family *find_family(const struct external_metric_query *query)
{
    const struct metric_family *family = metric_family_find(query->families, query->n_families, query->metric, strlen(query->metric));

    return family && !family->local ? family : NULL;
}

struct external_metric_subject external_metric_answer(const struct external_metric_query *query, struct response *response)
{
    struct reading reading; /* not zeroed: the selector is large, and parsing fills what counts */
    struct external_metric_subject subject = {.queue = ""};
    struct error err = {0};

    reading.query = query;
    subject.family = reading.family = find_family(query);
    if (!reading.family) {
        respond_unknown(query, response);
    } else if (!query->snapshot) {
        status_respond_text(503, "no source was read yet; the first poll is under way", response);
    } else if (selector_parse(query->selector ? query->selector : "", &reading.selector, &err) < 0) {
        status_respond_error(&err, response);
    } else {
        reading.sets = metric_snapshot_sets(query->snapshot, reading.family, &reading.n_sets);
        subject = answer_known(&reading, response);
    }
    return subject;
}
