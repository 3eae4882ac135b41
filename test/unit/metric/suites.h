/* suites.h - one suite for each file of metric/. */
#ifndef TEST_UNIT_METRIC_SUITES_H
#define TEST_UNIT_METRIC_SUITES_H

#include <check.h>

Suite *family_suite(void);
Suite *snapshot_suite(void);
Suite *store_suite(void);

#endif
