/* run.h - runs a folder's suites; each folder's main.c lists them. */
#ifndef TEST_UNIT_RUN_H
#define TEST_UNIT_RUN_H

#include <check.h>
#include <stddef.h>

typedef Suite *make_suite(void);

/* The exit code of the program. */
int run_suites(make_suite *const suites[], size_t n);

#endif
