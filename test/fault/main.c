/* main.c - every decoder and maker, with each of its allocations failing once. */
#include "base/attributes.h"
#include "test/fault/suites.h"
#include "test/unit/run.h"

static make_suite *const suites[] = {
    queue_fault_suite,     plan_fault_suite,       kube_fault_suite,       metric_fault_suite,
    cluster_fault_suite,   adapter_fault_suite,    apiservice_fault_suite, identity_fault_suite,
    nodegroup_fault_suite, prometheus_fault_suite, queue_past_fault_suite, emulator_fault_suite,
};

int main(void)
{
    return run_suites(suites, ARRAY_LEN(suites));
}
