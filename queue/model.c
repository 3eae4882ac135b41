#include "queue/model.h"

#include <stdlib.h>

#include "queue/model_routes.h"
#include "queue/model_strays.h"
#include "queue/model_workers.h"

_Static_assert(ROUTE_NONE == MODEL_NO_QUEUE, "one word for no queue");

void queue_model_clear(struct queue_model *model)
{
    free(model->queues);
    free(model->job_queues);
    free(model->daemon_queues);
    stray_list_clear(&model->unserved);
    stray_list_clear(&model->unmanaged);
    *model = (struct queue_model){0};
}

int64_t queue_demand(const struct queue_stats *stats)
{
    return stats->waiting_total + stats->active_total;
}

bool queue_utilization_milli(const struct queue_stats *stats, int64_t *out)
{
    int64_t busy = stats->daemons[DAEMON_BUSY], online = busy + stats->daemons[DAEMON_IDLE];

    if (online <= 0)
        return false;
    *out = busy * 1000 / online;
    return true;
}

/* The jobs in the order in which they are assigned: the split over queues follows from it. */
struct job_order {
    const struct job **waiting; /* as Coder hands them out: users before prebuilds, then the oldest */
    const struct job **active;
    size_t n_waiting, n_active;
    const struct job *first; /* of the list */
};

static void job_order_clear(struct job_order *order)
{
    free(order->waiting);
    free(order->active);
}

static int compare_age(const struct job *a, const struct job *b)
{
    if (a->created_unix_ms != b->created_unix_ms)
        return a->created_unix_ms < b->created_unix_ms ? -1 : 1;
    return uuid_compare(&a->id, &b->id);
}

static int compare_active(const void *a, const void *b)
{
    const struct job *const *first = a, *const *second = b;

    return compare_age(*first, *second);
}

static int compare_waiting(const void *a, const void *b)
{
    const struct job *const *first = a, *const *second = b;

    if ((*first)->initiator != (*second)->initiator)
        return (*first)->initiator < (*second)->initiator ? -1 : 1;
    return compare_age(*first, *second);
}

static int order_jobs(const struct job_list *jobs, struct job_order *out, struct error *err)
{
    out->first = jobs->items;
    if (jobs->len == 0)
        return 0;
    out->waiting = calloc(jobs->len, sizeof(const struct job *));
    out->active = calloc(jobs->len, sizeof(const struct job *));
    if (!out->waiting || !out->active)
        return error_no_memory(err);
    for (size_t i = 0; i < jobs->len; i++) {
        const struct job *job = &jobs->items[i];

        if (job->status == JOB_PENDING)
            out->waiting[out->n_waiting++] = job;
        else if (job_is_active(job))
            out->active[out->n_active++] = job;
    }
    qsort(out->waiting, out->n_waiting, sizeof(const struct job *), compare_waiting);
    qsort(out->active, out->n_active, sizeof(const struct job *), compare_active);
    return 0;
}

static void count_active(struct queue_stats *stats, const struct job *job)
{
    stats->active[job->type][job->initiator]++;
    stats->active_total++;
}

static void count_waiting(struct queue_stats *stats, const struct job *job, int64_t wait_ms)
{
    stats->waiting[job->type][job->initiator]++;
    stats->waiting_total++;
    if (wait_ms > stats->oldest_wait_ms)
        stats->oldest_wait_ms = wait_ms;
}

static void count_daemons(const struct workers *workers, struct queue_model *model)
{
    for (size_t i = 0; i < workers->daemons->len; i++) {
        const struct daemon_row *row = &workers->daemons->items[i];
        uint32_t queue = workers->queues[i];

        if (queue != ROUTE_NONE)
            model->queues[queue].daemons[row->status]++;
        else if (row->status == DAEMON_OFFLINE)
            continue;
        else if (row->built_in)
            model->built_in_daemons++;
        else if (row->user_scoped)
            model->user_scoped_daemons++;
        else
            model->other_daemons++;
    }
}

/* Those whose daemon is known come first, so that the others, which tags decide, see how full the queues are. */
static void assign_active(const struct job_order *order, const struct workers *workers, struct routes *routes, struct queue_model *model)
{
    uint32_t queue = ROUTE_NONE;

    for (size_t i = 0; i < order->n_active; i++)
        if (workers_queue_of(workers, order->active[i], &queue) && queue != ROUTE_NONE) {
            count_active(&model->queues[queue], order->active[i]);
            model->job_queues[order->active[i] - order->first] = queue;
        }
    for (size_t i = 0; i < order->n_active; i++) {
        if (workers_queue_of(workers, order->active[i], &queue))
            continue;
        queue = routes_of_job(routes, order->active[i]->tag_set);
        if (queue != ROUTE_NONE)
            count_active(&model->queues[queue], order->active[i]);
        model->job_queues[order->active[i] - order->first] = queue;
    }
}

static void assign_waiting(const struct job_order *order, struct routes *routes, int64_t now_unix_ms, struct queue_model *model,
                           struct stray_counts *strays)
{
    for (size_t i = 0; i < order->n_waiting; i++) {
        const struct job *job = order->waiting[i];
        uint32_t queue = routes_of_job(routes, job->tag_set);
        int64_t wait_ms = now_unix_ms > job->created_unix_ms ? now_unix_ms - job->created_unix_ms : 0;

        if (queue == ROUTE_NONE)
            stray_counts_add(strays, job->tag_set, wait_ms);
        else
            count_waiting(&model->queues[queue], job, wait_ms);
        model->job_queues[job - order->first] = queue;
    }
}

int queue_model_make(const struct queue_model_input *input, struct queue_model *out, struct error *err)
{
    CLEANUP(queue_model_clear) struct queue_model model = {0};
    CLEANUP(routes_clear) struct routes routes = {0};
    CLEANUP(workers_clear) struct workers workers = {0};
    CLEANUP(stray_counts_clear) struct stray_counts strays = {0};
    CLEANUP(job_order_clear) struct job_order order = {0};

    if (input->n_specs >= ROUTE_NONE)
        return error_set(err, ERROR_LIMIT, "too many queues: %zu", input->n_specs);
    model.n_queues = input->n_specs;
    model.queues = calloc(input->n_specs + 1, sizeof(*model.queues)); /* never of nothing */
    model.job_queues = calloc(input->jobs->len + 1, sizeof(*model.job_queues));
    if (!model.queues || !model.job_queues)
        return error_no_memory(err);
    for (size_t i = 0; i < input->jobs->len; i++)
        model.job_queues[i] = MODEL_NO_QUEUE;
    routes = (struct routes){
        .specs = input->specs,
        .n_specs = (uint32_t)input->n_specs,
        .stats = model.queues,
        .tag_sets = &input->jobs->tag_sets,
    };
    if (routes_prepare(&routes, err) < 0 || workers_prepare(&workers, input->daemons, &routes, err) < 0)
        return -1;
    if (stray_counts_prepare(&strays, &input->jobs->tag_sets, err) < 0 || order_jobs(input->jobs, &order, err) < 0)
        return -1;
    count_daemons(&workers, &model);
    assign_active(&order, &workers, &routes, &model);
    assign_waiting(&order, &routes, input->now_unix_ms, &model, &strays);
    if (strays_make(&strays, input->daemons, &model, err) < 0)
        return -1;
    *out = model;
    out->daemon_queues = workers.queues;
    workers.queues = NULL;
    model = (struct queue_model){0};
    return 0;
}
