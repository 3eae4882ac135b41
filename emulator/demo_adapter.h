/* demo_adapter.h - the adapter as a child process.
 *
 * End      the child gets SIGTERM, then SIGKILL; it also gets SIGKILL from the kernel when the demo itself dies
 * Threads  all from the thread that started it, with SIGCHLD blocked
 * Owner    {0} / demo_adapter_stop */
#ifndef EMULATOR_DEMO_ADAPTER_H
#define EMULATOR_DEMO_ADAPTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "emulator/demo_folder.h"

struct demo_adapter {
    pid_t pid; /* 0: not running */
};

/* path: NULL for the coder-metrics-adapter that lies beside this program. Checks that it can be run. */
int demo_adapter_find(const char *path, char out[DEMO_PATH_MAX], struct error *err) MUST_CHECK;
int demo_adapter_start(const char *program, const struct demo_folder *folder, struct demo_adapter *out, struct error *err) MUST_CHECK;
/* True when it has ended by itself; *status is then as of waitpid. */
bool demo_adapter_has_ended(struct demo_adapter *adapter, int *status);
void demo_adapter_stop(struct demo_adapter *adapter);
/* A port of 127.0.0.1 that is free now. */
int demo_find_port(int *out, struct error *err) MUST_CHECK;

#endif
