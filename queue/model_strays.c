#include "queue/model_strays.h"

#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX = 1024 * 1024 }; /* of one tag set as printed; an element of Coder's list is smaller */

void stray_counts_clear(struct stray_counts *counts)
{
    free(counts->sets);
    *counts = (struct stray_counts){0};
}

int stray_counts_prepare(struct stray_counts *counts, const struct tag_sets *tag_sets, struct error *err)
{
    counts->tag_sets = tag_sets;
    counts->sets = calloc(tag_sets->len > 0 ? tag_sets->len : 1, sizeof(*counts->sets));
    return counts->sets ? 0 : error_no_memory(err);
}

void stray_counts_add(struct stray_counts *counts, uint32_t tag_set, int64_t wait_ms)
{
    struct stray_count *set = &counts->sets[tag_set];

    set->count++;
    if (wait_ms > set->oldest_wait_ms)
        set->oldest_wait_ms = wait_ms;
}

void stray_list_clear(struct stray_list *strays)
{
    for (size_t i = 0; i < strays->len; i++)
        tags_clear(&strays->items[i].tags);
    free(strays->items);
    *strays = (struct stray_list){0};
}

/* The tags of the online daemons, each once: many daemons share few of them. */
struct online_tags {
    const struct tags **items;
    size_t len;
};

static void online_tags_clear(struct online_tags *online)
{
    free(online->items);
}

static int compare_tags(const void *a, const void *b)
{
    const struct tags *const *first = a, *const *second = b;

    return tags_compare(*first, *second);
}

static int find_online_tags(const struct daemon_list *daemons, struct online_tags *out, struct error *err)
{
    size_t kept = 0;

    if (daemons->len == 0)
        return 0;
    out->items = calloc(daemons->len, sizeof(const struct tags *));
    if (!out->items)
        return error_no_memory(err);
    for (size_t i = 0; i < daemons->len; i++)
        if (daemons->items[i].status != DAEMON_OFFLINE)
            out->items[out->len++] = &daemons->items[i].tags;
    qsort(out->items, out->len, sizeof(const struct tags *), compare_tags);
    for (size_t i = 0; i < out->len; i++)
        if (i == 0 || !tags_equal(out->items[i], out->items[kept - 1]))
            out->items[kept++] = out->items[i];
    out->len = kept;
    return 0;
}

static bool is_any_online_able(const struct online_tags *online, const struct tags *job)
{
    for (size_t i = 0; i < online->len; i++)
        if (tags_can_run(online->items[i], job))
            return true;
    return false;
}

/* A tag set of stray jobs, with what it prints. */
struct stray_set {
    struct buffer label;
    uint32_t tag_set;
    bool unmanaged;
};

struct stray_sets {
    struct stray_set *items;
    size_t len;
};

static void stray_sets_clear(struct stray_sets *sets)
{
    for (size_t i = 0; i < sets->len; i++)
        buffer_clear(&sets->items[i].label);
    free(sets->items);
}

static int compare_labels(const void *a, const void *b)
{
    const struct stray_set *first = a, *second = b;
    int order = strcmp(buffer_text(&first->label), buffer_text(&second->label));

    if (order != 0)
        return order;
    return (first->tag_set > second->tag_set) - (first->tag_set < second->tag_set);
}

static int collect(const struct stray_counts *counts, const struct online_tags *online, struct stray_sets *out, struct error *err)
{
    out->items = calloc(counts->tag_sets->len > 0 ? counts->tag_sets->len : 1, sizeof(*out->items));
    if (!out->items)
        return error_no_memory(err);
    for (uint32_t i = 0; i < counts->tag_sets->len; i++) {
        const struct tags *tags = &counts->tag_sets->items[i];
        struct stray_set *set = &out->items[out->len];

        if (counts->sets[i].count == 0)
            continue;
        *set = (struct stray_set){.label = BUFFER_INIT(LABEL_MAX), .tag_set = i, .unmanaged = is_any_online_able(online, tags)};
        out->len++;
        tags_print(tags, &set->label);
        if (buffer_failed(&set->label))
            return error_no_memory(err);
    }
    qsort(out->items, out->len, sizeof(*out->items), compare_labels);
    return 0;
}

static struct stray_jobs *new_row(struct stray_list *strays, const struct tags *tags, struct error *err)
{
    if (strays->len == strays->capacity) {
        size_t capacity = strays->capacity ? strays->capacity * 2 : 8;
        struct stray_jobs *items = realloc(strays->items, capacity * sizeof(*items));

        if (!items) {
            (void)error_no_memory(err);
            return NULL;
        }
        strays->items = items;
        strays->capacity = capacity;
    }
    strays->items[strays->len] = (struct stray_jobs){0};
    if (tags_copy(tags, &strays->items[strays->len].tags, err) < 0)
        return NULL;
    return &strays->items[strays->len++];
}

/* The sets of one kind, sorted by label, into rows. */
static int fill(const struct stray_counts *counts, const struct stray_sets *sets, bool unmanaged, struct stray_list *out, struct error *err)
{
    const char *label = NULL;
    struct stray_jobs *row = NULL;

    for (size_t i = 0; i < sets->len; i++) {
        const struct stray_set *set = &sets->items[i];
        const struct stray_count *count = &counts->sets[set->tag_set];

        if (set->unmanaged != unmanaged)
            continue;
        if (!label || strcmp(label, buffer_text(&set->label)) != 0)
            row = new_row(out, &counts->tag_sets->items[set->tag_set], err);
        if (!row)
            return -1;
        label = buffer_text(&set->label);
        row->count += count->count;
        if (count->oldest_wait_ms > row->oldest_wait_ms)
            row->oldest_wait_ms = count->oldest_wait_ms;
    }
    return 0;
}

int strays_make(const struct stray_counts *counts, const struct daemon_list *daemons, struct queue_model *model, struct error *err)
{
    CLEANUP(online_tags_clear) struct online_tags online = {0};
    CLEANUP(stray_sets_clear) struct stray_sets sets = {0};

    if (find_online_tags(daemons, &online, err) < 0 || collect(counts, &online, &sets, err) < 0)
        return -1;
    if (fill(counts, &sets, false, &model->unserved, err) < 0)
        return -1;
    return fill(counts, &sets, true, &model->unmanaged, err);
}
