#include "queue/job.h"

#include <stdlib.h>

void job_list_clear(struct job_list *jobs)
{
    free(jobs->items);
    tag_sets_clear(&jobs->tag_sets);
    *jobs = (struct job_list){0};
}

struct job_list job_list_move(struct job_list *jobs)
{
    struct job_list moved = *jobs;

    *jobs = (struct job_list){0};
    return moved;
}

const struct tags *job_tags(const struct job_list *jobs, const struct job *job)
{
    return &jobs->tag_sets.items[job->tag_set];
}

const char *job_type_name(enum job_type type)
{
    static const char *const names[JOB_TYPES] = {
        [JOB_WORKSPACE_BUILD] = "workspace_build",
        [JOB_TEMPLATE_IMPORT] = "template_version_import",
        [JOB_TEMPLATE_DRY_RUN] = "template_version_dry_run",
        [JOB_OTHER_TYPE] = "other",
    };

    return names[type < JOB_TYPES ? type : JOB_OTHER_TYPE];
}

const char *job_initiator_name(enum job_initiator initiator)
{
    return initiator == JOB_BY_PREBUILD ? "prebuild" : "user";
}

bool job_is_active(const struct job *job)
{
    return job->status == JOB_RUNNING || job->status == JOB_CANCELING;
}
