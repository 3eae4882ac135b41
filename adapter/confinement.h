/* confinement.h - rights that the process gives up for good once it knows its configuration: whoever takes it over can do little more
 * than it does itself.
 *
 * Shape    files (Landlock): reads what the configuration names and what the C library and TLS need, by folder, since Kubernetes swaps
 *          links; writes the folder of the history and nothing else; listens on its own port; signals nobody.
 *          calls (seccomp): no program is started, no file gets other rights, nothing is traced, no memory becomes code
 * Order    before the first thread: Landlock binds the calling thread and what it starts later
 * Errors   a kernel or a container runtime without one of them costs that part, which is logged; it never keeps the program from running
 * Threads  the loop's */
#ifndef ADAPTER_CONFINEMENT_H
#define ADAPTER_CONFINEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "adapter/config.h"

struct confinement;

struct confinement_needs {
    const struct config *config;
    const char *config_path, *kubeconfig; /* kubeconfig NULL: none is named */
    uint16_t port;                        /* 0: any free one */
};

/* Notes which folders are needed; a folder that is not there yet counts as the nearest one above it that is. */
struct confinement *confinement_new(const struct confinement_needs *needs, struct error *err) MUST_CHECK;
void confinement_free(struct confinement *confinement); /* NULL is fine; what was given up stays so */
DEFINE_CLEANUP_POINTER(struct confinement, confinement_free)

/* Gives the rights up and logs what could not be. */
void confinement_enter(struct confinement *confinement);
/* -1: next names a file that the confined process could not reach; that needs a restart. 0 when nothing was given up. */
int confinement_covers(const struct confinement *confinement, const struct config *next, struct error *err) MUST_CHECK;

/* --- the two parts --- */

struct confinement_folder {
    char *path; /* without links */
    bool writable;
};

/* -1: not here; err says why. */
int confine_files(const struct confinement_folder *folders, size_t n, uint16_t port, struct error *err) MUST_CHECK;
int confine_calls(bool writes_files, struct error *err) MUST_CHECK;

#endif
