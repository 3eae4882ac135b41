/* quantity_parse.h - reading a resource.Quantity of the Kubernetes API. Pure.
 *
 * Shape    one number of billionths in 128 bits: the largest byte count in milli-units does not fit 64 bits (the Go
 *          library itself answers 0 for MilliValue of 1E), nor does 10E as it is
 * Units    nano: billionths of the value; below one it is rounded away from zero, as Go does
 * Errors   ERROR_INVALID names what is wrong. A text without any digit ("m", "k", "-", ".", "e3") is refused, though
 *          Go's fast path reads it as 0: an empty number is a mistake of its writer. Beyond 128 bits the value stays at
 *          the edge
 * Source   apimachinery resource.ParseQuantity: sign, digits with an optional point, and n u m - k M G T P E,
 *          Ki Mi Gi Ti Pi Ei, or e/E and a whole exponent */
#ifndef KUBE_QUANTITY_PARSE_H
#define KUBE_QUANTITY_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

enum { QUANTITY_INPUT_MAX = 128 }; /* longer texts are refused */

__extension__ typedef __int128 quantity_nano;

struct quantity {
    quantity_nano nano;
};

int quantity_parse(const char *text, size_t len, struct quantity *out, struct error *err) MUST_CHECK;

/* Rounded away from zero, as Value() and MilliValue() do; at the edge of 64 bits where Go would wrap around. */
int64_t quantity_value(struct quantity quantity);
int64_t quantity_milli(struct quantity quantity);
double quantity_double(struct quantity quantity);

#endif
