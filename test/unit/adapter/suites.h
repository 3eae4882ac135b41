/* suites.h - one suite for each file of adapter/. */
#ifndef TEST_UNIT_ADAPTER_SUITES_H
#define TEST_UNIT_ADAPTER_SUITES_H

#include <check.h>

Suite *ca_bundle_suite(void);
Suite *certificate_plan_suite(void);
Suite *certificate_rotation_suite(void);
Suite *certificate_secret_suite(void);
Suite *certificate_writer_suite(void);
Suite *cluster_findings_suite(void);
Suite *cluster_told_suite(void);
Suite *coder_history_suite(void);
Suite *coder_policies_suite(void);
Suite *coder_samples_suite(void);
Suite *coder_state_suite(void);
Suite *command_arguments_suite(void);
Suite *command_man_suite(void);
Suite *command_plan_suite(void);
Suite *command_words_suite(void);
Suite *completion_samples_suite(void);
Suite *config_check_suite(void);
Suite *config_mistakes_suite(void);
Suite *config_reference_suite(void);
Suite *config_suite(void);
Suite *config_watch_suite(void);
Suite *confinement_suite(void);
Suite *delegation_suite(void);
Suite *explain_report_suite(void);
Suite *families_reference_suite(void);
Suite *grace_suite(void);
Suite *node_figures_suite(void);
Suite *node_history_suite(void);
Suite *node_pool_suite(void);
Suite *node_samples_suite(void);
Suite *node_settings_suite(void);
Suite *option_fill_suite(void);
Suite *option_suite(void);
Suite *option_text_suite(void);
Suite *option_value_suite(void);
Suite *plan_answers_suite(void);
Suite *protection_report_suite(void);
Suite *tags_label_suite(void);
Suite *token_findings_suite(void);
Suite *yaml_tree_suite(void);

#endif
