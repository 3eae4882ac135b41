#include "queue/job.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Who starts prebuilt workspaces; the same in every deployment of Coder. */
static const char prebuilds_user[] = "c42fdf75-3097-471c-8c33-fb52454d81c0";

static const char *const status_names[JOB_OTHER_STATUS] = {
    [JOB_PENDING] = "pending",     [JOB_RUNNING] = "running", [JOB_CANCELING] = "canceling",
    [JOB_SUCCEEDED] = "succeeded", [JOB_FAILED] = "failed",   [JOB_CANCELED] = "canceled",
};

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

enum job_status job_status_of(const char *text)
{
    int status = 0;

    while (status < JOB_OTHER_STATUS && strcmp(status_names[status], text) != 0)
        status++;
    return (enum job_status)status;
}

enum job_type job_type_of(const char *text)
{
    int type = 0;

    while (type < JOB_OTHER_TYPE && strcmp(job_type_name((enum job_type)type), text) != 0)
        type++;
    return (enum job_type)type;
}

enum job_initiator job_initiator_of(const char *user_id)
{
    return strcasecmp(user_id, prebuilds_user) == 0 ? JOB_BY_PREBUILD : JOB_BY_USER;
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
