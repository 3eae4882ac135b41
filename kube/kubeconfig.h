/* kubeconfig.h - which server a kubeconfig names, and with what credential. Pure: files that it names are not read here.
 *
 * Shape    one context (the given one, or current-context) with its cluster and user resolved
 * Errors   name context, cluster or user, key, and what to do: "context prod: user admin: exec: programs are not run ..."
 * Owner    {0} / kubeconfig_clear; texts live as long as the struct
 * Source   client-go clientcmd api/v1: inline *-data wins over a file, tokenFile over token; relative paths
 *          are relative to the kubeconfig's folder. A kubeconfig in JSON is YAML too */
#ifndef KUBE_KUBECONFIG_H
#define KUBE_KUBECONFIG_H

#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/error.h"

/* At most one is set; both NULL: not there. */
struct kubeconfig_source {
    const char *text; /* the content itself: PEM or token */
    const char *path; /* the file that has it */
};

struct kubeconfig {
    struct arena arena;
    const char *context;
    const char *server;          /* "https://host:port/prefix", no slash at the end */
    const char *tls_server_name; /* NULL: the server's own name */
    const char *namespace;       /* "default" when none is set */
    struct kubeconfig_source ca, client_cert, client_key, token;
};

struct kubeconfig_choice {
    const char *folder;  /* of the kubeconfig, for relative paths */
    const char *context; /* NULL or "": current-context */
};

void kubeconfig_clear(struct kubeconfig *config);
int kubeconfig_read(const char *text, size_t len, const struct kubeconfig_choice *choice, struct kubeconfig *out, struct error *err)
    MUST_CHECK;

#endif
