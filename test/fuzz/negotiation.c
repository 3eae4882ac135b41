/* negotiation.c - Accept: the offer that a slow reading, clause by clause, likes best. */
#include "apiservice/negotiation.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"
#include "test/fuzz/fuzz.h"

enum { CLAUSES_MAX = 64 };

static const struct media_offer offers[] = {
    {"application", "json", NULL, NULL, NULL, "application/json", RESPONSE_JSON},
    {"application", "json", "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2", "v2", RESPONSE_JSON},
    {"application", "json", "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2beta1", "v2beta1", RESPONSE_JSON},
    {"application", "vnd.kubernetes.protobuf", NULL, NULL, NULL, "application/vnd.kubernetes.protobuf", RESPONSE_PROTOBUF},
    {"text", "plain", NULL, NULL, NULL, "text/plain", RESPONSE_YAML},
};

static char *trim(char *text)
{
    size_t len;

    text += strspn(text, " \t");
    for (len = strlen(text); len > 0 && strchr(" \t", text[len - 1]); len--)
        text[len - 1] = '\0';
    return text;
}

/* Thousandths, the 0 before the point may be missing; what is no weight is 0. */
static int weight(const char *text)
{
    static regex_t form;
    static bool ready;

    if (!ready)
        LAW(regcomp(&form, "^(0|0?\\.[0-9]{0,3}|1(\\.0{0,3})?)$", REG_EXTENDED | REG_NOSUB) == 0);
    ready = true;
    return regexec(&form, text, 0, NULL, 0) == 0 ? (int)(strtod(text, NULL) * 1000 + 0.5) : 0;
}

struct wish {
    const char *type, *subtype, *as, *group, *version;
    bool pretty;
    int q_milli;
};

/* Cuts the clause up. */
static void read_clause(char *clause, struct wish *out)
{
    char *rest = clause, *range = strsep(&rest, ";"), *parameter;

    *out = (struct wish){.as = "", .group = "", .version = "", .q_milli = 1000};
    out->type = trim(strsep(&range, "/"));
    out->subtype = range ? trim(range) : "";
    while ((parameter = strsep(&rest, ";"))) {
        char *behind = parameter, *name = trim(strsep(&behind, "="));
        const char *value = behind ? trim(behind) : "";

        if (strcasecmp(name, "q") == 0)
            out->q_milli = weight(value);
        else if (strcasecmp(name, "as") == 0)
            out->as = value;
        else if (strcasecmp(name, "g") == 0)
            out->group = value;
        else if (strcasecmp(name, "v") == 0)
            out->version = value;
        else if (strcasecmp(name, "pretty") == 0)
            out->pretty = strcasecmp(value, "1") == 0 || strcasecmp(value, "true") == 0;
    }
    if (strcmp(out->type, "*") == 0 && *out->subtype == '\0')
        out->subtype = "*";
    if (*out->type == '\0' || *out->subtype == '\0')
        out->q_milli = 0;
}

static bool same(const char *wanted, const char *offered)
{
    return strcasecmp(wanted, offered ? offered : "") == 0;
}

static bool is_met(const struct wish *wish, const struct media_offer *offer)
{
    bool type = strcmp(wish->type, "*") == 0 ? strcmp(wish->subtype, "*") == 0 : same(wish->type, offer->type);

    return type && (strcmp(wish->subtype, "*") == 0 || same(wish->subtype, offer->subtype)) && same(wish->as, offer->as) &&
           same(wish->group, offer->group) && same(wish->version, offer->version);
}

/* More weight, then fewer wildcards. */
static int rank_of(const struct wish *wish)
{
    bool any = strcmp(wish->type, "*") == 0, any_subtype = strcmp(wish->subtype, "*") == 0;

    return wish->q_milli == 0 ? 0 : wish->q_milli * 10 + (any ? 0 : 2) + (any_subtype ? 0 : 1);
}

static struct media_choice best_slowly(const char *accept)
{
    char *copy = strdup(accept), *rest = trim(copy), *clause;
    struct media_choice best = {0};
    int best_rank = 0;

    LAW(copy);
    if (*rest == '\0')
        best.offer = &offers[0];
    for (int i = 0; *rest != '\0' && i < CLAUSES_MAX && (clause = strsep(&rest, ",")); i++) {
        struct wish wish;
        size_t at = 0;

        read_clause(clause, &wish);
        while (at < ARRAY_LEN(offers) && !is_met(&wish, &offers[at]))
            at++;
        if (rank_of(&wish) > best_rank && at < ARRAY_LEN(offers)) {
            best = (struct media_choice){&offers[at], wish.pretty};
            best_rank = rank_of(&wish);
        }
        if (!rest)
            break;
    }
    free(copy);
    return best;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    struct media_choice choice = negotiate(text, (struct media_offers){offers, ARRAY_LEN(offers)}), expected = best_slowly(text);

    LAW(choice.offer == expected.offer && choice.pretty == expected.pretty);
    LAW(negotiate(NULL, (struct media_offers){offers, ARRAY_LEN(offers)}).offer == &offers[0]);
    free(text);
    return 0;
}
