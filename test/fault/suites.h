/* suites.h - the suites of failing allocations, one for each folder of the tree. */
#ifndef TEST_FAULT_SUITES_H
#define TEST_FAULT_SUITES_H

#include <check.h>

Suite *adapter_fault_suite(void);
Suite *apiservice_fault_suite(void);
Suite *kube_fault_suite(void);
Suite *metric_fault_suite(void);
Suite *nodegroup_fault_suite(void);
Suite *queue_fault_suite(void);

#endif
