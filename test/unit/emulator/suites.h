/* suites.h - one suite per file of emulator/. */
#ifndef TEST_UNIT_EMULATOR_SUITES_H
#define TEST_UNIT_EMULATOR_SUITES_H

#include <check.h>

Suite *answer_suite(void);
Suite *coder_api_suite(void);
Suite *coder_filter_suite(void);
Suite *coder_json_suite(void);
Suite *control_api_suite(void);
Suite *demo_adapter_suite(void);
Suite *demo_folder_suite(void);
Suite *demo_options_suite(void);
Suite *demo_reading_suite(void);
Suite *demo_table_suite(void);
Suite *demo_workshop_suite(void);
Suite *emulator_suite(void);
Suite *emulator_server_suite(void);
Suite *event_heap_suite(void);
Suite *fault_suite(void);
Suite *fault_answer_suite(void);
Suite *go_json_suite(void);
Suite *rate_limit_suite(void);
Suite *scenario_suite(void);
Suite *simulation_suite(void);
Suite *stable_id_suite(void);
Suite *tagset_suite(void);
Suite *url_suite(void);

#endif
