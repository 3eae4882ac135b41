/* findings.h - what check-config --online has to say: one line each, "ok", "warning" or "error", then whom it is about.
 *
 * Shape    "warning queue gpu: no live provisioner has exactly its tags"
 * Owner    FINDINGS_INIT / findings_clear */
#ifndef ADAPTER_FINDINGS_H
#define ADAPTER_FINDINGS_H

#include "base/attributes.h"
#include "base/buffer.h"

enum finding_level { FINDING_OK, FINDING_WARNING, FINDING_ERROR, FINDING_LEVELS };

enum { FINDINGS_MAX_BYTES = 4 * 1024 * 1024 };

struct findings {
    struct buffer text;
    unsigned counts[FINDING_LEVELS];
};

#define FINDINGS_INIT ((struct findings){.text = BUFFER_INIT(FINDINGS_MAX_BYTES)})
void findings_clear(struct findings *findings);
/* whom: "queue", "organization", "cluster"; name NULL: none. Control characters are escaped: some of it comes from outside. */
void finding_add(struct findings *findings, enum finding_level level, const char *whom, const char *name, const char *format, ...)
    PRINTF_LIKE(5, 6);

#endif
