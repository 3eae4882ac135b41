/* demo_reading.h - reads the answer of external.metrics.k8s.io as the HPA does: every item, summed. Pure.
 *
 * Units    thousandths
 * Errors   anything but an ExternalMetricValueList with at least one item whose values are Quantities */
#ifndef EMULATOR_DEMO_READING_H
#define EMULATOR_DEMO_READING_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

int demo_read_value(const char *body, size_t len, int64_t *out_milli, struct error *err) MUST_CHECK;

#endif
