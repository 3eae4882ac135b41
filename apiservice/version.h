/* version.h - the document at /version: version.Info of apimachinery, as far as a C program has such things. */
#ifndef APISERVICE_VERSION_H
#define APISERVICE_VERSION_H

#include "apiservice/document.h"

struct build_version {
    const char *version;    /* "1.2.3" or "1.2.3-rc1" */
    const char *git_commit; /* "" when unknown */
};

int version_make(const struct build_version *version, struct document *out, struct error *err) MUST_CHECK;

#endif
