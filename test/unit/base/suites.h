/* suites.h - one suite for each file of base/. */
#ifndef TEST_UNIT_BASE_SUITES_H
#define TEST_UNIT_BASE_SUITES_H

#include <check.h>

Suite *arena_suite(void);
Suite *base64_suite(void);
Suite *buffer_suite(void);
Suite *duration_suite(void);
Suite *error_suite(void);
Suite *escape_suite(void);
Suite *file_suite(void);
Suite *hash_suite(void);
Suite *hex_suite(void);
Suite *json_scan_suite(void);
Suite *json_suite(void);
Suite *timestamp_suite(void);

#endif
