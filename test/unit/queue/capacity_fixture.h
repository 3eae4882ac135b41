/* capacity_fixture.h - the computed cases of test/fixtures/capacity. */
#ifndef TEST_UNIT_QUEUE_CAPACITY_FIXTURE_H
#define TEST_UNIT_QUEUE_CAPACITY_FIXTURE_H

#include <jansson.h>

json_t *capacity_fixture_read(const char *name); /* new; fails the test when it is not there */
double fixture_number(const json_t *row, const char *name);

#endif
