/* main.c - runs the suites of emulator/. */
#include <stdlib.h>

#include "base/attributes.h"
#include "test/unit/emulator/suites.h"

static Suite *(*const suites[])(void) = {
    answer_suite,          coder_api_suite,    coder_filter_suite, coder_json_suite,   control_api_suite,   demo_adapter_suite,
    demo_folder_suite,     demo_options_suite, demo_reading_suite, demo_table_suite,   demo_workshop_suite, emulator_suite,
    emulator_server_suite, event_heap_suite,   fault_suite,        fault_answer_suite, go_json_suite,       rate_limit_suite,
    scenario_suite,        simulation_suite,   stable_id_suite,    tagset_suite,       url_suite,
};

int main(void)
{
    SRunner *runner = srunner_create(NULL);
    int failed;

    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        srunner_add_suite(runner, suites[i]());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
