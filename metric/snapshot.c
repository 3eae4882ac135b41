#include "metric/snapshot.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Far above what 1,000 queues and 5,000 nodes need (about 40 MB). */
enum { SNAPSHOT_BYTES_MAX = 512 * 1024 * 1024, SAMPLE_WIRE_MAX = 64 * 1024 };

struct family_range {
    const struct metric_family *family;
    size_t first, n;
};

struct metric_snapshot {
    atomic_size_t references;
    uint64_t generation;
    struct arena arena; /* every byte below lives here */
    struct metric_source *sources;
    size_t n_sources;
    struct metric_set *sets; /* family by family */
    size_t n_sets;
    struct family_range *ranges;
    size_t n_ranges;
};

/* --- reading --- */

const struct metric_source *metric_snapshot_sources(const struct metric_snapshot *snapshot, size_t *n)
{
    *n = snapshot->n_sources;
    return snapshot->sources;
}

const struct metric_set *metric_snapshot_sets(const struct metric_snapshot *snapshot, const struct metric_family *family, size_t *n)
{
    for (size_t i = 0; i < snapshot->n_ranges; i++) {
        if (snapshot->ranges[i].family == family) {
            *n = snapshot->ranges[i].n;
            return snapshot->sets + snapshot->ranges[i].first;
        }
    }
    *n = 0;
    return NULL;
}

const struct metric_set *metric_snapshot_all_sets(const struct metric_snapshot *snapshot, size_t *n)
{
    *n = snapshot->n_sets;
    return snapshot->sets;
}

uint64_t metric_snapshot_generation(const struct metric_snapshot *snapshot)
{
    return snapshot->generation;
}

struct metric_snapshot *metric_snapshot_acquire(struct metric_snapshot *snapshot)
{
    (void)atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
    return snapshot;
}

void metric_snapshot_release(struct metric_snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1)
        return;
    arena_clear(&snapshot->arena);
    free(snapshot);
}

int64_t metric_source_age_ms(const struct metric_source *source, int64_t now_boot_ms)
{
    if (source->read_boot_ms == 0)
        return INT64_MAX;
    return now_boot_ms > source->read_boot_ms ? now_boot_ms - source->read_boot_ms : 0;
}

bool metric_source_is_stale(const struct metric_source *source, int64_t now_boot_ms)
{
    return metric_source_age_ms(source, now_boot_ms) > source->stale_after_ms;
}

/* --- building --- */

/* Lists that grow while building; finish copies them into the arena, sorted. */
struct set_draft {
    struct metric_set set;
    size_t first_sample;
};

struct metric_builder {
    struct arena arena;
    struct metric_source *sources;
    struct set_draft *drafts;
    struct metric_sample *samples;
    size_t n_sources, sources_capacity;
    size_t n_drafts, drafts_capacity;
    size_t n_samples, samples_capacity;
    bool failed;
};

static atomic_uint_fast64_t next_generation = 1;

struct metric_builder *metric_builder_new(void)
{
    struct metric_builder *builder = calloc(1, sizeof(*builder));

    if (builder)
        builder->arena.limit = SNAPSHOT_BYTES_MAX;
    return builder;
}

void metric_builder_free(struct metric_builder *builder)
{
    if (!builder)
        return;
    arena_clear(&builder->arena);
    free(builder->sources);
    free(builder->drafts);
    free(builder->samples);
    free(builder);
}

/* Room for one more item of size bytes in *items. */
static bool grow(struct metric_builder *builder, void *items_at, size_t n, size_t *capacity, size_t size)
{
    size_t larger = *capacity ? *capacity * 2 : 16;
    void *items, *old;

    if (builder->failed)
        return false;
    if (n < *capacity)
        return true;
    memcpy(&old, items_at, sizeof(old));
    items = reallocarray(old, larger, size);
    if (!items) {
        builder->failed = true;
        return false;
    }
    memcpy(items_at, &items, sizeof(items));
    *capacity = larger;
    return true;
}

