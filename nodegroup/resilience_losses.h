/* resilience_losses.h - what may be lost, one loss after the other: the loop of resilience.c.
 *
 * Owner    losses_start / losses_clear */
#ifndef NODEGROUP_RESILIENCE_LOSSES_H
#define NODEGROUP_RESILIENCE_LOSSES_H

#include "nodegroup/resilience.h"

/* Losses one after the other: candidates, grouped. Node: each; zone: each zone's; drain: each pair. */
struct losses {
    enum resilience_mode mode;
    uint32_t *candidates; /* in zone mode ordered by zone */
    size_t n, at, beside; /* the next one is at; in drain mode (at, beside) */
    uint32_t pair[2];
};

int losses_start(struct placement *placement, enum resilience_mode mode, struct losses *losses, struct error *err) MUST_CHECK;
void losses_clear(struct losses *losses);
void losses_rewind(struct losses *losses);
/* The next loss, NULL behind the last; valid until the next call. */
const uint32_t *losses_next(struct losses *losses, const struct placement *placement, size_t *n);

#endif
