/* principal.h - who a request comes from: a user with groups, in the form in which the API server is asked about it.
 *
 * Shape    kube_user is kube/review_wire.h's; texts are borrowed from request, certificate or token answer, or stand in the arena
 * Bounds   PRINCIPAL_BYTES_MAX; beyond it, or out of memory, the arena is failed and the request must not go on
 * Owner    PRINCIPAL_INIT / principal_clear */
#ifndef APISERVICE_PRINCIPAL_H
#define APISERVICE_PRINCIPAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "kube/review_wire.h"

#define USER_ANONYMOUS "system:anonymous"
#define GROUP_UNAUTHENTICATED "system:unauthenticated"
#define GROUP_AUTHENTICATED "system:authenticated"
#define GROUP_MASTERS "system:masters"

enum { PRINCIPAL_BYTES_MAX = 512 * 1024 };

struct principal {
    struct kube_user user;
    struct arena arena;
};

#define PRINCIPAL_INIT ((struct principal){.arena = {.limit = PRINCIPAL_BYTES_MAX}})
void principal_clear(struct principal *principal);

void principal_set_anonymous(struct principal *principal);
/* A copy of all texts. */
void principal_copy(struct principal *principal, const struct kube_user *user);
/* Adds system:authenticated, unless the user is anonymous or one of the two groups is there. */
void principal_add_authenticated(struct principal *principal);

/* ASCII in lower case, in the arena; "" when that is full. */
char *arena_lower(struct arena *arena, const char *text);
bool user_is_in(const struct kube_user *user, const char *group);
/* Unambiguous bytes for a cache's key: the same for the same user only. */
void user_write_key(const struct kube_user *user, struct buffer *out);

#endif
