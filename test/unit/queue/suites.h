/* suites.h - one suite for each file of queue/. */
#ifndef TEST_UNIT_QUEUE_SUITES_H
#define TEST_UNIT_QUEUE_SUITES_H

#include <check.h>

Suite *backoff_suite(void);
Suite *coder_client_suite(void);
Suite *coder_clock_suite(void);
Suite *coder_error_suite(void);
Suite *coder_json_suite(void);
Suite *coder_url_suite(void);
Suite *completion_suite(void);
Suite *daemon_suite(void);
Suite *daemon_decode_suite(void);
Suite *hpa_suite(void);
Suite *hpa_rules_suite(void);
Suite *job_suite(void);
Suite *job_decode_suite(void);
Suite *model_suite(void);
Suite *model_routes_suite(void);
Suite *model_strays_suite(void);
Suite *model_workers_suite(void);
Suite *outcome_suite(void);
Suite *poller_suite(void);
Suite *quantile_suite(void);
Suite *queue_suite(void);
Suite *schedule_suite(void);
Suite *sliding_suite(void);
Suite *sliding_bytes_suite(void);
Suite *tag_sets_suite(void);
Suite *tags_suite(void);
Suite *uuid_suite(void);
Suite *erlang_suite(void);
Suite *plan_suite(void);
Suite *policy_suite(void);
Suite *policy_explain_suite(void);
Suite *policy_history_suite(void);
Suite *previous_jobs_suite(void);
Suite *profile_suite(void);
Suite *protection_suite(void);
Suite *workshop_suite(void);
Suite *workshop_map_suite(void);
Suite *zone_suite(void);
Suite *zone_rule_suite(void);

#endif
