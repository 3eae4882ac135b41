/* main.c - runs the suites of adapter/. */
#include "base/attributes.h"
#include "test/unit/run.h"
#include "test/unit/adapter/suites.h"

static make_suite *const suites[] = {
    ca_bundle_suite,
    certificate_plan_suite,
    certificate_rotation_suite,
    certificate_secret_suite,
    certificate_writer_suite,
    cluster_findings_suite,
    cluster_told_suite,
    coder_history_suite,
    coder_policies_suite,
    coder_samples_suite,
    coder_state_suite,
    command_arguments_suite,
    command_man_suite,
    command_plan_suite,
    command_words_suite,
    completion_samples_suite,
    config_check_suite,
    config_mistakes_suite,
    config_reference_suite,
    config_suite,
    config_watch_suite,
    confinement_suite,
    delegation_suite,
    explain_report_suite,
    families_reference_suite,
    grace_suite,
    node_figures_suite,
    node_history_suite,
    node_pool_suite,
    node_samples_suite,
    node_settings_suite,
    option_fill_suite,
    option_suite,
    option_text_suite,
    option_value_suite,
    plan_answers_suite,
    protection_report_suite,
    tags_label_suite,
    token_findings_suite,
    yaml_tree_suite,
};

int main(void)
{
    return run_suites(suites, ARRAY_LEN(suites));
}
