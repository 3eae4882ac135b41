/* snapshot.h - everything the adapter knows at one moment; never changes once it is finished.
 *
 * Shape    sources: who said it and when. Sets: the samples of one family that come from the same sources and share
 *          their identity labels; a set may be empty (an absent ratio), yet its sources decide about staleness.
 *          A set without sources is our own word and never stale.
 *          Sets of one family stand together, in the order in which they were added
 * Units    value_milli: thousandths, as in a Quantity ("1500m" is 1500); *_unix_ms: UTC; *_boot_ms: clock_boot_ms
 * Errors   builder functions remember that memory ran out; metric_builder_finish tells
 * Threads  builder: one. Snapshot: any number may read, it is reference-counted
 * Owner    strings are copied; families are borrowed for ever (static tables); acquire/release count */
#ifndef METRIC_SNAPSHOT_H
#define METRIC_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "metric/family.h"

struct metric_label {
    const char *name, *value;
};

/* What one outside source last said. Fresh while the age of its last good reading is at most stale_after_ms. */
struct metric_source {
    const char *name;     /* "coder/default/jobs" */
    int64_t read_unix_ms; /* when it said so; 0: never */
    int64_t read_boot_ms; /* the same on the clock of ages; 0: never */
    int64_t stale_after_ms;
    const char *last_error; /* "" when the last reading was good */
};

/* Wire forms of a sample, made once per snapshot by functions of the serving side; a sample of a family that is local or on demand
 * has none. */
enum metric_form { METRIC_FORM_JSON, METRIC_FORM_PROTOBUF, METRIC_FORMS };

struct metric_bytes {
    const char *data;
    size_t len;
};

struct metric_sample {
    const struct metric_label *labels; /* all of them, in the family's order */
    size_t n_labels;
    int64_t value_milli;
    const struct metric_bytes *wire; /* of each form; NULL: there are none */
};

enum { METRIC_SET_SOURCES_MAX = 4 };

struct metric_set {
    const struct metric_family *family;
    const char *name_space;              /* Kubernetes namespace that may read it; "*": any */
    const struct metric_label *identity; /* the labels that every sample of the set has: queue, organization, node_group, node */
    size_t n_identity;
    unsigned sources[METRIC_SET_SOURCES_MAX]; /* indices into the snapshot's sources */
    size_t n_sources;
    const char *explanation;   /* a JSON object that tells how the value came about; NULL: none */
    int64_t timestamp_unix_ms; /* the oldest reading of its sources; 0 when one was never read */
    const struct metric_sample *samples;
    size_t n_samples;
};

struct metric_snapshot;

const struct metric_source *metric_snapshot_sources(const struct metric_snapshot *snapshot, size_t *n);
/* The sets of one family; NULL and 0 when it has none. */
const struct metric_set *metric_snapshot_sets(const struct metric_snapshot *snapshot, const struct metric_family *family, size_t *n);
/* All sets, family by family. */
const struct metric_set *metric_snapshot_all_sets(const struct metric_snapshot *snapshot, size_t *n);
uint64_t metric_snapshot_generation(const struct metric_snapshot *snapshot); /* 1, 2, 3, ... */

struct metric_snapshot *metric_snapshot_acquire(struct metric_snapshot *snapshot);
void metric_snapshot_release(struct metric_snapshot *snapshot); /* NULL is fine */

/* --- building --- */

struct metric_builder;

/* Writes the bytes of one sample; called once per sample and form by finish. */
typedef void metric_encode(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out);

struct metric_builder *metric_builder_new(void) MUST_CHECK;
void metric_builder_free(struct metric_builder *builder);
DEFINE_CLEANUP_POINTER(struct metric_builder, metric_builder_free)
unsigned metric_builder_source(struct metric_builder *builder, const struct metric_source *source); /* its index */

struct metric_set_key {
    const struct metric_family *family;
    const char *name_space;
    const struct metric_label *identity;
    size_t n_identity;
    const unsigned *sources;
    size_t n_sources;
};
/* Samples that follow belong to this set. */
void metric_builder_begin(struct metric_builder *builder, const struct metric_set_key *key);
/* Labels in the family's order. A negative value is our own bug: asserted. */
void metric_builder_sample(struct metric_builder *builder, const struct metric_label *labels, size_t n_labels, int64_t value_milli);
/* A sample could not be made: memory ran out outside. */
void metric_builder_fail(struct metric_builder *builder);
/* Explains the set that was begun last; a JSON object. */
void metric_builder_explain(struct metric_builder *builder, const char *json);
/* Takes the builder's content; encoders[form] may be NULL. */
int metric_builder_finish(struct metric_builder *builder, metric_encode *const encoders[METRIC_FORMS], struct metric_snapshot **out,
                          struct error *err) MUST_CHECK;

/* --- freshness --- */

/* Age of the last good reading; INT64_MAX when there was none. */
int64_t metric_source_age_ms(const struct metric_source *source, int64_t now_boot_ms);
bool metric_source_is_stale(const struct metric_source *source, int64_t now_boot_ms);

#endif
