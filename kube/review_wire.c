#include "kube/review_wire.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"

/* --- writing --- */

static void add_string(struct buffer *out, const char *text)
{
    escape_json_string(out, text, strlen(text));
}

/* The member's name, with a comma before it unless it is the first of its object. */
static void begin_member(struct buffer *out, const char *name)
{
    if (out->len > 0 && out->data[out->len - 1] != '{')
        (void)buffer_add_char(out, ',');
    (void)buffer_printf(out, "\"%s\":", name);
}

static void add_member(struct buffer *out, const char *name, const char *text)
{
    if (!text || text[0] == '\0')
        return;
    begin_member(out, name);
    add_string(out, text);
}

static void add_list(struct buffer *out, const struct text_list *list)
{
    (void)buffer_add_char(out, '[');
    for (size_t i = 0; i < list->len; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        add_string(out, list->items[i]);
    }
    (void)buffer_add_char(out, ']');
}

static void add_list_member(struct buffer *out, const char *name, const struct text_list *list)
{
    if (list->len == 0)
        return;
    begin_member(out, name);
    add_list(out, list);
}

static void add_requirements(struct buffer *out, const struct access_question *question)
{
    if (question->n_label_requirements == 0)
        return;
    begin_member(out, "labelSelector");
    (void)buffer_add_text(out, "{\"requirements\":[");
    for (size_t i = 0; i < question->n_label_requirements; i++) {
        const struct access_requirement *requirement = &question->label_requirements[i];

        (void)buffer_add_text(out, i > 0 ? ",{" : "{");
        add_member(out, "key", requirement->key);
        add_member(out, "operator", requirement->operator);
        add_list_member(out, "values", &requirement->values);
        (void)buffer_add_char(out, '}');
    }
    (void)buffer_add_text(out, "]}");
}

static void add_attributes(struct buffer *out, const struct access_question *question)
{
    begin_member(out, question->path ? "nonResourceAttributes" : "resourceAttributes");
    (void)buffer_add_char(out, '{');
    if (question->path) {
        add_member(out, "path", question->path);
        add_member(out, "verb", question->verb);
    } else {
        add_member(out, "namespace", question->namespace);
        add_member(out, "verb", question->verb);
        add_member(out, "group", question->group);
        add_member(out, "version", question->version);
        add_member(out, "resource", question->resource);
        add_member(out, "subresource", question->subresource);
        add_member(out, "name", question->name);
        add_requirements(out, question);
    }
    (void)buffer_add_char(out, '}');
}

static void add_extra(struct buffer *out, const struct kube_user *user)
{
    if (user->n_extra == 0)
        return;
    begin_member(out, "extra");
    (void)buffer_add_char(out, '{');
    for (size_t i = 0; i < user->n_extra; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        add_string(out, user->extra[i].key);
        (void)buffer_add_char(out, ':');
        add_list(out, &user->extra[i].values);
    }
    (void)buffer_add_char(out, '}');
}

void access_review_write(const struct access_question *question, struct buffer *out)
{
    (void)buffer_add_text(out, "{\"kind\":\"SubjectAccessReview\",\"apiVersion\":\"authorization.k8s.io/v1\",\"metadata\":{},\"spec\":{");
    add_attributes(out, question);
    add_member(out, "user", question->user->name);
    add_list_member(out, "groups", &question->user->groups);
    add_extra(out, question->user);
    add_member(out, "uid", question->user->uid);
    (void)buffer_add_text(out, "},\"status\":{\"allowed\":false}}");
}

void token_review_write(const char *token, const struct text_list *audiences, struct buffer *out)
{
    (void)buffer_add_text(out, "{\"kind\":\"TokenReview\",\"apiVersion\":\"authentication.k8s.io/v1\",\"metadata\":{},\"spec\":{");
    add_member(out, "token", token);
    add_list_member(out, "audiences", audiences);
    (void)buffer_add_text(out, "},\"status\":{\"user\":{}}}");
}

/* --- reading --- */

static void copy_reason(char out[REVIEW_REASON_MAX], const char *text)
{
    CLEANUP(buffer_clear) struct buffer escaped = BUFFER_INIT(REVIEW_REASON_MAX - 1);

    if (text)
        escape_controls(&escaped, text, strlen(text));
    (void)snprintf(out, REVIEW_REASON_MAX, "%s", buffer_text(&escaped));
}

static int read_status(const json_t *review, const char *kind, const json_t **out, struct error *err)
{
    const char *got = NULL;

    if (json_text_required(review, "kind", &got, err) < 0)
        return -1;
    if (strcmp(got, kind) != 0)
        return error_set(err, ERROR_INVALID, "kind: expected %s, got something else", kind);
    if (json_object_optional(review, "status", out, err) < 0)
        return -1;
    return *out ? 0 : error_set(err, ERROR_INVALID, "%s: it has no status", kind);
}