unsigned metric_builder_source(struct metric_builder *builder, const struct metric_source *source)
{
    struct metric_source *copy;

    if (!grow(builder, &builder->sources, builder->n_sources, &builder->sources_capacity, sizeof(*builder->sources)))
        return 0;
    copy = &builder->sources[builder->n_sources];
    *copy = *source;
    copy->name = arena_text(&builder->arena, source->name);
    copy->last_error = arena_text(&builder->arena, source->last_error ? source->last_error : "");
    return (unsigned)builder->n_sources++;
}

struct label_list {
    const struct metric_label *items;
    size_t n;
};

/* A value that stands in the same place of the list before is not copied again: most labels of a set never change. */
static const char *copy_value(struct metric_builder *builder, const char *value, struct label_list before, size_t i)
{
    if (i < before.n && before.items[i].value && strcmp(before.items[i].value, value) == 0)
        return before.items[i].value;
    return arena_text(&builder->arena, value);
}

static const struct metric_label *copy_labels(struct metric_builder *builder, struct label_list labels, struct label_list before)
{
    struct metric_label *copy = arena_alloc(&builder->arena, labels.n * sizeof(*copy));

    for (size_t i = 0; copy && i < labels.n; i++) {
        copy[i].name = labels.items[i].name; /* names come from the family's static row */
        copy[i].value = copy_value(builder, labels.items[i].value, before, i);
    }
    return copy;
}

/* The labels that were copied last: of the sample before, or those that the set has in common. NULL: memory ran out. */
static struct label_list last_labels(const struct metric_builder *builder, const struct metric_set *set)
{
    const struct metric_sample *last = set->n_samples > 0 ? &builder->samples[builder->n_samples - 1] : NULL;
    struct label_list labels = last ? (struct label_list){last->labels, last->n_labels}
                                    : (struct label_list){set->identity, set->n_identity};

    if (!labels.items)
        labels.n = 0;
    return labels;
}

/* A set is as old as the oldest of its sources; 0 while one was never read. */
static int64_t oldest_reading(const struct metric_builder *builder, const struct metric_set *set)
{
    int64_t oldest = INT64_MAX;

    for (size_t i = 0; i < set->n_sources; i++) {
        int64_t read = builder->sources[set->sources[i]].read_unix_ms;

        oldest = read < oldest ? read : oldest;
    }
    return oldest == INT64_MAX ? 0 : oldest;
}

void metric_builder_begin(struct metric_builder *builder, const struct metric_set_key *key)
{
    struct set_draft *draft;

    assert(key->n_sources <= METRIC_SET_SOURCES_MAX);
    if (!grow(builder, &builder->drafts, builder->n_drafts, &builder->drafts_capacity, sizeof(*builder->drafts)))
        return;
    draft = &builder->drafts[builder->n_drafts++];
    *draft = (struct set_draft){.first_sample = builder->n_samples};
    draft->set.family = key->family;
    draft->set.name_space = arena_text(&builder->arena, key->name_space);
    draft->set.identity = copy_labels(builder, (struct label_list){key->identity, key->n_identity}, (struct label_list){0});
    draft->set.n_identity = key->n_identity;
    if (key->n_sources > 0)
        memcpy(draft->set.sources, key->sources, key->n_sources * sizeof(*key->sources));
    draft->set.n_sources = key->n_sources;
    draft->set.timestamp_unix_ms = oldest_reading(builder, &draft->set);
}

void metric_builder_fail(struct metric_builder *builder)
{
    builder->failed = true;
}

void metric_builder_explain(struct metric_builder *builder, const char *json)
{
    if (!builder->failed)
        builder->drafts[builder->n_drafts - 1].set.explanation = arena_text(&builder->arena, json);
}

void metric_builder_sample(struct metric_builder *builder, const struct metric_label *labels, size_t n_labels, int64_t value_milli)
{
    struct metric_sample sample = {.n_labels = n_labels, .value_milli = value_milli};
    struct metric_set *set;

    assert(value_milli >= 0);
    if (!grow(builder, &builder->samples, builder->n_samples, &builder->samples_capacity, sizeof(*builder->samples)))
        return;
    set = &builder->drafts[builder->n_drafts - 1].set;
    sample.labels = copy_labels(builder, (struct label_list){labels, n_labels}, last_labels(builder, set));
    builder->samples[builder->n_samples++] = sample;
    set->n_samples++;
}

