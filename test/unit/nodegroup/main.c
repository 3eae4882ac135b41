/* main.c - runs the suites of nodegroup/. */
#include "base/attributes.h"
#include "test/unit/nodegroup/suites.h"
#include "test/unit/run.h"

static make_suite *const suites[] = {
    advice_size_suite,    advice_suite,        capacity_cluster_suite, capacity_decode_suite,   capacity_list_suite, capacity_values_suite,
    forecast_suite,       history_store_suite, history_suite,          pod_list_suite,          pod_rules_suite,     prometheus_suite,
    report_history_suite, report_suite,        request_suite,          resilience_resize_suite, resilience_suite,    resilience_usage_suite,
    rightsize_suite,      series_suite,        usage_samples_suite,    usage_tracker_suite,     window_suite,
};

int main(void)
{
    return run_suites(suites, ARRAY_LEN(suites));
}
