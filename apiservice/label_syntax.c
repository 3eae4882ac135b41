#include "apiservice/label_syntax.h"

#include <string.h>

#include "base/buffer.h"
#include "base/escape.h"

#define KEY_RULE                                                                                                               \
    "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " \
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "                                    \
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
#define NAME_RULE                                                                                                                \
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character " \
    "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
#define VALUE_RULE                                                                                                               \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with " \
    "an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "                      \
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
#define PREFIX_RULE                                                                                                              \
    "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " \
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "                                  \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

enum { COMPLAINTS_MAX = 5, SHOWN_MAX = 64, TOLD_BYTES_MAX = 2048 };

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* [A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])? */
static bool is_name(const char *text, size_t len)
{
    if (len == 0 || !is_alphanumeric(text[0]) || !is_alphanumeric(text[len - 1]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_alphanumeric(text[i]) && text[i] != '-' && text[i] != '_' && text[i] != '.')
            return false;
    return true;
}

static bool is_dns_label(const char *text, size_t len)
{
    if (!is_name(text, len))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((text[i] >= 'A' && text[i] <= 'Z') || text[i] == '_' || text[i] == '.')
            return false;
    return true;
}

static bool is_dns_subdomain(const char *text, size_t len)
{
    const char *dot;

    while ((dot = memchr(text, '.', len)) != NULL) {
        size_t label = (size_t)(dot - text);

        if (!is_dns_label(text, label))
            return false;
        text += label + 1;
        len -= label + 1;
    }
    return is_dns_label(text, len);
}

/* All that is wrong with one text. */
struct complaints {
    const char *rules[COMPLAINTS_MAX];
    size_t n;
};

static void complain_if(struct complaints *complaints, bool is, const char *rule)
{
    if (is && complaints->n < COMPLAINTS_MAX)
        complaints->rules[complaints->n++] = rule;
}

static int tell(const struct complaints *complaints, const char *text, size_t len, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(TOLD_BYTES_MAX);

    if (complaints->n == 0)
        return 0;
    escape_go_string(&told, text, len < SHOWN_MAX ? len : SHOWN_MAX);
    for (size_t i = 0; i < complaints->n; i++)
        (void)buffer_printf(&told, "%s%s", i > 0 ? "; " : ": ", complaints->rules[i]);
    return error_set(err, ERROR_INVALID, "Invalid value: %s", buffer_text(&told));
}

static void check_prefix(const char *prefix, size_t len, struct complaints *complaints)
{
    complain_if(complaints, len == 0, "prefix part must be non-empty");
    complain_if(complaints, len > LABEL_PREFIX_MAX, "prefix part must be no more than 253 bytes");
    complain_if(complaints, len > 0 && !is_dns_subdomain(prefix, len), PREFIX_RULE);
}

int label_key_check(const char *text, size_t len, struct error *err)
{
    const char *slash = memchr(text, '/', len);
    size_t prefix_len = slash ? (size_t)(slash - text) : 0;
    const char *name = slash ? slash + 1 : text;
    size_t name_len = slash ? len - prefix_len - 1 : len;
    struct complaints complaints = {0};

    if (memchr(name, '/', name_len)) {
        complain_if(&complaints, true, KEY_RULE);
        return tell(&complaints, text, len, err);
    }
    if (slash)
        check_prefix(text, prefix_len, &complaints);
    complain_if(&complaints, name_len == 0, "name part must be non-empty");
    complain_if(&complaints, name_len > LABEL_NAME_MAX, "name part must be no more than 63 bytes");
    complain_if(&complaints, !is_name(name, name_len), NAME_RULE);
    return tell(&complaints, text, len, err);
}

int label_value_check(const char *text, size_t len, struct error *err)
{
    struct complaints complaints = {0};

    complain_if(&complaints, len > LABEL_NAME_MAX, "must be no more than 63 bytes");
    complain_if(&complaints, len > 0 && !is_name(text, len), VALUE_RULE);
    return tell(&complaints, text, len, err);
}

bool label_integer(const char *text, size_t len, int64_t *out)
{
    bool negative = len > 0 && text[0] == '-';
    size_t first = len > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t value = 0;

    for (size_t i = first; i < len; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';

        if (digit > 9 || value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (len == first)
        return false;
    *out = negative ? (int64_t)-value : (int64_t)value;
    return true;
}