int access_review_read(const json_t *review, struct access_answer *out, struct error *err)
{
    struct access_answer answer = {0};
    const json_t *status = NULL;
    const char *reason = NULL, *failure = NULL;
    bool allowed, denied;

    if (read_status(review, "SubjectAccessReview", &status, err) < 0 || json_bool_optional(status, "allowed", false, &allowed, err) < 0 ||
        json_bool_optional(status, "denied", false, &denied, err) < 0 || json_text_optional(status, "reason", &reason, err) < 0 ||
        json_text_optional(status, "evaluationError", &failure, err) < 0)
        return error_wrap(err, "answer to a SubjectAccessReview");
    answer.allowed = allowed && !denied;
    copy_reason(answer.reason, reason && reason[0] != '\0' ? reason : failure);
    *out = answer;
    return 0;
}

void token_answer_clear(struct token_answer *answer)
{
    arena_clear(&answer->arena);
    *answer = (struct token_answer){0};
}

static int read_list(struct arena *arena, const json_t *object, const char *name, struct text_list *out, struct error *err)
{
    const json_t *array = NULL, *item;
    const char **items;
    size_t i;

    if (json_array_optional(object, name, &array, err) < 0)
        return -1;
    items = arena_alloc(arena, (json_array_size(array) + 1) * sizeof(*items));
    json_array_foreach (array, i, item) {
        if (!json_is_string(item))
            return error_set(err, ERROR_INVALID, "%s: expected strings, got %s", name, json_type_name(item));
        if (items)
            items[i] = arena_text(arena, json_string_value(item));
    }
    *out = (struct text_list){.items = items, .len = items ? json_array_size(array) : 0};
    return 0;
}

static int read_extra(struct arena *arena, const json_t *user, struct kube_user *out, struct error *err)
{
    json_t *object = json_object_get(user, "extra"), *values;
    struct kube_extra *extra;
    const char *key;

    if (object && !json_is_object(object) && !json_is_null(object))
        return error_set(err, ERROR_INVALID, "extra: expected object, got %s", json_type_name(object));
    extra = arena_alloc(arena, (json_object_size(object) + 1) * sizeof(*extra));
    if (!extra)
        return 0; /* the arena is marked: the caller tells */
    json_object_foreach (object, key, values) {
        extra[out->n_extra].key = arena_text(arena, key);
        if (read_list(arena, object, key, &extra[out->n_extra].values, err) < 0)
            return error_wrap(err, "extra");
        out->n_extra++;
    }
    out->extra = extra;
    return 0;
}

static int read_user(struct arena *arena, const json_t *status, struct kube_user *out, struct error *err)
{
    const json_t *user = NULL;
    const char *name = NULL, *uid = NULL;

    if (json_object_optional(status, "user", &user, err) < 0 || json_text_required(user, "username", &name, err) < 0 ||
        json_text_optional(user, "uid", &uid, err) < 0 || read_list(arena, user, "groups", &out->groups, err) < 0)
        return -1;
    if (name[0] == '\0')
        return error_set(err, ERROR_INVALID, "username: it is empty");
    out->name = arena_text(arena, name);
    out->uid = uid ? arena_text(arena, uid) : "";
    return read_extra(arena, user, out, err);
}

static bool lists_meet(const struct text_list *a, const struct text_list *b)
{
    for (size_t i = 0; i < a->len; i++)
        for (size_t j = 0; j < b->len; j++)
            if (strcmp(a->items[i], b->items[j]) == 0)
                return true;
    return false;
}

static int read_authenticated(const json_t *status, const struct text_list *asked, struct token_answer *answer, struct error *err)
{
    struct text_list audiences = {0};

    if (read_user(&answer->arena, status, &answer->user, err) < 0 || read_list(&answer->arena, status, "audiences", &audiences, err) < 0)
        return -1;
    if (answer->arena.no_memory)
        return error_no_memory(err);
    if (answer->arena.failed)
        return error_set(err, ERROR_LIMIT, "the user is larger than %d bytes", REVIEW_ARENA_MAX);
    /* An authenticator that knows nothing of audiences answers without them: then the token may be for anybody. */
    answer->authenticated = asked->len == 0 || lists_meet(asked, &audiences);
    if (!answer->authenticated)
        copy_reason(answer->reason, "the token is for another audience");
    return 0;
}

int token_review_read(const json_t *review, const struct text_list *audiences, struct token_answer *out, struct error *err)
{
    CLEANUP(token_answer_clear) struct token_answer answer = {.arena = {.limit = REVIEW_ARENA_MAX}};
    const json_t *status = NULL;
    const char *failure = NULL;
    bool authenticated;

    if (read_status(review, "TokenReview", &status, err) < 0 ||
        json_bool_optional(status, "authenticated", false, &authenticated, err) < 0 ||
        json_text_optional(status, "error", &failure, err) < 0)
        return error_wrap(err, "answer to a TokenReview");
    if (!authenticated)
        copy_reason(answer.reason, failure);
    else if (read_authenticated(status, audiences, &answer, err) < 0)
        return error_wrap(err, "answer to a TokenReview");
    *out = answer;
    answer = (struct token_answer){0};
    return 0;
}
