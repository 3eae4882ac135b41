#include "emulator/tagset.h"

#include <string.h>

/* Where key is, or where it belongs. */
static size_t find(const struct tagset *set, const char *key)
{
    size_t at = 0;

    while (at < set->len && strcmp(set->pairs[at].key, key) < 0)
        at++;
    return at;
}

static bool is_at(const struct tagset *set, size_t at, const char *key)
{
    return at < set->len && strcmp(set->pairs[at].key, key) == 0;
}

int tagset_set(struct tagset *set, const char *key, const char *value, struct error *err)
{
    size_t at = find(set, key), key_len = strlen(key), value_len = strlen(value);

    if (key_len == 0 || key_len >= TAGSET_TEXT_MAX || value_len >= TAGSET_TEXT_MAX)
        return error_set(err, ERROR_LIMIT, "a tag's key must have 1 to %d bytes and its value at most %d", TAGSET_TEXT_MAX - 1,
                         TAGSET_TEXT_MAX - 1);
    if (!is_at(set, at, key)) {
        if (set->len == TAGSET_PAIRS_MAX)
            return error_set(err, ERROR_LIMIT, "more than %d tags", TAGSET_PAIRS_MAX);
        memmove(&set->pairs[at + 1], &set->pairs[at], (set->len - at) * sizeof(set->pairs[0]));
        set->len++;
    }
    set->pairs[at] = (struct tagset_pair){0};
    memcpy(set->pairs[at].key, key, key_len);
    memcpy(set->pairs[at].value, value, value_len);
    return 0;
}

int tagset_complete(struct tagset *set, struct error *err)
{
    if (!tagset_get(set, "scope") && tagset_set(set, "scope", "organization", err) < 0)
        return -1;
    if (!tagset_get(set, "owner") && tagset_set(set, "owner", "", err) < 0)
        return -1;
    return 0;
}

const char *tagset_get(const struct tagset *set, const char *key)
{
    size_t at = find(set, key);

    return is_at(set, at, key) ? set->pairs[at].value : NULL;
}

bool tagset_equal(const struct tagset *a, const struct tagset *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (strcmp(a->pairs[i].key, b->pairs[i].key) != 0 || strcmp(a->pairs[i].value, b->pairs[i].value) != 0)
            return false;
    return true;
}

/* What Coder calls untagged: the two pairs that it writes itself and nothing else. */
static bool is_untagged(const struct tagset *set)
{
    const char *scope = tagset_get(set, "scope"), *owner = tagset_get(set, "owner");

    return set->len == 2 && scope && owner && strcmp(scope, "organization") == 0 && *owner == '\0';
}

bool tagset_contains(const struct tagset *provisioner, const struct tagset *job)
{
    if (is_untagged(job))
        return tagset_equal(provisioner, job);
    for (size_t i = 0; i < job->len; i++) {
        const char *value = tagset_get(provisioner, job->pairs[i].key);

        if (!value || strcmp(value, job->pairs[i].value) != 0)
            return false;
    }
    return true;
}
