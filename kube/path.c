#include "kube/path.h"

#include <string.h>

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~", c) != NULL;
}

static void add_escaped(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        if (is_unreserved(*text))
            (void)buffer_add_char(out, *text);
        else
            (void)buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

void path_add_segment(struct buffer *out, const char *segment)
{
    if (segment[0] == '\0' || strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0) {
        out->failed = true;
        return;
    }
    (void)buffer_add_char(out, '/');
    add_escaped(out, segment);
}

void path_add_query(struct buffer *out, const char *name, const char *value)
{
    bool first = strchr(buffer_text(out), '?') == NULL;

    if (!value || value[0] == '\0')
        return;
    (void)buffer_printf(out, "%c%s=", first ? '?' : '&', name);
    add_escaped(out, value);
}
