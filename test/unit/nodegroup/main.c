/* main.c - runs the suites of nodegroup/. */
#include <check.h>
#include <stdlib.h>

#include "base/attributes.h"

/* Suite *thing_suite(void); for each thing_test.c */

static Suite *(*const suites[])(void) = {
    NULL,
};

int main(void)
{
    SRunner *runner = srunner_create(NULL);
    int failed;

    for (size_t i = 0; i < ARRAY_LEN(suites); i++)
        if (suites[i])
            srunner_add_suite(runner, suites[i]());
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
