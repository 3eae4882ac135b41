#include "emulator/fault.h"

#include <string.h>

#include "base/attributes.h"

static const char *const kind_names[FAULT_KINDS] = {
    [FAULT_DOWN] = "down",
    [FAULT_SLOW] = "slow",
    [FAULT_RATE_LIMIT] = "rate-limit",
    [FAULT_HTML] = "html",
    [FAULT_BAD_GATEWAY] = "bad-gateway",
    [FAULT_TRUNCATED] = "truncated",
    [FAULT_CUT] = "cut",
    [FAULT_TOKEN_REVOKED] = "token-revoked",
    [FAULT_ERROR_500] = "error-500",
    [FAULT_FORBIDDEN] = "forbidden",
    [FAULT_WRONG_TYPE] = "wrong-type",
};

const char *fault_kind_name(enum fault_kind kind)
{
    return kind < FAULT_KINDS ? kind_names[kind] : "unknown";
}

bool fault_kind_parse(const char *name, int *out)
{
    for (size_t i = 0; i < ARRAY_LEN(kind_names); i++) {
        if (strcmp(name, kind_names[i]) == 0) {
            *out = (int)i;
            return true;
        }
    }
    return false;
}

void fault_shift(struct fault *fault, int64_t by_ms)
{
    fault->at_ms += by_ms;
    if (fault->until_ms != FAULT_FOREVER)
        fault->until_ms += by_ms;
}

static bool hits(const struct fault *fault, int64_t now_ms, int64_t organization, const char *path)
{
    if (now_ms < fault->at_ms || now_ms >= fault->until_ms)
        return false;
    if (fault->organization != FAULT_EVERY_ORGANIZATION && fault->organization != organization)
        return false;
    return strstr(path, fault->path) != NULL;
}

const struct fault *fault_list_find(const struct fault_list *faults, int64_t now_ms, int64_t organization, const char *path)
{
    for (size_t i = 0; i < faults->len; i++)
        if (hits(&faults->items[i], now_ms, organization, path))
            return &faults->items[i];
    return NULL;
}

static bool same_aim(const struct fault *a, const struct fault *b)
{
    return a->kind == b->kind && a->organization == b->organization && strcmp(a->path, b->path) == 0;
}

bool fault_list_put(struct fault_list *faults, const struct fault *fault)
{
    size_t at = 0;

    while (at < faults->len && !same_aim(&faults->items[at], fault))
        at++;
    if (at == FAULTS_MAX)
        return false;
    faults->items[at] = *fault;
    faults->len += at == faults->len;
    return true;
}

void fault_list_end(struct fault_list *faults, int64_t now_ms)
{
    size_t kept = 0;

    for (size_t i = 0; i < faults->len; i++)
        if (faults->items[i].at_ms > now_ms)
            faults->items[kept++] = faults->items[i];
    faults->len = kept;
}
