/* route.h - does a path have the form of a route? Pure.
 *
 * Shape    a pattern is "/apis/{group}": its segments are fixed text, or a name in braces that takes any segment
 * Owner    values point into the target */
#ifndef APISERVICE_ROUTE_H
#define APISERVICE_ROUTE_H

#include <stdbool.h>

#include "apiservice/target.h"

enum { ROUTE_VALUES_MAX = 3 };

/* values: what stood for the braces, in their order. */
bool route_matches(const char *pattern, const struct target *target, const char *values[ROUTE_VALUES_MAX]);

#endif
