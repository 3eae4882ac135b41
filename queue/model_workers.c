#include "queue/model_workers.h"

#include <stdlib.h>

void workers_clear(struct workers *workers)
{
    free(workers->queues);
    free(workers->by_job);
    *workers = (struct workers){0};
}

static int compare_rows(const void *a, const void *b)
{
    const struct daemon_row *const *first = a, *const *second = b;
    int order = uuid_compare(&(*first)->current_job, &(*second)->current_job);

    return order != 0 ? order : uuid_compare(&(*first)->id, &(*second)->id);
}

static int compare_current_job(const void *key, const void *row)
{
    return uuid_compare(key, &(*(const struct daemon_row *const *)row)->current_job);
}

int workers_prepare(struct workers *workers, const struct daemon_list *daemons, const struct routes *routes, struct error *err)
{
    workers->daemons = daemons;
    if (daemons->len == 0)
        return 0;
    workers->queues = calloc(daemons->len, sizeof(*workers->queues));
    workers->by_job = calloc(daemons->len, sizeof(const struct daemon_row *));
    if (!workers->queues || !workers->by_job)
        return error_no_memory(err);
    for (size_t i = 0; i < daemons->len; i++) {
        const struct daemon_row *row = &daemons->items[i];

        workers->queues[i] = row->built_in || row->user_scoped ? ROUTE_NONE : routes_of_tags(routes, &row->tags);
        if (!uuid_is_nil(&row->current_job))
            workers->by_job[workers->n_by_job++] = row;
    }
    qsort(workers->by_job, workers->n_by_job, sizeof(const struct daemon_row *), compare_rows);
    return 0;
}

static const struct daemon_row *find_by_job(const struct workers *workers, const struct uuid *job)
{
    const struct daemon_row *const *found;

    if (workers->n_by_job == 0)
        return NULL;
    found = bsearch(job, workers->by_job, workers->n_by_job, sizeof(const struct daemon_row *), compare_current_job);
    return found ? *found : NULL;
}

bool workers_queue_of(const struct workers *workers, const struct job *job, uint32_t *out)
{
    const struct daemon_row *row = NULL;

    if (!uuid_is_nil(&job->worker))
        row = daemon_list_find(workers->daemons, &job->worker);
    if (!row)
        row = find_by_job(workers, &job->id);
    if (!row)
        return false;
    *out = workers->queues[row - workers->daemons->items];
    return true;
}
