#include "base/json_scan.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/attributes.h"
#include "base/json.h"

enum { INTEGER_DIGITS_MAX = 18 };

struct scan {
    const char *at, *end;
    unsigned depth;
    json_scan_visitor *visit;
    void *context;
};

/* The keys of one object so far. The set of their hashes tells most new ones at once. */
struct keys {
    struct json_slice items[JSON_SCAN_MEMBERS_MAX];
    size_t n;
    uint64_t hashes;
};

bool json_slice_equal(struct json_slice a, struct json_slice b)
{
    return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

static void skip_blanks(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\r' || *scan->at == '\t'))
        scan->at++;
}

static bool take(struct scan *scan, char wanted)
{
    skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != wanted)
        return false;
    scan->at++;
    return true;
}

/* --- strings --- */

static bool is_plain(unsigned char c)
{
    return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

#define EACH_BYTE(value) (UINT64_MAX / 255 * (value))

/* Of the eight bytes: the top bit of the first that is not plain is set, perhaps with later ones, the first byte being the lowest. A byte
 * below a blank, a quote or a backslash makes it by a borrow, which can only reach later bytes. */
static uint64_t not_plain(const char *at)
{
    uint64_t word, quotes, backslashes;

    memcpy(&word, at, sizeof(word));
    word = le64toh(word);
    quotes = word ^ EACH_BYTE('"');
    backslashes = word ^ EACH_BYTE('\\');
    return (word | (word - EACH_BYTE(' ')) | (quotes - EACH_BYTE(1)) | (backslashes - EACH_BYTE(1))) & EACH_BYTE(0x80);
}

static void skip_plain(struct scan *scan)
{
    while (scan->end - scan->at >= (ptrdiff_t)sizeof(uint64_t)) {
        uint64_t found = not_plain(scan->at);

        if (found != 0) {
            scan->at += __builtin_ctzll(found) / 8;
            return;
        }
        scan->at += sizeof(uint64_t);
    }
    while (scan->at < scan->end && is_plain((unsigned char)*scan->at))
        scan->at++;
}

/* Whether the second byte is one that UTF-8 has behind this first one, if it is one at all. */
static bool second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0: return second >= 0xa0; /* or it could be shorter */
    case 0xed: return second <= 0x9f; /* or it is a surrogate */
    case 0xf0: return second >= 0x90; /* or it could be shorter */
    case 0xf4: return second <= 0x8f; /* or it is beyond Unicode */
    default: return true;
    }
}

