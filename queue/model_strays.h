/* model_strays.h - the waiting jobs that belong to no configured queue. Pure.
 *
 * Shape    counted per tag set while jobs are assigned; then told apart: unmanaged when an online daemon can run them, unserved when
 *          none can. In each list tags that print alike (they differ in scope or owner only) are one row, since what they
 *          print is the label of one series; rows are sorted by it
 * Owner    {0} / stray_counts_clear, stray_list_clear */
#ifndef QUEUE_MODEL_STRAYS_H
#define QUEUE_MODEL_STRAYS_H

#include "queue/daemon.h"
#include "queue/model.h"

struct stray_count {
    int64_t count, oldest_wait_ms;
};

struct stray_counts {
    struct stray_count *sets; /* one per tag set */
    const struct tag_sets *tag_sets;
};

void stray_counts_clear(struct stray_counts *counts);
int stray_counts_prepare(struct stray_counts *counts, const struct tag_sets *tag_sets, struct error *err) MUST_CHECK;
void stray_counts_add(struct stray_counts *counts, uint32_t tag_set, int64_t wait_ms);
/* Fills unserved and unmanaged of the model. */
int strays_make(const struct stray_counts *counts, const struct daemon_list *daemons, struct queue_model *model, struct error *err)
    MUST_CHECK;
void stray_list_clear(struct stray_list *strays);

#endif