/* Moves the drafts into sets that stand family by family, families in the order of their first set. */
static bool arrange_sets(struct metric_builder *builder, struct metric_snapshot *snapshot)
{
    size_t n = builder->n_drafts;
    bool *placed = arena_alloc(&builder->arena, n + 1);

    snapshot->sets = arena_alloc(&builder->arena, (n + 1) * sizeof(*snapshot->sets));
    snapshot->ranges = arena_alloc(&builder->arena, (n + 1) * sizeof(*snapshot->ranges));
    if (!placed || !snapshot->sets || !snapshot->ranges)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct family_range *range = &snapshot->ranges[snapshot->n_ranges];

        if (placed[i])
            continue;
        *range = (struct family_range){.family = builder->drafts[i].set.family, .first = snapshot->n_sets};
        snapshot->n_ranges++;
        for (size_t j = i; j < n; j++) {
            if (builder->drafts[j].set.family != range->family)
                continue;
            placed[j] = true;
            snapshot->sets[snapshot->n_sets] = builder->drafts[j].set;
            snapshot->sets[snapshot->n_sets++].samples = builder->drafts[j].first_sample + (const struct metric_sample *)builder->samples;
            range->n++;
        }
    }
    return true;
}

static bool encode_sample(struct metric_snapshot *snapshot, struct metric_set *set, struct metric_sample *sample,
                          metric_encode *const encoders[METRIC_FORMS], struct buffer *scratch)
{
    struct metric_bytes *wire = arena_alloc(&snapshot->arena, METRIC_FORMS * sizeof(*wire));

    for (size_t form = 0; wire && form < METRIC_FORMS; form++) {
        if (!encoders[form])
            continue;
        buffer_reset(scratch);
        encoders[form](set, sample, scratch);
        wire[form].data = arena_copy(&snapshot->arena, scratch->data, scratch->len);
        wire[form].len = scratch->len;
        if (buffer_failed(scratch) || !wire[form].data)
            return false;
    }
    sample->wire = wire;
    return wire != NULL;
}

/* Copies the samples of each set into the snapshot and makes their wire forms; those of local families are never asked for
 * in them, those on demand are made then. */
static bool copy_samples(struct metric_snapshot *snapshot, metric_encode *const encoders[METRIC_FORMS])
{
    CLEANUP(buffer_clear) struct buffer scratch = BUFFER_INIT(SAMPLE_WIRE_MAX);

    for (size_t i = 0; i < snapshot->n_sets; i++) {
        struct metric_set *set = &snapshot->sets[i];
        struct metric_sample *samples = arena_copy(&snapshot->arena, set->samples, set->n_samples * sizeof(*samples));

        if (!samples)
            return false;
        set->samples = samples;
        for (size_t j = 0; !set->family->local && !set->family->on_demand && j < set->n_samples; j++)
            if (!encode_sample(snapshot, set, &samples[j], encoders, &scratch))
                return false;
    }
    return true;
}

int metric_builder_finish(struct metric_builder *builder, metric_encode *const encoders[METRIC_FORMS], struct metric_snapshot **out,
                          struct error *err)
{
    struct metric_snapshot *snapshot = calloc(1, sizeof(*snapshot));
    bool ok;

    if (!snapshot)
        return error_no_memory(err);
    ok = !builder->failed && arrange_sets(builder, snapshot);
    snapshot->n_sources = builder->n_sources;
    snapshot->sources = arena_copy(&builder->arena, builder->sources, builder->n_sources * sizeof(*builder->sources));
    snapshot->arena = builder->arena;
    builder->arena = (struct arena){.limit = SNAPSHOT_BYTES_MAX};
    atomic_init(&snapshot->references, 1);
    ok = ok && copy_samples(snapshot, encoders) && !snapshot->arena.failed;
    builder->n_sources = builder->n_drafts = builder->n_samples = 0;
    if (!ok) {
        metric_snapshot_release(snapshot);
        return error_no_memory(err);
    }
    snapshot->generation = atomic_fetch_add(&next_generation, 1);
    *out = snapshot;
    return 0;
}
