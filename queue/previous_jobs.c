#include "queue/previous_jobs.h"

#include <stdlib.h>

void previous_jobs_clear(struct previous_jobs *previous)
{
    free(previous->items);
    free(previous->left);
    *previous = (struct previous_jobs){0};
}

/* --- jobs that left the list --- */

static bool make_room(struct previous_jobs *previous)
{
    size_t capacity = previous->left_capacity ? previous->left_capacity * 2 : 64;
    struct uuid *larger;

    if (previous->n_left < previous->left_capacity)
        return true;
    if (previous->n_left >= PREVIOUS_LEFT_MAX)
        return false;
    larger = reallocarray(previous->left, capacity, sizeof(*larger));
    if (!larger)
        return false;
    previous->left = larger;
    previous->left_capacity = capacity;
    return true;
}

void previous_jobs_note_left(struct previous_jobs *previous, const struct uuid *job)
{
    if (previous->too_many || previous->read_ms == 0)
        return;
    if (make_room(previous))
        previous->left[previous->n_left++] = *job;
    else
        previous->too_many = true;
}

static void forget_left(struct previous_jobs *previous)
{
    free(previous->left);
    previous->left = NULL;
    previous->n_left = 0;
    previous->left_capacity = 0;
    previous->too_many = false;
}

/* --- a list of daemons --- */

static int compare_ids(const void *a, const void *b)
{
    return uuid_compare(a, b);
}

static int compare_daemon(const void *id, const void *item)
{
    return uuid_compare(id, &((const struct previous_job *)item)->daemon);
}

static bool has_left(const struct previous_jobs *previous, const struct uuid *job)
{
    return previous->n_left > 0 && bsearch(job, previous->left, previous->n_left, sizeof(*previous->left), compare_ids) != NULL;
}

static bool is_new(const struct previous_jobs *previous, const struct daemon_row *row)
{
    const struct previous_job *known = NULL;

    if (!uuid_is_nil(&row->previous_job) && previous->len > 0)
        known = bsearch(&row->id, previous->items, previous->len, sizeof(*previous->items), compare_daemon);
    return known && !uuid_equal(&known->job, &row->previous_job) && !has_left(previous, &row->previous_job);
}

static void find_new(struct previous_jobs *previous, const struct daemon_list *daemons, struct previous_found *out)
{
    if (previous->n_left > 0)
        qsort(previous->left, previous->n_left, sizeof(*previous->left), compare_ids);
    for (size_t i = 0; i < daemons->len; i++)
        if (is_new(previous, &daemons->items[i]))
            out->daemons[out->n++] = (uint32_t)i;
}

void previous_found_clear(struct previous_found *found)
{
    free(found->daemons);
    *found = (struct previous_found){0};
}

int previous_jobs_find(struct previous_jobs *previous, const struct daemon_list *daemons, int64_t read_ms, struct previous_found *out,
                       struct error *err)
{
    struct previous_job *items;

    if (read_ms == previous->read_ms)
        return 0;
    items = calloc(daemons->len + 1, sizeof(*items));
    out->daemons = calloc(daemons->len + 1, sizeof(*out->daemons));
    if (!items || !out->daemons) {
        free(items);
        return error_no_memory(err);
    }
    for (size_t i = 0; i < daemons->len; i++)
        items[i] = (struct previous_job){daemons->items[i].id, daemons->items[i].previous_job};
    if (!previous->too_many)
        find_new(previous, daemons, out);
    free(previous->items);
    previous->items = items;
    previous->len = daemons->len;
    previous->read_ms = read_ms;
    forget_left(previous);
    return 0;
}
