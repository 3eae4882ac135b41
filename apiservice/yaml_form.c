#include "apiservice/yaml_form.h"

#include <string.h>
#include <strings.h>

#include "apiservice/json_indent.h"

struct cursor {
    const char *at, *end;
    struct buffer *out;
    int depth;
};

static char peek(const struct cursor *cursor)
{
    return (char)(cursor->at < cursor->end ? *cursor->at : '\0');
}

static bool skip(struct cursor *cursor, char c)
{
    if (peek(cursor) != c)
        return false;
    cursor->at++;
    return true;
}

static void indent(const struct cursor *cursor, int level)
{
    for (int i = 0; i < level; i++)
        (void)buffer_add_text(cursor->out, "  ");
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c);
}

/* Words that some reader takes for a boolean or for nothing. */
static bool is_reserved(const char *text, size_t len)
{
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "y", "n", "null"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i]) == len && strncasecmp(words[i], text, len) == 0)
            return true;
    return false;
}

/* A letter, then letters, digits and marks that mean nothing in YAML. */
static bool may_stand_bare(const char *text, size_t len)
{
    if (len == 0 || !is_letter(text[0]) || is_reserved(text, len))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!is_letter(text[i]) && (text[i] < '0' || text[i] > '9') && !is_one_of(text[i], "_-./"))
            return false;
    return true;
}

static void write_string(struct cursor *cursor)
{
    size_t len = json_string_len(cursor->at, (size_t)(cursor->end - cursor->at));

    if (len >= 2 && may_stand_bare(cursor->at + 1, len - 2))
        (void)buffer_append(cursor->out, cursor->at + 1, len - 2);
    else
        (void)buffer_append(cursor->out, cursor->at, len);
    cursor->at += len;
}

/* A string, a number, true, false, null, {} or []. */
static void write_scalar(struct cursor *cursor)
{
    size_t len = 0;

    if (peek(cursor) == '"') {
        write_string(cursor);
        return;
    }
    if (peek(cursor) == '{' || peek(cursor) == '[')
        len = 2;
    else
        while (cursor->at + len < cursor->end && !is_one_of(cursor->at[len], ",]}"))
            len++;
    (void)buffer_append(cursor->out, cursor->at, len);
    cursor->at += len;
}

static bool is_block(const struct cursor *cursor)
{
    char next = (char)(cursor->at + 1 < cursor->end ? cursor->at[1] : '\0');

    return (peek(cursor) == '{' && next != '}') || (peek(cursor) == '[' && next != ']');
}

static void write_block(struct cursor *cursor, int level);

/* Members after the first begin a line of their own; the first may stand behind the "- " of a list. */
static void write_members(struct cursor *cursor, int level)
{
    do {
        write_string(cursor);
        (void)buffer_add_char(cursor->out, ':');
        if (!skip(cursor, ':'))
            cursor->out->failed = true;
        if (is_block(cursor)) {
            bool list = peek(cursor) == '[';

            (void)buffer_add_char(cursor->out, '\n');
            indent(cursor, list ? level : level + 1);
            write_block(cursor, list ? level : level + 1);
        } else {
            (void)buffer_add_char(cursor->out, ' ');
            write_scalar(cursor);
            (void)buffer_add_char(cursor->out, '\n');
        }
        if (peek(cursor) == ',')
            indent(cursor, level);
    } while (skip(cursor, ',') && !buffer_failed(cursor->out));
}

static void write_elements(struct cursor *cursor, int level)
{
    do {
        (void)buffer_add_text(cursor->out, "- ");
        if (is_block(cursor)) {
            write_block(cursor, level + 1);
        } else {
            write_scalar(cursor);
            (void)buffer_add_char(cursor->out, '\n');
        }
        if (peek(cursor) == ',')
            indent(cursor, level);
    } while (skip(cursor, ',') && !buffer_failed(cursor->out));
}

/* What stands between the brackets; its first line is indented already. NOLINTNEXTLINE(misc-no-recursion) */
static void write_block(struct cursor *cursor, int level)
{
    bool object = skip(cursor, '{');

    if (++cursor->depth > YAML_FORM_DEPTH_MAX || (!object && !skip(cursor, '[')))
        cursor->out->failed = true;
    if (buffer_failed(cursor->out))
        return;
    if (object)
        write_members(cursor, level);
    else
        write_elements(cursor, level);
    if (!skip(cursor, object ? '}' : ']'))
        cursor->out->failed = true;
    cursor->depth--;
}

void yaml_form_of_json(const char *json, size_t len, struct buffer *out)
{
    struct cursor cursor = {.at = json, .end = json + len, .out = out};

    while (cursor.end > cursor.at && cursor.end[-1] == '\n')
        cursor.end--;
    if (is_block(&cursor)) {
        write_block(&cursor, 0);
    } else {
        write_scalar(&cursor);
        (void)buffer_add_char(out, '\n');
    }
}
