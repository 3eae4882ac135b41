/* suites.h - one suite a source file of nodegroup/. */
#ifndef TEST_UNIT_NODEGROUP_SUITES_H
#define TEST_UNIT_NODEGROUP_SUITES_H

#include <check.h>

Suite *advice_size_suite(void);
Suite *advice_suite(void);
Suite *capacity_cluster_suite(void);
Suite *capacity_decode_suite(void);
Suite *capacity_list_suite(void);
Suite *capacity_values_suite(void);
Suite *forecast_suite(void);
Suite *history_store_suite(void);
Suite *history_suite(void);
Suite *pod_list_suite(void);
Suite *pod_rules_suite(void);
Suite *prometheus_suite(void);
Suite *report_history_suite(void);
Suite *report_suite(void);
Suite *request_suite(void);
Suite *resilience_resize_suite(void);
Suite *resilience_suite(void);
Suite *resilience_usage_suite(void);
Suite *rightsize_suite(void);
Suite *series_suite(void);
Suite *usage_samples_suite(void);
Suite *usage_tracker_suite(void);
Suite *window_suite(void);

#endif
