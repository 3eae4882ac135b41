#include "adapter/protection_report.h"

#include <stdlib.h>
#include <string.h>

#include "queue/protection.h"

static bool wants_protection(const struct queue_spec *spec)
{
    return spec->protect_busy && spec->workload.kind == WORKLOAD_DEPLOYMENT && strcmp(spec->name_space, "*") != 0;
}

static bool is_fresh(const struct organization_state *organization, int64_t stale_before_boot_ms)
{
    int64_t jobs = organization->sources[POLL_JOBS].read_boot_ms, daemons = organization->sources[POLL_DAEMONS].read_boot_ms;

    return jobs != 0 && daemons != 0 && jobs >= stale_before_boot_ms && daemons >= stale_before_boot_ms;
}

static int copy_taken(const struct protection_view *view, struct protection_row *row, struct error *err)
{
    size_t most = view->daemons->len, n;
    const char **names = calloc(most + 1, sizeof(*names));

    row->taken = calloc(most + 1, sizeof(*row->taken));
    n = names && row->taken ? protection_taken(view, names, most) : 0;
    while (names && row->taken && row->n_taken < n) {
        row->taken[row->n_taken] = strdup(names[row->n_taken]);
        if (!row->taken[row->n_taken])
            break;
        row->n_taken++;
    }
    if (!names || !row->taken || row->n_taken < n) {
        free(names);
        return error_no_memory(err);
    }
    free(names);
    return 0;
}

static int add_row(const struct organization_state *organization, size_t queue, bool fresh, struct protection_report *report,
                   struct error *err)
{
    const struct queue_spec *spec = organization->specs[queue];
    const struct protection_view view = {
        .jobs = &organization->jobs, .daemons = &organization->daemons, .model = &organization->model, .queue = (uint32_t)queue};
    struct protection_row *row = &report->items[report->len++];

    row->name_space = strdup(spec->name_space);
    row->workload = strdup(spec->workload.name);
    row->known = fresh;
    if (!row->name_space || !row->workload)
        return error_no_memory(err);
    return fresh ? copy_taken(&view, row, err) : 0;
}

static int add_rows(const struct coder_state *state, int64_t stale_before_boot_ms, struct protection_report *report, struct error *err)
{
    for (size_t i = 0; i < state->n_organizations; i++) {
        const struct organization_state *organization = &state->organizations[i];
        bool fresh = is_fresh(organization, stale_before_boot_ms);

        for (size_t j = 0; organization->same_as == i && j < organization->n_specs; j++)
            if (wants_protection(organization->specs[j]) && add_row(organization, j, fresh, report, err) < 0)
                return -1;
    }
    return 0;
}

int protection_report_make(const struct coder_state *state, int64_t stale_before_boot_ms, struct protection_report *out, struct error *err)
{
    CLEANUP(protection_report_clear) struct protection_report report = {.items = calloc(state->n_specs + 1, sizeof(*report.items))};

    if (!report.items)
        return error_no_memory(err);
    if (add_rows(state, stale_before_boot_ms, &report, err) < 0)
        return -1;
    *out = report;
    report = (struct protection_report){0};
    return 0;
}

void protection_report_clear(struct protection_report *report)
{
    for (size_t i = 0; i < report->len; i++) {
        struct protection_row *row = &report->items[i];

        for (size_t j = 0; j < row->n_taken; j++)
            free(row->taken[j]);
        free(row->taken);
        free(row->name_space);
        free(row->workload);
    }
    free(report->items);
    *report = (struct protection_report){0};
}
