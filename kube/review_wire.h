/* review_wire.h - the bodies of TokenReview and SubjectAccessReview, and what their answers say. Pure.
 *
 * Shape    written as client-go writes them, member for member, empty members left out
 * Errors   an answer of another kind, without a status or with wrong types is an error: it never allows. Bodies that do not fit
 *          mark the buffer failed
 * Source   authentication.k8s.io/v1, authorization.k8s.io/v1; audiences as apiserver's webhook authenticator checks them */
#ifndef KUBE_REVIEW_WIRE_H
#define KUBE_REVIEW_WIRE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum { REVIEW_ARENA_MAX = 512 * 1024, REVIEW_REASON_MAX = 256 };

struct text_list {
    const char *const *items;
    size_t len;
};

struct kube_extra {
    const char *key;
    struct text_list values;
};

struct kube_user {
    const char *name, *uid; /* uid "" or NULL: none */
    struct text_list groups;
    const struct kube_extra *extra;
    size_t n_extra;
};

/* --- may this user do that? --- */

struct access_requirement {
    const char *key, *operator; /* In, NotIn, Exists, DoesNotExist */
    struct text_list values;
};

/* With path it is about a path outside the API groups, else about a resource. NULL and "" are left out. */
struct access_question {
    const struct kube_user *user;
    const char *verb;
    const char *path;
    const char *namespace, *group, *version, *resource, *subresource, *name;
    const struct access_requirement *label_requirements;
    size_t n_label_requirements;
};

struct access_answer {
    bool allowed;                   /* and not denied */
    char reason[REVIEW_REASON_MAX]; /* of the authorizer, or its evaluation error; "" when it says none */
};

void access_review_write(const struct access_question *question, struct buffer *out);
int access_review_read(const json_t *review, struct access_answer *out, struct error *err) MUST_CHECK;

/* --- whose token is this? --- */

struct token_answer {
    struct arena arena;
    bool authenticated;             /* also for one of the audiences that were asked for */
    struct kube_user user;          /* when authenticated; texts live as long as the answer */
    char reason[REVIEW_REASON_MAX]; /* why not */
};

void token_answer_clear(struct token_answer *answer);
/* No audiences: those of the API server. */
void token_review_write(const char *token, const struct text_list *audiences, struct buffer *out);
int token_review_read(const json_t *review, const struct text_list *audiences, struct token_answer *out, struct error *err) MUST_CHECK;

#endif
