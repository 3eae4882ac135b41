/* main.c - runs the suites of queue/. */
#include "base/attributes.h"
#include "test/unit/queue/suites.h"
#include "test/unit/run.h"

static make_suite *const suites[] = {
    backoff_suite,       completion_suite,   outcome_suite,       quantile_suite,   sliding_suite,        sliding_bytes_suite,
    coder_client_suite,  coder_clock_suite,  coder_error_suite,   coder_json_suite, coder_url_suite,      daemon_suite,
    daemon_decode_suite, hpa_suite,          hpa_rules_suite,     job_suite,        job_decode_suite,     model_suite,
    model_routes_suite,  model_strays_suite, model_workers_suite, poller_suite,     tag_sets_suite,       tags_suite,
    uuid_suite,          erlang_suite,       plan_suite,          policy_suite,     policy_explain_suite, policy_history_suite,
    previous_jobs_suite, profile_suite,      protection_suite,    schedule_suite,   workshop_suite,       workshop_map_suite,
    zone_suite,          zone_rule_suite,    queue_suite,
};

int main(void)
{
    return run_suites(suites, ARRAY_LEN(suites));
}
