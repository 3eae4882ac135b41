/* rightsize_report.h - the answer of rightsize: a page for people, and JSON. Pure. */
#ifndef NODEGROUP_RIGHTSIZE_REPORT_H
#define NODEGROUP_RIGHTSIZE_REPORT_H

#include <stddef.h>

#include "base/buffer.h"
#include "nodegroup/rightsize.h"
#include "nodegroup/rightsize_queries.h"

struct rightsize_report {
    struct rightsize_pool pool;
    struct rightsize_span span, before_span;
    struct rightsize_facts facts, before;
    bool compares; /* before is there */
};

void rightsize_report_page(const struct rightsize_report *report, struct buffer *out);
/* {"kind": "Rightsize", "pools": [...]}; what is not known is null. */
void rightsize_report_json(const struct rightsize_report *reports, size_t n, struct buffer *out);

#endif
