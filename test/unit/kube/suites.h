/* suites.h - one suite a source file of kube/. */
#ifndef TEST_UNIT_KUBE_SUITES_H
#define TEST_UNIT_KUBE_SUITES_H

#include <check.h>

Suite *api_error_suite(void);
Suite *client_suite(void);
Suite *decoder_suite(void);
Suite *identity_suite(void);
Suite *kubeconfig_suite(void);
Suite *lease_suite(void);
Suite *lease_rules_suite(void);
Suite *objects_suite(void);
Suite *path_suite(void);
Suite *protobuf_decoder_suite(void);
Suite *quantity_parse_suite(void);
Suite *quantity_suite(void);
Suite *review_wire_suite(void);
Suite *reviews_suite(void);
Suite *watch_suite(void);
Suite *watch_rules_suite(void);

#endif
