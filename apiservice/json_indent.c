#include "apiservice/json_indent.h"

static void break_line(struct buffer *out, size_t depth)
{
    (void)buffer_add_char(out, '\n');
    for (size_t i = 0; i < depth; i++)
        (void)buffer_add_text(out, "  ");
}

size_t json_string_len(const char *json, size_t len)
{
    for (size_t i = 1; i < len; i++) {
        if (json[i] == '\\')
            i++;
        else if (json[i] == '"')
            return i + 1;
    }
    return len;
}

/* A bracket, a comma or a colon. */
static void write_mark(struct buffer *out, char c, char next, size_t *depth)
{
    switch (c) {
    case '{':
    case '[':
        (void)buffer_add_char(out, c);
        ++*depth;
        if (next != '}' && next != ']')
            break_line(out, *depth);
        return;
    case '}':
    case ']':
        *depth -= *depth > 0;
        if (out->len > 0 && out->data[out->len - 1] != '{' && out->data[out->len - 1] != '[')
            break_line(out, *depth);
        (void)buffer_add_char(out, c);
        return;
    case ',':
        (void)buffer_add_char(out, c);
        break_line(out, *depth);
        return;
    default: (void)buffer_add_text(out, ": "); return;
    }
}

static bool is_mark(char c)
{
    return c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void json_indent(const char *json, size_t len, struct buffer *out)
{
    size_t depth = 0;

    for (size_t i = 0; i < len && !buffer_failed(out); i++) {
        size_t string = json[i] == '"' ? json_string_len(json + i, len - i) : 0;

        if (string > 0) {
            (void)buffer_append(out, json + i, string);
            i += string - 1;
        } else if (is_mark(json[i])) {
            write_mark(out, json[i], (char)(i + 1 < len ? json[i + 1] : '\0'), &depth);
        } else if (!is_blank(json[i])) {
            (void)buffer_add_char(out, json[i]);
        }
    }
}
