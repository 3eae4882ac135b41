/* main.c - runs the suites of metric/. */
#include "base/attributes.h"
#include "test/unit/run.h"
#include "test/unit/metric/suites.h"

static make_suite *const suites[] = {
    family_suite,
    snapshot_suite,
    store_suite,
};

int main(void)
{
    return run_suites(suites, ARRAY_LEN(suites));
}
