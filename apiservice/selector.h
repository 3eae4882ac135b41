/* selector.h - Kubernetes label selectors: "queue=default,job_type in (a,b),!initiator". Pure.
 *
 * Shape    requirements in canonical form: sorted by key, values sorted and unique, "=" and "==" are In with one value,
 *          "!=" is NotIn with one value. All keys and values are slices of the text that was parsed
 * Bounds   SELECTOR_REQUIREMENTS_MAX, SELECTOR_VALUES_MAX over all requirements
 * Errors   ERROR_INVALID with the words of apimachinery's labels.Parse, which clients show to their users; *out is
 *          then not to be used
 * Owner    nothing to free; the text must outlive the selector
 * Source   apimachinery pkg/labels/selector.go, util/validation */
#ifndef APISERVICE_SELECTOR_H
#define APISERVICE_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "metric/snapshot.h"

enum { SELECTOR_REQUIREMENTS_MAX = 64, SELECTOR_VALUES_MAX = 256 };

enum selector_operator {
    SELECTOR_IN,
    SELECTOR_NOT_IN,
    SELECTOR_EXISTS,
    SELECTOR_NOT_EXISTS,
    SELECTOR_GREATER,
    SELECTOR_LESS,
};

struct text_slice {
    const char *at;
    size_t len;
};

struct selector_requirement {
    struct text_slice key;
    enum selector_operator op;
    size_t first_value, n_values; /* in selector.values */
    int64_t bound;                /* of SELECTOR_GREATER and SELECTOR_LESS */
};

struct selector {
    size_t n_requirements, n_values;
    struct selector_requirement requirements[SELECTOR_REQUIREMENTS_MAX];
    struct text_slice values[SELECTOR_VALUES_MAX];
};

int selector_parse(const char *text, struct selector *out, struct error *err) MUST_CHECK;
bool selector_matches(const struct selector *selector, const struct metric_label *labels, size_t n);
/* One requirement on the value of its key; value: NULL when the label is absent. */
bool selector_requirement_accepts(const struct selector *selector, size_t requirement, const char *value);
bool text_slice_is(struct text_slice slice, const char *text);
/* The canonical text; it parses to the same selector. */
void selector_print(const struct selector *selector, struct buffer *out);

#endif
