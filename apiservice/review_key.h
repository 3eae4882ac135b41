/* review_key.h - the keys of cached reviews: digests with a secret of this process in them, so that nobody can choose where entries
 * collide, and no token can be found out from its key.
 *
 * Shape    a token's key is an HMAC-SHA256. A question's is a SHA-256 behind the secret: no less unforeseeable, since nobody sees it, and
 *          at a third of the time, which every request has to spend
 * Errors   false: nothing to digest, or out of memory; the key must then not be used
 * Threads  any */
#ifndef APISERVICE_REVIEW_KEY_H
#define APISERVICE_REVIEW_KEY_H

#include "apiservice/review_cache.h"
#include "base/buffer.h"

struct review_secret;

struct review_secret *review_secret_new(void) MUST_CHECK; /* NULL: out of memory, or no random numbers */
void review_secret_free(struct review_secret *secret);    /* NULL is fine */
bool review_key_of_token(const struct review_secret *secret, const struct buffer *token, struct review_key *out) MUST_CHECK;
bool review_key_of_question(const struct review_secret *secret, const struct buffer *bytes, struct review_key *out) MUST_CHECK;

#endif
