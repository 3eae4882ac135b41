#include "adapter/command_plan_report.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/duration.h"

static const char *const workload_kinds[] = {[WORKLOAD_DEPLOYMENT] = "deployment", [WORKLOAD_STATEFULSET] = "statefulset"};

int64_t plan_waves(int64_t users, int64_t provisioners)
{
    return (users + provisioners - 1) / provisioners;
}

int64_t plan_advice(const struct plan_report *report)
{
    if (report->provisioners >= report->required)
        return report->provisioners;
    if (report->guideline && report->guideline->replicas > report->required)
        return report->guideline->replicas;
    return report->required;
}

/* ---- JSON ---- */

static void add_seconds(struct buffer *out, const char *name, double seconds)
{
    (void)buffer_printf(out, "\"%s\":%.10g,", name, round(seconds * 1000) / 1000);
}

void plan_report_json(const struct plan_report *report, struct buffer *out)
{
    (void)buffer_printf(out, "{\"provisioners\":%" PRId64 ",", report->provisioners);
    add_seconds(out, "p50WaitSeconds", report->waits.p50_s);
    add_seconds(out, "p95WaitSeconds", report->waits.p95_s);
    add_seconds(out, "longestWaitSeconds", report->waits.longest_s);
    (void)buffer_printf(out, "\"requiredProvisioners\":%" PRId64 ",", report->required);
    if (report->guideline)
        (void)buffer_printf(out, "\"guidelineMinimum\":%" PRId64 ",\"guidelineProvisioners\":%" PRId64 "}\n", report->guideline->minimum,
                            report->guideline->replicas);
    else
        (void)buffer_add_text(out, "\"guidelineMinimum\":null,\"guidelineProvisioners\":null}\n");
}

/* ---- The page: waits ---- */

/* Tenths of a second tell something of a short wait only. */
static void wait_text(double seconds, char out[DURATION_TEXT_MAX])
{
    double step_s = seconds < 10 ? 0.1 : 1;

    duration_format(llround(round(seconds / step_s) * step_s * 1000), out);
}

static void add_crowd(const struct plan_report *report, struct buffer *out)
{
    const struct plan_crowd *crowd = &report->crowd;
    char job[DURATION_TEXT_MAX], spread[DURATION_TEXT_MAX], target[DURATION_TEXT_MAX];

    wait_text(crowd->job_s, job);
    wait_text(crowd->spread_s, spread);
    wait_text(report->target_wait_s, target);
    (void)buffer_printf(out, "%" PRId64 " people ask for a workspace ", crowd->users);
    if (crowd->spread_s > 0)
        (void)buffer_printf(out, "at random within %s", spread);
    else
        (void)buffer_add_text(out, "at the same moment");
    (void)buffer_printf(out, "; a build takes %s", job);
    if (crowd->varies)
        (void)buffer_printf(out, " on average (lognormal, coefficient of variation %.10g)", crowd->job_cv);
    if (report->history)
        (void)buffer_printf(out, ", as those of queue %s in the last hour", report->history);
    (void)buffer_printf(out, ".\nWanted: %s at most %s.\n\n", crowd->varies ? "95 % of them wait" : "the longest wait is", target);
}

static void add_rows(const struct plan_report *report, struct buffer *out)
{
    (void)buffer_printf(out, "%12s  %5s  %8s  %8s  %8s\n", "PROVISIONERS", "WAVES", "P50", "P95", "LONGEST");
    for (size_t i = 0; i < report->n_rows; i++) {
        const struct plan_row *row = &report->rows[i];
        char p50[DURATION_TEXT_MAX], p95[DURATION_TEXT_MAX], longest[DURATION_TEXT_MAX];

        wait_text(row->waits.p50_s, p50);
        wait_text(row->waits.p95_s, p95);
        wait_text(row->waits.longest_s, longest);
        (void)buffer_printf(out, "%12" PRId64 "  %5" PRId64 "  %8s  %8s  %8s  %s\n", row->provisioners,
                            plan_waves(report->crowd.users, row->provisioners), p50, p95, longest, row->why);
    }
}

/* ---- The page: the guideline ---- */

/* The guideline promises that nobody waits for more than one build: two waves. People who come one after the other make no waves. */
static void add_break(const struct plan_report *report, int64_t provisioners, struct buffer *out)
{
    int64_t waves = plan_waves(report->crowd.users, provisioners);

    if (waves > 2 && report->crowd.spread_s < report->crowd.job_s)
        (void)buffer_printf(out,
                            "  It breaks here: %" PRId64 " people on %" PRId64 " provisioners are %" PRId64
                            " waves, so the last wait for %" PRId64 " whole builds; in two waves %" PRId64 " serve %" PRId64 " people.\n",
                            report->crowd.users, provisioners, waves, waves - 1, provisioners, 2 * provisioners);
}

