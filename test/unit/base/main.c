/* main.c - runs the suites of base/. */
#include "base/attributes.h"
#include "test/unit/base/suites.h"
#include "test/unit/run.h"

static make_suite *const suites[] = {
    arena_suite, base64_suite, buffer_suite, duration_suite,  error_suite, escape_suite,
    file_suite,  hash_suite,   hex_suite,    json_scan_suite, json_suite,  timestamp_suite,
};

int main(void)
{
    return run_suites(suites, ARRAY_LEN(suites));
}
