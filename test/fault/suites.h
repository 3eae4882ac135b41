/* suites.h - the suites of failing allocations. */
#ifndef TEST_FAULT_SUITES_H
#define TEST_FAULT_SUITES_H

#include <check.h>

Suite *adapter_fault_suite(void);
Suite *apiservice_fault_suite(void);
Suite *cluster_fault_suite(void);
Suite *emulator_fault_suite(void);
Suite *identity_fault_suite(void);
Suite *kube_fault_suite(void);
Suite *metric_fault_suite(void);
Suite *nodegroup_fault_suite(void);
Suite *plan_fault_suite(void);
Suite *prometheus_fault_suite(void);
Suite *queue_fault_suite(void);
Suite *queue_past_fault_suite(void);

#endif
