/* label_syntax.h - what may be a label key and a label value in Kubernetes. Pure.
 *
 * Errors   ERROR_INVALID with the words of apimachinery: Invalid value: "-a": name part must consist of ...; of a long text its begin,
 *          and as many of the words as an error holds
 * Source   apimachinery util/validation: IsQualifiedName, IsDNS1123Subdomain, IsValidLabelValue */
#ifndef APISERVICE_LABEL_SYNTAX_H
#define APISERVICE_LABEL_SYNTAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

enum { LABEL_NAME_MAX = 63, LABEL_PREFIX_MAX = 253 };

int label_key_check(const char *text, size_t len, struct error *err) MUST_CHECK;
int label_value_check(const char *text, size_t len, struct error *err) MUST_CHECK;
/* A decimal integer of 64 bits, with or without a sign. */
bool label_integer(const char *text, size_t len, int64_t *out);

#endif
