/* main.c - runs the suites of apiservice/. */
#include "base/attributes.h"
#include "test/unit/apiservice/suites.h"
#include "test/unit/run.h"

static make_suite *const suites[] = {
    access_suite,
    api_suite,
    authentication_config_suite,
    authentication_suite,
    authorization_suite,
    bad_identity_suite,
    bad_input_suite,
    client_cert_suite,
    discovery_suite,
    explain_suite,
    exposition_suite,
    external_metric_suite,
    health_suite,
    label_syntax_suite,
    list_options_suite,
    negotiation_suite,
    own_ca_suite,
    read_desk_suite,
    request_head_suite,
    request_metrics_suite,
    requestheader_suite,
    response_form_suite,
    review_cache_suite,
    review_key_suite,
    review_metrics_suite,
    route_suite,
    selector_suite,
    server_limits_suite,
    server_peers_suite,
    server_suite,
    status_suite,
    table_suite,
    target_suite,
    tls_identity_suite,
    watchdog_suite,
    wire_json_suite,
    wire_name_suite,
    wire_value_suite,
};

int main(void)
{
    return run_suites(suites, ARRAY_LEN(suites));
}
