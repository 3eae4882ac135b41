/* main.c - runs the suites of kube/. */
#include "base/attributes.h"
#include "test/unit/kube/suites.h"
#include "test/unit/run.h"

static make_suite *const suites[] = {
    api_error_suite,   client_suite,  decoder_suite, identity_suite,         kubeconfig_suite,     lease_suite,
    lease_rules_suite, objects_suite, path_suite,    protobuf_decoder_suite, quantity_parse_suite, quantity_suite,
    review_wire_suite, reviews_suite, watch_suite,   watch_rules_suite,
};

int main(void)
{
    return run_suites(suites, ARRAY_LEN(suites));
}
