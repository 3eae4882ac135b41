/* job.h - provisioner jobs as Coder lists them.
 *
 * Units    *_unix_ms: UTC by Coder's clock; 0: not said
 * Errors   a missing id, created_at or status, or a member of a wrong type, fails the whole list (never a false count);
 *          unknown members, statuses and types are read leniently: status JOB_OTHER_STATUS is neither waiting nor active
 * Bounds   64 bytes a job: 10,000 of them stay under a megabyte, their tag sets included
 * Owner    {0} / job_list_clear; a job's tags belong to its list: job_tags
 * Source   coder-api.md 1.3: fields that older servers lack are optional */
#ifndef QUEUE_JOB_H
#define QUEUE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "queue/tag_sets.h"
#include "queue/uuid.h"

enum job_status {
    JOB_PENDING,
    JOB_RUNNING,
    JOB_CANCELING, /* still occupies its daemon */
    JOB_SUCCEEDED,
    JOB_FAILED,
    JOB_CANCELED,
    JOB_OTHER_STATUS,
} __attribute__((packed));

enum job_type { JOB_WORKSPACE_BUILD, JOB_TEMPLATE_IMPORT, JOB_TEMPLATE_DRY_RUN, JOB_OTHER_TYPE, JOB_TYPES } __attribute__((packed));

enum job_initiator { JOB_BY_USER, JOB_BY_PREBUILD, JOB_INITIATORS } __attribute__((packed));

struct job {
    struct uuid id, worker; /* worker: the daemon that runs or ran it */
    int64_t created_unix_ms, started_unix_ms, completed_unix_ms;
    uint32_t tag_set; /* index into the list's tag_sets */
    enum job_status status;
    enum job_type type;
    enum job_initiator initiator;
    bool reaped; /* Coder's reaper ended it, told by its error text: nobody took it, or its daemon said nothing more */
};

struct job_list {
    struct job *items; /* in Coder's order: newest first; every id once */
    size_t len, capacity;
    struct tag_sets tag_sets;
};

void job_list_clear(struct job_list *jobs);
struct job_list job_list_move(struct job_list *jobs);
/* The body of GET .../provisionerjobs, element by element. limit is the limit that was asked for: as many
 * elements mean a truncated list, which is an error; 0: none was asked for. */
int job_list_decode(const char *body, size_t len, size_t limit, struct job_list *out, struct error *err) MUST_CHECK;

const struct tags *job_tags(const struct job_list *jobs, const struct job *job);
/* What a text of Coder's says; unknown ones are the "other". */
enum job_status job_status_of(const char *text);
enum job_type job_type_of(const char *text);
enum job_initiator job_initiator_of(const char *user_id); /* whoever it is, it is a user, unless it is the one of prebuilds */
const char *job_type_name(enum job_type type); /* as Coder writes it: "workspace_build", "template_version_import", ...; "other" */
const char *job_initiator_name(enum job_initiator initiator); /* "user", "prebuild" */
bool job_is_active(const struct job *job);                    /* running or canceling */

#endif
