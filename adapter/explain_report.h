/* explain_report.h - the answer of /explain/... as text for people. Pure.
 *
 * Shape    what the HPA reads or the error it gets; each series with its value, age and how it came about; each source with its age; a
 *          warning when an HPA would add up more than meant
 * Errors   members that are missing or of a wrong type are told as unknown: the answer may be of another version
 * Source   apiservice/explain.h. What the other side said is escaped: it goes to a terminal */
#ifndef ADAPTER_EXPLAIN_REPORT_H
#define ADAPTER_EXPLAIN_REPORT_H

#include <jansson.h>

#include "base/buffer.h"

void explain_report_write(const json_t *answer, struct buffer *out);

#endif
