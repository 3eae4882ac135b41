#include "apiservice/negotiation.h"

#include <string.h>
#include <strings.h>

enum { CLAUSES_MAX = 64, Q_ONE = 1000, RANK_MOST = Q_ONE * 4 + 3 };

struct part {
    const char *at;
    size_t len;
};

struct clause {
    struct part type, subtype, as, group, version;
    bool pretty;
    int q_milli; /* 0: refused, or not understood */
};

static bool part_is(struct part part, const char *text)
{
    return strlen(text) == part.len && strncasecmp(part.at, text, part.len) == 0;
}

/* Cuts blanks and tabs at both ends. */
static struct part trimmed(const char *at, size_t len)
{
    while (len > 0 && (*at == ' ' || *at == '\t')) {
        at++;
        len--;
    }
    while (len > 0 && (at[len - 1] == ' ' || at[len - 1] == '\t'))
        len--;
    return (struct part){at, len};
}

/* What stands before the separator; *rest moves behind it. No separator in what a media range may hold is quoted. */
static struct part take_until(struct part *rest, char separator)
{
    const char *found = memchr(rest->at, separator, rest->len);
    size_t len = found ? (size_t)(found - rest->at) : rest->len;
    struct part taken = trimmed(rest->at, len);
    size_t skip = found ? len + 1 : len;

    rest->at += skip;
    rest->len -= skip;
    return taken;
}

/* "1", "0.5", "0.333", and ".2" as Java writes it: thousandths; what is no weight counts as 0. */
static int parse_q(struct part text)
{
    bool has_whole = text.len > 0 && (text.at[0] == '0' || text.at[0] == '1');
    size_t point = has_whole ? 1 : 0;
    int value = has_whole ? (text.at[0] - '0') * Q_ONE : 0, scale = Q_ONE;

    if (text.len == 0 || text.len > point + 4 || (text.len > point && text.at[point] != '.'))
        return 0;
    for (size_t i = point + 1; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return 0;
        scale /= 10;
        value += (text.at[i] - '0') * scale;
    }
    return value <= Q_ONE ? value : 0;
}

static struct clause parse_clause(struct part text)
{
    static const struct part none = {"", 0};
    struct clause clause = {.as = none, .group = none, .version = none, .q_milli = Q_ONE};
    struct part range = take_until(&text, ';');

    clause.type = take_until(&range, '/');
    clause.subtype = trimmed(range.at, range.len);
    while (text.len > 0) {
        struct part value = take_until(&text, ';');
        struct part name = take_until(&value, '=');

        value = trimmed(value.at, value.len);
        if (part_is(name, "q"))
            clause.q_milli = parse_q(value);
        else if (part_is(name, "as"))
            clause.as = value;
        else if (part_is(name, "g"))
            clause.group = value;
        else if (part_is(name, "v"))
            clause.version = value;
        else if (part_is(name, "pretty"))
            clause.pretty = part_is(value, "1") || part_is(value, "true");
    }
    if (part_is(clause.type, "*") && clause.subtype.len == 0)
        clause.subtype = clause.type; /* Java again */
    if (clause.type.len == 0 || clause.subtype.len == 0)
        clause.q_milli = 0;
    return clause;
}

/* Among clauses of one weight the one that says most counts. */
static int rank_of(const struct clause *clause)
{
    if (clause->q_milli == 0)
        return 0;
    return clause->q_milli * 4 + (part_is(clause->type, "*") ? 0 : 2) + (part_is(clause->subtype, "*") ? 0 : 1);
}

static bool parameter_fits(struct part wanted, const char *offered)
{
    return part_is(wanted, offered ? offered : "");
}

static bool fits(const struct clause *clause, const struct media_offer *offer)
{
    bool any_type = part_is(clause->type, "*");
    bool any_subtype = part_is(clause->subtype, "*");

    if (!any_type && !part_is(clause->type, offer->type))
        return false;
    if (!any_subtype && (any_type || !part_is(clause->subtype, offer->subtype)))
        return false;
    return parameter_fits(clause->as, offer->as) && parameter_fits(clause->group, offer->group) &&
           parameter_fits(clause->version, offer->version);
}

static const struct media_offer *find_offer(const struct clause *clause, struct media_offers offers)
{
    for (size_t i = 0; i < offers.n; i++)
        if (fits(clause, &offers.items[i]))
            return &offers.items[i];
    return NULL;
}

struct media_choice negotiate(const char *accept, struct media_offers offers)
{
    struct part rest = trimmed(accept ? accept : "", accept ? strlen(accept) : 0);
    struct media_choice best = {0};
    int best_rank = 0;

    if (rest.len == 0)
        best.offer = &offers.items[0];
    for (int i = 0; i < CLAUSES_MAX && rest.len > 0 && best_rank < RANK_MOST; i++) {
        struct clause clause = parse_clause(take_until(&rest, ','));
        int rank = rank_of(&clause);
        const struct media_offer *offer = rank > best_rank ? find_offer(&clause, offers) : NULL;

        if (!offer)
            continue;
        best = (struct media_choice){offer, clause.pretty};
        best_rank = rank;
    }
    return best;
}