static void add_guideline(const struct plan_report *report, struct buffer *out)
{
    const struct guideline *row = report->guideline;

    if (!row) {
        (void)buffer_add_text(out, "\nGuideline: none for so many people; the number required is computed.\n");
        return;
    }
    (void)buffer_printf(out, "\nGuideline: from %" PRId64 " people on %" PRId64 " provisioners", row->users, row->replicas);
    if (row->minimum < row->replicas)
        (void)buffer_printf(out, ", at least %" PRId64, row->minimum);
    (void)buffer_add_text(out, ".\n");
    add_break(report, row->minimum, out);
    if (row->minimum < row->replicas)
        add_break(report, row->replicas, out);
}

/* ---- The page: room on the nodes ---- */

static const double gibibyte = 1024.0 * 1024 * 1024;

/* Whatever group the workspaces go to: it is told what each would have, or whether what they request fits. */
static void add_room(const struct plan_report *report, const struct plan_room *room, struct buffer *out)
{
    double users = (double)report->crowd.users, cores = report->workspace_cores * users, bytes = report->workspace_bytes * users;
    bool fits = cores <= room->cores && bytes <= room->bytes;

    if (room->cores < 0 || room->bytes < 0) {
        (void)buffer_printf(out, "  %s: not known\n", room->group);
        return;
    }
    (void)buffer_printf(out, "  %s: %.1f cores and %.1f GiB are left: ", room->group, room->cores, room->bytes / gibibyte);
    if (cores > 0 || bytes > 0)
        (void)buffer_printf(out, "%s; they request %.1f cores and %.1f GiB\n", fits ? "enough" : "NOT ENOUGH", cores, bytes / gibibyte);
    else
        (void)buffer_printf(out, "%.2f cores and %.2f GiB for each workspace\n", room->cores / users, room->bytes / gibibyte / users);
}

static void add_rooms(const struct plan_report *report, struct buffer *out)
{
    (void)buffer_printf(out, "\nRoom for %" PRId64 " workspaces, also after the loss of a node:\n", report->crowd.users);
    if (!report->rooms)
        (void)buffer_add_text(out, "  not looked at: give --server, where an adapter with nodeGroups runs\n");
    else if (report->rooms->len == 0)
        (void)buffer_add_text(out, "  not known: the adapter's nodeGroups are off, or their nodes and pods are not read yet\n");
    for (size_t i = 0; report->rooms && i < report->rooms->len; i++)
        add_room(report, &report->rooms->items[i], out);
}

/* ---- The page: the checklist ---- */

static void add_hpa_command(const struct queue_spec *queue, const char *name_space, int64_t min, struct buffer *out)
{
    int64_t max = min > queue->replicas_max ? min : queue->replicas_max;

    (void)buffer_printf(out,
                        "  kubectl patch hpa %s --namespace %s --type merge --patch '{\"spec\":{\"minReplicas\":%" PRId64
                        ",\"maxReplicas\":%" PRId64 "}}'\n",
                        queue->workload.name, name_space, min, max);
}

static void add_queue(const struct queue_spec *queue, int64_t advice, struct buffer *out)
{
    const char *kind = workload_kinds[queue->workload.kind], *workload = queue->workload.name;
    const char *name_space = strcmp(queue->name_space, "*") == 0 ? "NAMESPACE" : queue->name_space;
    int64_t least = queue->replicas_min > 0 ? queue->replicas_min : 1; /* an HPA takes 0 only behind a feature gate */

    (void)buffer_printf(out, "\nQueue %s, before:\n", queue->name);
    add_hpa_command(queue, name_space, advice, out);
    (void)buffer_printf(out, "  kubectl scale %s %s --namespace %s --replicas=%" PRId64 "\n", kind, workload, name_space, advice);
    (void)buffer_printf(out, "  kubectl rollout status %s %s --namespace %s --timeout=5m\n", kind, workload, name_space);
    (void)buffer_printf(out, "Queue %s, after (the HPA shrinks it by and by):\n", queue->name);
    add_hpa_command(queue, name_space, least, out);
    if (advice > queue->replicas_max)
        (void)buffer_printf(out,
                            "  Where the adapter is to do this for its workshops: replicas.max of the queue is %" PRId64
                            ", which cuts them off; raise it to %" PRId64 ".\n",
                            queue->replicas_max, advice);
}

static void add_checklist(const struct plan_report *report, struct buffer *out)
{
    int64_t advice = plan_advice(report);

    (void)buffer_printf(out,
                        "\nChecklist, a quarter of an hour before, for each queue that the workshop uses: %" PRId64 " provisioners.\n"
                        "The nodes must have room for them too, beside the workspaces.\n"
                        "The first command is for where an HPA has the workload's name; the second makes it happen at once.\n"
                        "The adapter does the same by itself for a workshop that stands in its configuration (workshops).\n",
                        advice);
    for (size_t i = 0; i < report->n_queues; i++)
        add_queue(&report->queues[i], advice, out);
}

void plan_report_page(const struct plan_report *report, struct buffer *out)
{
    add_crowd(report, out);
    add_rows(report, out);
    add_guideline(report, out);
    add_rooms(report, out);
    add_checklist(report, out);
}
