/* families_reference.h - the page docs/metrics.md, made from the table of families. Pure. */
#ifndef ADAPTER_FAMILIES_REFERENCE_H
#define ADAPTER_FAMILIES_REFERENCE_H

#include "base/buffer.h"

void families_write_reference(struct buffer *out);

#endif
