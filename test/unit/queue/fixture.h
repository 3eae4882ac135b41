/* fixture.h - what Coder answers, as recorded. */
#ifndef TEST_UNIT_QUEUE_FIXTURE_H
#define TEST_UNIT_QUEUE_FIXTURE_H

#include <stdint.h>

#include "base/buffer.h"

#define FIXTURE_CLOCK "2026-09-14T08:00:10Z" /* when the lists of test/fixtures/coder were made */

void fixture_read(const char *name, struct buffer *out); /* of test/fixtures/coder; fails the test when it is not there */
int64_t unix_ms_of(const char *stamp);

#endif
