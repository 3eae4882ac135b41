#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buffer_clear(struct buffer *buffer)
{
    size_t limit = buffer->limit;

    free(buffer->data);
    *buffer = BUFFER_INIT(limit);
}

void buffer_reset(struct buffer *buffer)
{
    buffer->len = 0;
    buffer->failed = buffer->no_memory = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

struct buffer buffer_move(struct buffer *buffer)
{
    struct buffer moved = *buffer;

    *buffer = BUFFER_INIT(moved.limit);
    return moved;
}

/* Room for more bytes and the NUL. Doubles, so that n appends cost O(n). */
static int reserve(struct buffer *buffer, size_t more)
{
    size_t needed, capacity;
    char *data;

    if (buffer->failed)
        return -1;
    if (more > buffer->limit || buffer->len > buffer->limit - more) {
        buffer->failed = true;
        return -1;
    }
    needed = buffer->len + more + 1;
    if (needed <= buffer->capacity)
        return 0;
    capacity = buffer->capacity > 64 ? buffer->capacity : 64;
    while (capacity < needed)
        capacity *= 2;
    data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = buffer->no_memory = true;
        return -1;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return 0;
}

int buffer_append(struct buffer *buffer, const void *data, size_t len)
{
    if (reserve(buffer, len) < 0)
        return -1;
    if (len > 0)
        memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    buffer->data[buffer->len] = '\0';
    return 0;
}

int buffer_add_text(struct buffer *buffer, const char *text)
{
    return buffer_append(buffer, text, strlen(text));
}

int buffer_add_char(struct buffer *buffer, char c)
{
    return buffer_append(buffer, &c, 1);
}

int buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list args, again;
    int len;

    va_start(args, format);
    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || reserve(buffer, (size_t)len) < 0) {
        va_end(again);
        buffer->failed = true;
        return -1;
    }
    (void)vsnprintf(buffer->data + buffer->len, (size_t)len + 1, format, again);
    va_end(again);
    buffer->len += (size_t)len;
    return 0;
}

bool buffer_failed(const struct buffer *buffer)
{
    return buffer->failed;
}

const char *buffer_text(const struct buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}
