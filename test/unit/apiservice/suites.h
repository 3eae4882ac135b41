/* suites.h - one suite a source file of apiservice/. */
#ifndef TEST_UNIT_APISERVICE_SUITES_H
#define TEST_UNIT_APISERVICE_SUITES_H

#include <check.h>

Suite *access_suite(void);
Suite *api_suite(void);
Suite *authentication_config_suite(void);
Suite *authentication_suite(void);
Suite *authorization_suite(void);
Suite *bad_identity_suite(void);
Suite *bad_input_suite(void);
Suite *client_cert_suite(void);
Suite *discovery_suite(void);
Suite *explain_suite(void);
Suite *exposition_suite(void);
Suite *external_metric_suite(void);
Suite *health_suite(void);
Suite *label_syntax_suite(void);
Suite *list_options_suite(void);
Suite *negotiation_suite(void);
Suite *own_ca_suite(void);
Suite *read_desk_suite(void);
Suite *request_head_suite(void);
Suite *request_metrics_suite(void);
Suite *requestheader_suite(void);
Suite *response_form_suite(void);
Suite *review_cache_suite(void);
Suite *review_key_suite(void);
Suite *review_metrics_suite(void);
Suite *route_suite(void);
Suite *selector_suite(void);
Suite *server_limits_suite(void);
Suite *server_peers_suite(void);
Suite *server_suite(void);
Suite *status_suite(void);
Suite *table_suite(void);
Suite *target_suite(void);
Suite *tls_identity_suite(void);
Suite *watchdog_suite(void);
Suite *wire_json_suite(void);
Suite *wire_name_suite(void);
Suite *wire_value_suite(void);

#endif
