/* review.c - answers to TokenReviews and SubjectAccessReviews: nothing is allowed, and nobody is somebody, that a plain look at the
 * answer does not say so; who is authenticated has the name, groups and extra of the answer, in its order. */
#include <jansson.h>
#include <string.h>

#include "base/attributes.h"
#include "kube/review_wire.h"
#include "test/fuzz/fuzz.h"

static bool is_kind(const json_t *review, const char *kind)
{
    const char *got = json_string_value(json_object_get(review, "kind"));

    return got && strcmp(got, kind) == 0 && json_is_object(json_object_get(review, "status"));
}

static void law_access(const json_t *review)
{
    const json_t *status = json_object_get(review, "status");
    struct access_answer answer;
    struct error err = {0};

    fill(&answer, sizeof(answer));
    if (access_review_read(review, &answer, &err) < 0) {
        LAW(is_filled(&answer, sizeof(answer)));
        law_error_is_told(&err);
        return;
    }
    LAW(is_kind(review, "SubjectAccessReview"));
    LAW(answer.allowed == (json_is_true(json_object_get(status, "allowed")) && !json_is_true(json_object_get(status, "denied"))));
    LAW(memchr(answer.reason, '\0', sizeof(answer.reason)) && !strpbrk(answer.reason, "\r\n\x1b"));
}

static void law_same_texts(const json_t *array, const struct text_list *list)
{
    LAW(json_array_size(array) == list->len);
    for (size_t i = 0; i < list->len; i++)
        LAW(strcmp(json_string_value(json_array_get(array, i)), list->items[i]) == 0);
}

static void law_user(const json_t *user, const struct kube_user *read)
{
    json_t *extra = json_object_get(user, "extra"), *values;
    const char *key;
    size_t i = 0;

    LAW(read->name[0] != '\0' && strcmp(read->name, json_string_value(json_object_get(user, "username"))) == 0);
    law_same_texts(json_object_get(user, "groups"), &read->groups);
    LAW(json_object_size(extra) == read->n_extra);
    json_object_foreach (extra, key, values) {
        LAW(strcmp(read->extra[i].key, key) == 0);
        law_same_texts(values, &read->extra[i++].values);
    }
}

static bool has_audience(const json_t *status, const struct text_list *asked)
{
    const json_t *audiences = json_object_get(status, "audiences"), *audience;
    size_t i;

    json_array_foreach (audiences, i, audience)
        for (size_t j = 0; j < asked->len; j++)
            if (strcmp(json_string_value(audience), asked->items[j]) == 0)
                return true;
    return asked->len == 0;
}

static void law_token(const json_t *review, const struct text_list *asked)
{
    const json_t *status = json_object_get(review, "status");
    struct token_answer answer;
    struct error err = {0};

    fill(&answer, sizeof(answer));
    if (token_review_read(review, asked, &answer, &err) < 0) {
        LAW(is_filled(&answer, sizeof(answer)));
        law_error_is_told(&err);
        return;
    }
    LAW(is_kind(review, "TokenReview"));
    LAW(memchr(answer.reason, '\0', sizeof(answer.reason)) && !strpbrk(answer.reason, "\r\n\x1b"));
    LAW(!answer.authenticated || json_is_true(json_object_get(status, "authenticated")));
    LAW(!answer.authenticated || has_audience(status, asked));
    if (answer.authenticated)
        law_user(json_object_get(status, "user"), &answer.user);
    token_answer_clear(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"https://kubernetes.default.svc", "coder"};
    const struct text_list none = {0}, two = {.items = names, .len = ARRAY_LEN(names)};
    json_t *review = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);

    if (!review)
        return 0;
    law_access(review);
    law_token(review, &none);
    law_token(review, &two);
    json_decref(review);
    return 0;
}
