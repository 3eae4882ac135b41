/* command_plan_report.h - the answer of plan: as JSON, and as a page for the person who prepares the workshop. Pure.
 *
 * Shape    JSON: provisioners, p50WaitSeconds, p95WaitSeconds, longestWaitSeconds, requiredProvisioners, guidelineMinimum and
 *          guidelineProvisioners (null beyond the end of the guidelines), and nothing else */
#ifndef ADAPTER_COMMAND_PLAN_REPORT_H
#define ADAPTER_COMMAND_PLAN_REPORT_H

#include "base/buffer.h"
#include "adapter/plan_answers.h"
#include "queue/plan.h"
#include "queue/queue.h"
#include "queue/workshop.h"

/* A number of provisioners and what it means; least first. */
struct plan_row {
    char why[80];
    int64_t provisioners;
    struct plan_waits waits;
};

enum { PLAN_ROWS_MAX = 4 };

struct plan_report {
    struct plan_crowd crowd;
    double target_wait_s;
    int64_t provisioners, required;    /* asked about; the least that will do */
    struct plan_waits waits;           /* with those asked about */
    const struct guideline *guideline; /* NULL: none */
    struct plan_row rows[PLAN_ROWS_MAX];
    size_t n_rows;
    const struct queue_spec *queues;
    size_t n_queues;
    const char *history;                     /* the queue whose builds were measured; NULL: none */
    const struct plan_rooms *rooms;          /* NULL: no running adapter was asked */
    double workspace_cores, workspace_bytes; /* that a workspace requests; 0: not said */
};

/* Builds follow one another on a provisioner in so many waves, when all ask at once. */
int64_t plan_waves(int64_t users, int64_t provisioners);
/* What the checklist tells to start: those asked about when they will do, else the most of the guideline and what is required. */
int64_t plan_advice(const struct plan_report *report);

void plan_report_json(const struct plan_report *report, struct buffer *out);
void plan_report_page(const struct plan_report *report, struct buffer *out);

#endif
