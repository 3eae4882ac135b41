/* microtime.h - metav1.MicroTime, the stamp of a Lease. Pure.
 *
 * Units    *_unix_ms: UTC
 * Source   Go's RFC3339Micro: "2026-01-02T03:04:05.678000Z". Its parser takes exactly six digits; timestamp_parse reads it */
#ifndef KUBE_MICROTIME_H
#define KUBE_MICROTIME_H

#include <stdint.h>

#include "base/timestamp.h"

void microtime_format(int64_t unix_ms, char out[TIMESTAMP_TEXT_MAX]);

#endif
