#include "queue/tags.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static const char scope_key[] = "scope", owner_key[] = "owner";

void tags_clear(struct tags *tags)
{
    for (size_t i = 0; i < tags->len; i++)
        free(tags->pairs[i].key);
    free(tags->pairs);
    *tags = (struct tags){0};
}

struct tags tags_move(struct tags *tags)
{
    struct tags moved = *tags;

    *tags = (struct tags){0};
    return moved;
}

static int compare_key(const void *key, const void *pair)
{
    return strcmp(key, ((const struct tag *)pair)->key);
}

static struct tag *find(const struct tags *tags, const char *key)
{
    return tags->len > 0 ? bsearch(key, tags->pairs, tags->len, sizeof(*tags->pairs), compare_key) : NULL;
}

/* Key and value, one behind the other. */
static bool make_pair(const char *key, const char *value, struct tag *out)
{
    size_t key_size = strlen(key) + 1, value_size = strlen(value) + 1;
    char *memory = malloc(key_size + value_size);

    if (!memory)
        return false;
    memcpy(memory, key, key_size);
    memcpy(memory + key_size, value, value_size);
    *out = (struct tag){.key = memory, .value = memory + key_size};
    return true;
}

static int replace(struct tag *there, const char *key, const char *value, struct error *err)
{
    struct tag pair;

    if (!make_pair(key, value, &pair))
        return error_no_memory(err);
    free(there->key);
    *there = pair;
    return 0;
}

/* At the end, then down to its place: sets are small, and most come sorted. */
static int insert(struct tags *tags, const char *key, const char *value, struct error *err)
{
    struct tag *pairs = realloc(tags->pairs, (tags->len + 1) * sizeof(*pairs));

    if (!pairs)
        return error_no_memory(err);
    tags->pairs = pairs;
    if (!make_pair(key, value, &pairs[tags->len]))
        return error_no_memory(err);
    for (size_t i = tags->len++; i > 0 && strcmp(pairs[i - 1].key, pairs[i].key) > 0; i--) {
        struct tag swap = pairs[i];

        pairs[i] = pairs[i - 1];
        pairs[i - 1] = swap;
    }
    return 0;
}

int tags_set(struct tags *tags, const char *key, const char *value, struct error *err)
{
    struct tag *there = find(tags, key);

    if (there)
        return replace(there, key, value, err);
    if (tags->len >= TAGS_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d tags", TAGS_MAX);
    return insert(tags, key, value, err);
}

int tags_normalize(struct tags *tags, struct error *err)
{
    if (!tags_get(tags, scope_key) && tags_set(tags, scope_key, "organization", err) < 0)
        return -1;
    if (!tags_get(tags, owner_key) && tags_set(tags, owner_key, "", err) < 0)
        return -1;
    return 0;
}

int tags_decode(json_t *object, struct tags *out, struct error *err)
{
    CLEANUP(tags_clear) struct tags tags = {0};
    const char *key;
    json_t *value;

    if (object && !json_is_null(object) && !json_is_object(object))
        return error_set(err, ERROR_INVALID, "expected object of strings, got %s", json_type_name(object));
    json_object_foreach (object, key, value) {
        if (!json_is_string(value))
            return error_set(err, ERROR_INVALID, "expected strings, got %s", json_type_name(value));
        if (tags_set(&tags, key, json_string_value(value), err) < 0)
            return -1;
    }
    if (tags_normalize(&tags, err) < 0)
        return -1;
    *out = tags_move(&tags);
    return 0;
}

int tags_copy(const struct tags *tags, struct tags *out, struct error *err)
{
    CLEANUP(tags_clear) struct tags copy = {0};

    for (size_t i = 0; i < tags->len; i++)
        if (tags_set(&copy, tags->pairs[i].key, tags->pairs[i].value, err) < 0)
            return -1;
    *out = tags_move(&copy);
    return 0;
}

const char *tags_get(const struct tags *tags, const char *key)
{
    const struct tag *there = find(tags, key);

    return there ? there->value : NULL;
}

int tags_compare(const struct tags *a, const struct tags *b)
{
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    for (size_t i = 0; i < a->len; i++) {
        int order = strcmp(a->pairs[i].key, b->pairs[i].key);

        if (order == 0)
            order = strcmp(a->pairs[i].value, b->pairs[i].value);
        if (order != 0)
            return order;
    }
    return 0;
}

bool tags_equal(const struct tags *a, const struct tags *b)
{
    return tags_compare(a, b) == 0;
}

static bool has(const struct tags *tags, const char *key, const char *value)
{
    const char *there = tags_get(tags, key);

    return there && strcmp(there, value) == 0;
}

static bool share(const struct tags *a, const struct tags *b, const char *key)
{
    const char *value = tags_get(a, key);

    return value && has(b, key, value);
}

/* Exactly {scope: organization, owner: ""}: what Coder calls untagged. */
static bool is_untagged(const struct tags *tags)
{
    return tags->len == 2 && has(tags, scope_key, "organization") && has(tags, owner_key, "");
}

/* Both are sorted: one walk over the larger. */
static bool is_subset(const struct tags *part, const struct tags *whole)
{
    size_t at = 0;

    for (size_t i = 0; i < part->len; i++) {
        int order = 1;

        while (at < whole->len && (order = strcmp(part->pairs[i].key, whole->pairs[at].key)) > 0)
            at++;
        if (order != 0 || strcmp(part->pairs[i].value, whole->pairs[at].value) != 0)
            return false;
        at++;
    }
    return true;
}

bool tags_can_run(const struct tags *daemon, const struct tags *job)
{
    if (is_untagged(job))
        return tags_equal(daemon, job);
    return job->len <= daemon->len && is_subset(job, daemon);
}

/* The job with the most tags that both contain is made of what they share; only when that is an untagged one neither may take it. */
bool tags_share_jobs(const struct tags *a, const struct tags *b)
{
    size_t shared = 0;

    for (size_t i = 0; i < a->len; i++)
        if (has(b, a->pairs[i].key, a->pairs[i].value))
            shared++;
    if (!share(a, b, scope_key) || !share(a, b, owner_key))
        return false;
    return shared > 2 || !has(a, scope_key, "organization") || !has(a, owner_key, "") || tags_equal(a, b);
}

bool tags_are_user_scoped(const struct tags *tags)
{
    return has(tags, scope_key, "user");
}

void tags_print(const struct tags *tags, struct buffer *out)
{
    const char *separator = "";

    for (size_t i = 0; i < tags->len; i++) {
        const struct tag *pair = &tags->pairs[i];

        if (strcmp(pair->key, scope_key) == 0 || strcmp(pair->key, owner_key) == 0)
            continue;
        (void)buffer_printf(out, "%s%s=%s", separator, pair->key, pair->value);
        separator = ",";
    }
}
