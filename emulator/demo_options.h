/* demo_options.h - the command line of the demo.
 *
 * Errors   -1: done already (--help), or a mistake that is told on stderr; *status is then the exit status */
#ifndef EMULATOR_DEMO_OPTIONS_H
#define EMULATOR_DEMO_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct demo_options {
    const char *adapter; /* NULL: beside this program */
    double speed;
    int64_t users;
    int64_t seconds; /* real ones after which it ends, however far it is; 0: when the workshop is over */
    bool forever;
};

int demo_options_parse(int argc, char **argv, struct demo_options *out, int *status) MUST_CHECK;

#endif
