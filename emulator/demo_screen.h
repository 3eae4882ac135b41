/* demo_screen.h - the demo's words to people: rows on stdout as they come, failures on stderr. */
#ifndef EMULATOR_DEMO_SCREEN_H
#define EMULATOR_DEMO_SCREEN_H

#include "emulator/demo_folder.h"
#include "emulator/demo_table.h"

struct demo_screen {
    bool colours;
};

struct demo_begin {
    int64_t users, replicas_min, replicas_max;
    double speed;
    int coder_port, serving_port;
    const char *ca_file, *path; /* how to look at the metric meanwhile */
};

void demo_show_begin(const struct demo_screen *screen, const struct demo_begin *begin);
void demo_show_row(const struct demo_screen *screen, const struct demo_row *row);
void demo_show_comparison(const struct demo_comparison *comparison);
void demo_show_next(const struct demo_screen *screen, int64_t rest_ms);
/* With the end of the adapter's log, when the folder has one. */
void demo_show_failure(const struct demo_folder *folder, const struct error *err);

#endif
