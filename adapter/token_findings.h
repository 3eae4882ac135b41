/* token_findings.h - what Coder says of the token and what it may do, as findings of check-config --online. Pure. */
#ifndef ADAPTER_TOKEN_FINDINGS_H
#define ADAPTER_TOKEN_FINDINGS_H

#include "adapter/findings.h"
#include "base/error.h"

/* The body of GET /api/v2/users/me, or why there is none (err; code ERROR_NONE: there is one). */
void token_findings_user(const struct buffer *body, const struct error *err, struct findings *out);
/* Whether workspaces may be listed, which autostart needs; the same. */
void token_findings_workspaces(const struct buffer *body, const struct error *err, struct findings *out);

#endif
