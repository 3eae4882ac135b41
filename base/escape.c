#include "base/escape.h"

#include <stdint.h>
#include <stdio.h>

/* Unicode standard, table 3-7: the first byte says the length and the range of the second. */
static const struct {
    unsigned char first_least, first_most, second_least, second_most;
    size_t len;
} utf8_forms[] = {
    {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static bool is_continuation(const unsigned char *bytes, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return false;
    return true;
}

size_t utf8_sequence_len(const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;

    for (size_t i = 0; i < ARRAY_LEN(utf8_forms); i++) {
        if (len == 0 || bytes[0] < utf8_forms[i].first_least || bytes[0] > utf8_forms[i].first_most)
            continue;
        if (utf8_forms[i].len == 1)
            return 1;
        if (len < utf8_forms[i].len || bytes[1] < utf8_forms[i].second_least || bytes[1] > utf8_forms[i].second_most)
            return 0;
        return is_continuation(bytes, 2, utf8_forms[i].len) ? utf8_forms[i].len : 0;
    }
    return 0;
}

/* The short form of a control character in JSON, NULL when it has none. */
static const char *short_escape(char c)
{
    switch (c) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\b': return "\\b";
    case '\f': return "\\f";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return NULL;
    }
}

void escape_json_string(struct buffer *out, const char *text, size_t len)
{
    (void)buffer_add_char(out, '"');
    for (size_t i = 0; i < len;) {
        size_t step = utf8_sequence_len(text + i, len - i);
        const char *escape = short_escape(text[i]);

        if (escape)
            (void)buffer_add_text(out, escape);
        else if (step == 0)
            (void)buffer_add_text(out, "\xef\xbf\xbd");
        else if (step == 1 && ((unsigned char)text[i] < 0x20 || text[i] == 0x7f))
            (void)buffer_printf(out, "\\u%04x", (unsigned)(unsigned char)text[i]);
        else
            (void)buffer_append(out, text + i, step);
        i += step ? step : 1;
    }
    (void)buffer_add_char(out, '"');
}

void escape_go_string(struct buffer *out, const char *text, size_t len)
{
    (void)buffer_add_char(out, '"');
    for (size_t i = 0; i < len;) {
        size_t step = utf8_sequence_len(text + i, len - i);
        unsigned char c = (unsigned char)text[i];
        const char *escape = c == '\a' ? "\\a" : c == '\v' ? "\\v" : short_escape(text[i]);

        if (escape)
            (void)buffer_add_text(out, escape);
        else if (step == 0 || c < 0x20 || c == 0x7f)
            (void)buffer_printf(out, "\\x%02x", (unsigned)c);
        else
            (void)buffer_append(out, text + i, step);
        i += step ? step : 1;
    }
    (void)buffer_add_char(out, '"');
}

void escape_controls(struct buffer *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t step = utf8_sequence_len(text + i, len - i);
        unsigned char c = (unsigned char)text[i];

        if (c == '\n')
            (void)buffer_add_text(out, "\\n");
        else if (c == '\t')
            (void)buffer_add_text(out, "\\t");
        else if (step == 0 || c < 0x20 || c == 0x7f)
            (void)buffer_printf(out, "\\x%02x", (unsigned)c);
        else
            (void)buffer_append(out, text + i, step);
        i += step ? step : 1;
    }
}
