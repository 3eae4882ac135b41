/* rounds.h - one action again and again: in round n its n-th allocation fails, until a round needs fewer.
 *
 * Law      a round in which an allocation failed refuses: with the error of memory, in words, *out as it was, nothing leaked. The
 *          round in which none failed does what it does without us */
#ifndef TEST_FAULT_ROUNDS_H
#define TEST_FAULT_ROUNDS_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum fault_outcome {
    FAULT_DONE,
    FAULT_REFUSED, /* err says why */
    FAULT_TOUCHED, /* refused, but *out is not as it was */
    FAULT_DAMAGED, /* done, but with another result than without failures */
};

struct fault_action {
    const char *name;
    enum fault_outcome (*act)(struct error *err); /* frees what it makes */
    size_t allocations_least;                     /* so that a test of nothing is seen */
    bool may_do_without; /* a failure may also leave a whole result: what failed was not needed, and act compares */
};

/* Runs both modes. */
void fault_rounds(const struct fault_action *action);

/* "*out is untouched": filled before, asked after; the answer of an action that was refused. */
void fault_fill(void *out, size_t size);
enum fault_outcome fault_refused(const void *out, size_t size);

#endif
