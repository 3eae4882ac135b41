#include "emulator/go_json.h"

#include <string.h>

#include "base/timestamp.h"

static void add_escaped(struct buffer *out, char c)
{
    switch (c) {
    case '"': (void)buffer_add_text(out, "\\\""); return;
    case '\\': (void)buffer_add_text(out, "\\\\"); return;
    case '\n': (void)buffer_add_text(out, "\\n"); return;
    case '\r': (void)buffer_add_text(out, "\\r"); return;
    case '\t': (void)buffer_add_text(out, "\\t"); return;
    default: (void)buffer_printf(out, "\\u%04x", (unsigned char)c); return;
    }
}

void go_json_string(struct buffer *out, const char *text)
{
    (void)buffer_add_char(out, '"');
    while (*text != '\0') {
        size_t plain = 0;

        while ((unsigned char)text[plain] >= 0x20 && !strchr("\"\\<>&", text[plain]))
            plain++;
        (void)buffer_append(out, text, plain);
        text += plain;
        if (*text != '\0')
            add_escaped(out, *text++);
    }
    (void)buffer_add_char(out, '"');
}

void go_json_member(struct buffer *out, const char *before, const char *text)
{
    (void)buffer_add_text(out, before);
    go_json_string(out, text);
}

void go_json_id(struct buffer *out, const char *before, struct stable_id id)
{
    char text[STABLE_ID_TEXT];

    stable_id_format(id, text);
    text[STABLE_ID_TEXT - 1] = '"';
    (void)buffer_add_text(out, before);
    (void)buffer_append(out, text, STABLE_ID_TEXT);
}

void go_json_time(struct buffer *out, const char *before, int64_t unix_ms)
{
    char text[TIMESTAMP_TEXT_MAX];
    size_t end;

    timestamp_format_millis(unix_ms, text);
    end = strlen(text) - 1; /* the Z */
    while (end > 0 && text[end - 1] == '0')
        end--;
    if (end > 0 && text[end - 1] == '.')
        end--;
    (void)buffer_add_text(out, before);
    (void)buffer_append(out, text, end);
    (void)buffer_add_text(out, "Z\"");
}

void go_json_tags(struct buffer *out, const struct tagset *tags)
{
    for (size_t i = 0; i < tags->len; i++) {
        go_json_member(out, i > 0 ? "," : "{", tags->pairs[i].key);
        go_json_member(out, ":", tags->pairs[i].value);
    }
    (void)buffer_add_text(out, tags->len > 0 ? "}" : "{}");
}
