/* run.h - runs a folder's suites; each folder's main.c lists them. */
#ifndef TEST_UNIT_RUN_H
#define TEST_UNIT_RUN_H

#include <check.h>
#include <stddef.h>

typedef Suite *make_suite(void);

/* The exit code of the program. */
int run_suites(make_suite *const suites[], size_t n);

/* The tests of this TCase run at native speed only: test/analysis/run leaves them out under valgrind, and prints them and why. */
#define NATIVE_ONLY(tcase, why) tcase_set_tags(tcase, "native")

#endif
