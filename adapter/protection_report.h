/* protection_report.h - whose pods must be the last to go: from the worker, which knows Coder's state, to the loop, which writes.
 *
 * Shape    one row for each queue with protectBusy and a Deployment. Of a queue whose jobs or daemons are not known, or no longer
 *          (staleAfter), nothing is said: what is written already stays
 * Threads  made by the worker, as coder_state.h; then it is its taker's
 * Owner    {0} / protection_report_clear */
#ifndef ADAPTER_PROTECTION_REPORT_H
#define ADAPTER_PROTECTION_REPORT_H

#include "adapter/coder_state.h"

struct protection_row {
    char *name_space, *workload;
    bool known;
    char **taken; /* names of provisioners, which are those of their pods */
    size_t n_taken;
};

struct protection_report {
    struct protection_row *items;
    size_t len;
};

/* state was modelled. stale_before_boot_ms: readings before are not believed. */
int protection_report_make(const struct coder_state *state, int64_t stale_before_boot_ms, struct protection_report *out, struct error *err)
    MUST_CHECK;
void protection_report_clear(struct protection_report *report);

#endif
