#include "adapter/cluster_work.h"

#include <stdlib.h>

#include "adapter/protection.h"
#include "adapter/workload_grace.h"
#include "adapter/workshop_maps.h"

struct cluster_work {
    struct refresh *refresh;
    struct busy_protection *protection;
    struct workshop_maps *workshops;
    struct workload_grace *graces;
};

bool cluster_work_needs_leader(const struct config *config)
{
    for (size_t i = 0; i < config->n_queues; i++)
        if (config->queues[i].protect_busy)
            return true;
    return false;
}

bool cluster_work_is_wanted(const struct config *config)
{
    return config->workshop_namespaces.len > 0 || config->node_groups.on || cluster_work_needs_leader(config);
}

static void on_workshops(void *context, struct workshop_list take)
{
    const struct cluster_work *work = context;

    refresh_set_workshops(work->refresh, take);
}

static void on_grace(void *context, const char *queue, int64_t grace_s)
{
    const struct cluster_work *work = context;

    refresh_set_grace(work->refresh, queue, grace_s);
}

static int make_parts(struct cluster_work *work, const struct cluster_work_options *options, struct error *err)
{
    const struct busy_protection_options protection = {options->client, options->leads, options->context};
    const struct workshop_maps_options workshops = {options->client, on_workshops, work};
    const struct workload_grace_options graces = {options->client, on_grace, work};

    work->refresh = options->refresh;
    work->protection = busy_protection_new(&protection, err);
    work->workshops = work->protection ? workshop_maps_new(&workshops, err) : NULL;
    work->graces = work->workshops ? workload_grace_new(&graces, err) : NULL;
    return work->graces ? 0 : -1;
}

struct cluster_work *cluster_work_new(const struct cluster_work_options *options, struct error *err)
{
    struct cluster_work *work = calloc(1, sizeof(*work));

    if (!work) {
        (void)error_no_memory(err);
        return NULL;
    }
    if (make_parts(work, options, err) == 0)
        return work;
    cluster_work_free(work);
    return NULL;
}

void cluster_work_free(struct cluster_work *work)
{
    if (!work)
        return;
    busy_protection_free(work->protection);
    workshop_maps_free(work->workshops);
    workload_grace_free(work->graces);
    free(work);
}

void cluster_work_configure(struct cluster_work *work, const struct config *config)
{
    workshop_maps_configure(work->workshops, config);
    workload_grace_configure(work->graces, config);
}

void cluster_work_protect(struct cluster_work *work, const struct protection_report *report)
{
    busy_protection_take(work->protection, report);
}

void cluster_work_lead(struct cluster_work *work)
{
    busy_protection_lead(work->protection);
}

void cluster_work_expose(void *context, struct exposition *exposition)
{
    struct cluster_work *work = context;

    busy_protection_expose(work->protection, exposition);
    workshop_maps_expose(work->workshops, exposition);
}
