/* wire_name.h - a series' metadata.name: what kubectl prints for -o name, and asks for when it describes. Pure.
 *
 * Shape    the values of the labels in the family's order, joined by dots, in lower case: "default.coder.workspace--build.user".
 *          An underscore becomes two hyphens. A value that this cannot say (other characters, two hyphens, a dot before the
 *          last value, nothing at all) is said as well as it goes, and a hash of all labels at the end tells the name apart
 * Source   Kubernetes object names (DNS-1123 subdomain, 253 bytes); one path segment */
#ifndef APISERVICE_WIRE_NAME_H
#define APISERVICE_WIRE_NAME_H

#include "metric/snapshot.h"

enum { WIRE_NAME_MAX = 254 };

/* The same labels give the same name; labels of a family that differ give names that differ. */
void wire_name(const struct metric_sample *sample, char out[WIRE_NAME_MAX]);

#endif
