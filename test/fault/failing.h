/* failing.h - allocations that fail when they are told to.
 *
 * Shape    the program is linked with --wrap for malloc and its family, so that all calls out of our libraries (and out of libraries
 *          that are linked statically) come here; those of jansson come by base/json.c. Between arm and disarm they are counted, some
 *          fail, and what was allocated and not freed is remembered
 * Bounds   FAILING_BLOCKS_MAX live blocks in one round
 * Threads  none: one test, one thread. No Check macro between arm and disarm, it allocates, too */
#ifndef TEST_FAULT_FAILING_H
#define TEST_FAULT_FAILING_H

#include <stddef.h>

enum { FAILING_BLOCKS_MAX = 1 << 16 };

enum failing_mode {
    FAILING_FROM, /* the n-th allocation and all after it: memory has run out */
    FAILING_ONLY, /* the n-th alone: what follows an error must not hide it */
    FAILING_MODES
};

struct failing_report {
    size_t asked, failed; /* allocations */
    size_t leaked;        /* blocks */
};

/* nth counts from 1; 0: none fails. */
void failing_arm(size_t nth, enum failing_mode mode);
struct failing_report failing_disarm(void);

#endif
