/* kubeconfig_yaml.h - the YAML of a kubeconfig as a JSON tree in which every scalar is text. Pure; the only use of libyaml here.
 *
 * Bounds   KUBECONFIG_BYTES_MAX, KUBECONFIG_DEPTH_MAX; anchors, aliases and tags are refused, so nothing grows
 *          beyond what is written
 * Errors   "line 3, column 5: ..."
 * Owner    *out_new is the caller's */
#ifndef KUBE_KUBECONFIG_YAML_H
#define KUBE_KUBECONFIG_YAML_H

#include <jansson.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/error.h"

enum { KUBECONFIG_BYTES_MAX = 1024 * 1024, KUBECONFIG_DEPTH_MAX = 32 };

/* A plain ~, null or nothing is JSON null; everything else, numbers and booleans too, is a string. */
int kubeconfig_yaml_read(const char *text, size_t len, json_t **out_new, struct error *err) MUST_CHECK;

#endif
