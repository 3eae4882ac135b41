/* suites.h - one suite for each file of adapter/. */
#ifndef TEST_UNIT_ADAPTER_SUITES_H
#define TEST_UNIT_ADAPTER_SUITES_H

#include <check.h>

Suite *coder_samples_suite(void);
Suite *coder_state_suite(void);
Suite *config_check_suite(void);
Suite *config_mistakes_suite(void);
Suite *config_reference_suite(void);
Suite *config_suite(void);
Suite *config_watch_suite(void);
Suite *option_fill_suite(void);
Suite *option_suite(void);
Suite *option_text_suite(void);
Suite *option_value_suite(void);
Suite *yaml_tree_suite(void);

#endif
