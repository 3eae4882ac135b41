/* coder_url.h - the addresses that are asked of Coder. Pure.
 *
 * Shape    base is coder.url, with or without slashes at its end; an organization is one path segment, whatever is in it
 * Errors   an organization that cannot be a segment ("", ".", ".."); an address that is too long
 * Source   coder-api.md 1.1 and 1.6. Coder answers 400 to a parameter that it does not know, and servers differ in those they know, so
 *          only status or ids (jobs), offset (workspaces) and limit are sent. Without a limit a list ends after 50 */
#ifndef QUEUE_CODER_URL_H
#define QUEUE_CODER_URL_H

#include "base/buffer.h"
#include "base/error.h"
#include "queue/uuid.h"

enum { CODER_URL_MAX = 8192 };

enum coder_resource {
    CODER_ORGANIZATION,
    CODER_ACTIVE_JOBS,
    CODER_DAEMONS,
    CODER_JOBS_BY_ID,
    CODER_WORKSPACES,
    CODER_USER,
    CODER_RESOURCES
};

struct coder_address {
    const char *base, *organization;
    enum coder_resource resource;
    size_t limit;           /* of a list */
    const struct uuid *ids; /* of jobs by id: as many as limit says */
    size_t offset;          /* of workspaces, which are those of every organization: so many are left out */
};

int coder_url_make(const struct coder_address *address, struct buffer *out, struct error *err) MUST_CHECK;

#endif