/* The length of the UTF-8 sequence beyond ASCII at the scan; 0: it is none. */
static size_t wide_len(const struct scan *scan)
{
    const unsigned char *at = (const unsigned char *)scan->at;
    size_t left = (size_t)(scan->end - scan->at), len = at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

    if (at[0] < 0xc2 || at[0] > 0xf4 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return second_fits(at[0], at[1]) ? len : 0;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* The length of the escape at the scan; 0: a wrong one, NUL, or a surrogate. */
static size_t escape_len(const struct scan *scan)
{
    const char *at = scan->at;
    size_t left = (size_t)(scan->end - at);

    if (left >= 2 && at[1] != '\0' && strchr("\"\\/bfnrt", at[1]))
        return 2;
    if (left < 6 || at[1] != 'u' || !is_hex(at[2]) || !is_hex(at[3]) || !is_hex(at[4]) || !is_hex(at[5]))
        return 0;
    return at[2] == 'd' || at[2] == 'D' || memcmp(at + 2, "0000", 4) == 0 ? 0 : 6;
}

static bool scan_text(struct scan *scan, struct json_slice *out, bool *escaped)
{
    size_t len;

    *escaped = false;
    if (!take(scan, '"'))
        return false;
    out->text = scan->at;
    for (;;) {
        skip_plain(scan);
        if (scan->at == scan->end)
            return false;
        if (*scan->at == '"')
            break;
        *escaped = *escaped || *scan->at == '\\';
        len = *scan->at == '\\' ? escape_len(scan) : wide_len(scan);
        if (len == 0)
            return false;
        scan->at += len;
    }
    out->len = (size_t)(scan->at++ - out->text);
    return true;
}

/* --- values --- */

static bool scan_value(struct scan *scan, struct json_scan_member *out);

static bool scan_word(struct scan *scan, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
        return false;
    scan->at += len;
    return true;
}

static bool scan_integer(struct scan *scan)
{
    const char *first;

    scan->at += scan->at < scan->end && *scan->at == '-';
    first = scan->at;
    while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
        scan->at++;
    if (scan->at == first || scan->at - first > INTEGER_DIGITS_MAX || (*first == '0' && scan->at - first > 1))
        return false;
    return scan->at == scan->end || (*scan->at != '.' && *scan->at != 'e' && *scan->at != 'E');
}

static bool is_new(struct keys *keys, struct json_slice key)
{
    unsigned hash = (unsigned)key.len * 7;

    if (key.len > 0)
        hash += (unsigned char)key.text[0] * 5U + (unsigned char)key.text[key.len / 2] * 3U + (unsigned char)key.text[key.len - 1];
    if (keys->n == ARRAY_LEN(keys->items))
        return false;
    if (keys->hashes & UINT64_C(1) << hash % 64)
        for (size_t i = 0; i < keys->n; i++)
            if (json_slice_equal(keys->items[i], key))
                return false;
    keys->hashes |= UINT64_C(1) << hash % 64;
    keys->items[keys->n++] = key;
    return true;
}

static bool scan_member(struct scan *scan, struct keys *keys)
{
    struct json_scan_member member;
    bool escaped;

    if (!scan_text(scan, &member.key, &escaped) || escaped || !is_new(keys, member.key))
        return false;
    if (!take(scan, ':') || !scan_value(scan, &member))
        return false;
    return scan->depth > 1 || scan->visit(scan->context, &member);
}

static bool scan_object(struct scan *scan)
{
    struct keys keys; /* not zeroed: only what was filled is read */

    keys.n = 0;
    keys.hashes = 0;
    scan->at++;
    if (take(scan, '}'))
        return true;
    do
        if (!scan_member(scan, &keys))
            return false;
    while (take(scan, ','));
    return take(scan, '}');
}

static bool scan_array(struct scan *scan)
{
    struct json_scan_member ignored;

    scan->at++;
    if (take(scan, ']'))
        return true;
    do
        if (!scan_value(scan, &ignored))
            return false;
    while (take(scan, ','));
    return take(scan, ']');
}

static bool scan_nested(struct scan *scan, bool (*inside)(struct scan *))
{
    bool taken;

    if (scan->depth == JSON_SCAN_DEPTH_MAX)
        return false;
    scan->depth++;
    taken = inside(scan);
    scan->depth--;
    return taken;
}

/* Fills value and kind. */
static bool scan_value(struct scan *scan, struct json_scan_member *out)
{
    const char *first;
    bool escaped, taken;

    skip_blanks(scan);
    if (scan->at == scan->end)
        return false;
    first = scan->at;
    out->kind = JSON_SCAN_OTHER;
    switch (*first) {
    case '"':
        taken = scan_text(scan, &out->value, &escaped);
        out->kind = escaped ? JSON_SCAN_ESCAPED : JSON_SCAN_TEXT;
        return taken;
    case '{':
        taken = scan_nested(scan, scan_object);
        out->kind = JSON_SCAN_OBJECT;
        break;
    case '[': taken = scan_nested(scan, scan_array); break;
    case 'n':
        taken = scan_word(scan, "null");
        out->kind = JSON_SCAN_NULL;
        break;
    case 't': taken = scan_word(scan, "true"); break;
    case 'f': taken = scan_word(scan, "false"); break;
    default: taken = scan_integer(scan);
    }
    out->value = (struct json_slice){first, (size_t)(scan->at - first)};
    return taken;
}

size_t json_scan_object(const char *text, size_t len, json_scan_visitor *visit, void *context)
{
    struct scan scan = {.at = text, .end = text + (len < JSON_ELEMENT_MAX ? len : JSON_ELEMENT_MAX), .visit = visit, .context = context};

    if (len == 0 || *text != '{' || !scan_nested(&scan, scan_object))
        return 0;
    return (size_t)(scan.at - text);
}
