/* serve.h - the running program: everything is made, wired and ended here.
 *
 * Shape    serve returns when a signal ended it: SIGTERM and SIGINT stop (a second one at once), SIGHUP reads the configuration again
 * Errors   only of the start; later ones are logged where they happen
 * Threads  main's becomes the loop's */
#ifndef ADAPTER_SERVE_H
#define ADAPTER_SERVE_H

#include "base/error.h"

struct serve_options {
    const char *config_path;
    const char *kubeconfig; /* NULL: the pod's cluster, if there is one */
    long port;              /* -1: as configured */
};

int serve(const struct serve_options *options, struct error *err) MUST_CHECK;

#endif
