#include "apiservice/external_metric_reading.h"

#include <string.h>

/* The labels by which a selector may exclude a source (DESIGN section 4). */
static const char *const identity_keys[] = {"queue", "organization", "node_group", "node"};

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
            return selector_requirement_accepts(selector, requirement, set->identity[i].value);
    return family_has_label(set->family, key) || selector_requirement_accepts(selector, requirement, NULL);
}

static bool may_match(const struct reading *reading, const struct metric_set *set)
{
    for (size_t i = 0; i < reading->n_excluding; i++)
        if (!may_fulfill(&reading->selector, reading->excluding[i], set))
            return false;
    return true;
}

bool reading_sees(const struct reading *reading, const struct metric_set *set)
{
    const char *wanted = reading->query->name_space;

    if (wanted && strcmp(set->name_space, wanted) != 0 && strcmp(set->name_space, "*") != 0)
        return false;
    return may_match(reading, set);
}

void reading_begin(struct reading *reading)
{
    reading->n_excluding = 0;
    for (size_t i = 0; i < reading->selector.n_requirements; i++)
        if (is_identity_key(reading->selector.requirements[i].key))
            reading->excluding[reading->n_excluding++] = (unsigned char)i;
    reading->sets = metric_snapshot_sets(reading->query->snapshot, reading->family, &reading->n_sets);
    reading->first_visible = reading->end_visible = reading->n_sets;
    for (size_t i = 0; i < reading->n_sets; i++) {
        if (!reading_sees(reading, &reading->sets[i]))
            continue;
        if (reading->first_visible == reading->n_sets)
            reading->first_visible = i;
        reading->end_visible = i + 1;
    }
}

const struct metric_source *reading_stale_source_of(const struct reading *reading, const struct metric_set *set)
{
    size_t n_sources;
    const struct metric_source *sources = metric_snapshot_sources(reading->query->snapshot, &n_sources);

    for (size_t i = 0; i < set->n_sources; i++)
        if (metric_source_is_stale(&sources[set->sources[i]], reading->query->now_boot_ms))
            return &sources[set->sources[i]];
    return NULL;
}

const struct metric_source *reading_stale_source(const struct reading *reading)
{
    for (size_t i = reading->first_visible; i < reading->end_visible; i++) {
        const struct metric_set *set = &reading->sets[i];
        const struct metric_source *stale = reading_sees(reading, set) ? reading_stale_source_of(reading, set) : NULL;

        if (stale)
            return stale;
    }
    return NULL;
}

const char *reading_only_queue(const struct reading *reading)
{
    const char *queue = NULL;

    for (size_t i = reading->first_visible; i < reading->end_visible; i++) {
        const struct metric_set *set = &reading->sets[i];
        const char *own = NULL;

        for (size_t j = 0; j < set->n_identity; j++)
            if (strcmp(set->identity[j].name, "queue") == 0)
                own = set->identity[j].value;
        if (!own || !reading_sees(reading, set))
            continue;
        if (queue && strcmp(queue, own) != 0)
            return "";
        queue = own;
    }
    return queue ? queue : "";
}

/* To the next set that is seen, from the first. */
static bool next_set(const struct reading *reading, struct reading_cursor *cursor)
{
    cursor->set = cursor->begun ? cursor->set + 1 : reading->first_visible;
    cursor->begun = true;
    cursor->next_sample = 0;
    while (cursor->set < reading->end_visible && !reading_sees(reading, &reading->sets[cursor->set]))
        cursor->set++;
    return cursor->set < reading->end_visible;
}

const struct metric_sample *reading_next(const struct reading *reading, struct reading_cursor *cursor, const struct metric_set **set)
{
    if (!cursor->begun && !next_set(reading, cursor))
        return NULL;
    for (; cursor->set < reading->end_visible; (void)next_set(reading, cursor)) {
        *set = &reading->sets[cursor->set];
        while (cursor->next_sample < (*set)->n_samples) {
            const struct metric_sample *sample = &(*set)->samples[cursor->next_sample++];

            if (selector_matches(&reading->selector, sample->labels, sample->n_labels))
                return sample;
        }
    }
    return NULL;
}
