/* coder_api.h - Coder's HTTP API, as far as a provisioner autoscaler reads it. Pure.
 *
 * Routes   under /api/v2: organizations, organizations/{organization}[/provisionerjobs[/{job}] | /provisionerdaemons], buildinfo (for
 *          anyone), users/me; {organization} is an id, a name, or "default"
 * Order    401 before 404 before 400, as Coder's middleware has it
 * Source   coder-api 1, 2 */
#ifndef EMULATOR_CODER_API_H
#define EMULATOR_CODER_API_H

#include "emulator/answer.h"
#include "emulator/coder_json.h"
#include "emulator/url.h"

/* target is the request's, taken apart. */
void coder_api_answer(const struct coder_view *view, const struct request *request, const struct url *target, struct answer *answer);
/* Whether its target is Coder's at all. */
bool coder_api_owns(const struct url *target);
/* The organization that the path names, as an index; -1 when it names none or one that is not there. */
int64_t coder_api_organization(const struct scenario *scenario, const struct url *target);
bool coder_api_is_signed_in(const struct scenario *scenario, const struct request *request);

/* Coder's fixed errors. */
void coder_answer_signed_out(struct answer *answer, bool has_token);
void coder_answer_not_found(struct answer *answer); /* a missing role looks the same */
void coder_answer_rate_limited(struct answer *answer, int64_t per_minute);
void coder_answer_broken(struct answer *answer, const char *detail); /* 500 */

#endif
