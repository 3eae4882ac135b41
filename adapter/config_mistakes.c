#include "adapter/config_mistakes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"

static bool is_before(struct config_place a, struct config_place b)
{
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

/* Makes room for a mistake at its place in file order, behind those of the same place. NULL: it is behind all that fit. */
static struct config_mistake *insert(struct config_mistakes *mistakes, struct config_place at)
{
    size_t index = mistakes->len;

    while (index > 0 && is_before(at, mistakes->items[index - 1].at))
        index--;
    if (mistakes->len == CONFIG_MISTAKES_MAX) {
        mistakes->left_out++;
        if (index == CONFIG_MISTAKES_MAX)
            return NULL;
        mistakes->len--;
    }
    memmove(&mistakes->items[index + 1], &mistakes->items[index], (mistakes->len - index) * sizeof(mistakes->items[0]));
    mistakes->len++;
    return &mistakes->items[index];
}

void config_mistakes_add(struct config_mistakes *mistakes, struct config_place at, const char *path, const char *format, ...)
{
    struct config_mistake *mistake = insert(mistakes, at);
    va_list args;

    if (!mistake)
        return;
    mistake->at = at;
    (void)snprintf(mistake->path, sizeof(mistake->path), "%s", path);
    va_start(args, format);
    (void)vsnprintf(mistake->text, sizeof(mistake->text), format, args);
    va_end(args);
}

void config_mistakes_no_memory(struct config_mistakes *mistakes)
{
    mistakes->no_memory = true;
}

bool config_mistakes_any(const struct config_mistakes *mistakes)
{
    return mistakes->len > 0 || mistakes->no_memory;
}

bool config_mistakes_has(const struct config_mistakes *mistakes, const char *path)
{
    size_t len = strlen(path);

    for (size_t i = 0; i < mistakes->len; i++) {
        const char *other = mistakes->items[i].path;

        if (strncmp(other, path, len) == 0 && (other[len] == '\0' || other[len] == '.' || other[len] == '['))
            return true;
    }
    return false;
}

void config_mistake_print(const struct config_mistakes *mistakes, size_t index, struct buffer *out)
{
    const struct config_mistake *mistake = &mistakes->items[index];

    escape_controls(out, mistakes->file, strlen(mistakes->file));
    if (mistake->at.line > 0)
        (void)buffer_printf(out, ":%u:%u", mistake->at.line, mistake->at.column);
    (void)buffer_add_text(out, ": ");
    if (mistake->path[0] != '\0') {
        escape_controls(out, mistake->path, strlen(mistake->path));
        (void)buffer_add_text(out, ": ");
    }
    escape_controls(out, mistake->text, strlen(mistake->text));
}

void config_mistakes_print(const struct config_mistakes *mistakes, struct buffer *out)
{
    for (size_t i = 0; i < mistakes->len; i++) {
        config_mistake_print(mistakes, i, out);
        (void)buffer_add_char(out, '\n');
    }
    if (mistakes->left_out > 0)
        (void)buffer_printf(out, "%s: %zu more mistakes follow; correct these first\n", mistakes->file, mistakes->left_out);
    if (mistakes->no_memory)
        (void)buffer_printf(out, "%s: not fully checked: out of memory\n", mistakes->file);
}
