/* main.c - runs the suites of apiservice/. */
#include "base/attributes.h"
#include "test/unit/apiservice/suites.h"
#include "test/unit/run.h"

static make_suite *const suites[] = {
    api_suite,          discovery_suite,    exposition_suite,    external_metric_suite, health_suite,
    label_syntax_suite, list_options_suite, negotiation_suite,   request_head_suite,    request_metrics_suite,
    route_suite,        selector_suite,     server_limits_suite, server_suite,          status_suite,
    target_suite,       tls_identity_suite, watchdog_suite,      wire_json_suite,
};

int main(void)
{
    return run_suites(suites, ARRAY_LEN(suites));
}
