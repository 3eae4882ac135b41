/* quantity.h - resource.Quantity, the number form of the Kubernetes API. Pure.
 *
 * Units    milli: thousandths of the value ("1500m" is 1500)
 * Source   apimachinery resource.Quantity, canonical decimal form: a whole mantissa, no digit lost, the largest
 *          suffix of m, none, k, M, G, T, P, E */
#ifndef KUBE_QUANTITY_H
#define KUBE_QUANTITY_H

#include <stddef.h>
#include <stdint.h>

enum { QUANTITY_TEXT_MAX = 24 }; /* "-9223372036854775808m" and its NUL */

/* The length of the text. */
size_t quantity_format_milli(int64_t milli, char out[QUANTITY_TEXT_MAX]);

#endif
