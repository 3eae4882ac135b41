#include "test/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILLING = 0x5a };

void law_broken(const char *condition, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: this law is broken: %s\n", file, line, condition);
    abort();
}

char *text_of(const uint8_t *data, size_t size)
{
    size_t len = strnlen((const char *)data, size);
    char *text = malloc(len + 1);

    LAW(text);
    if (len > 0)
        memcpy(text, data, len);
    text[len] = '\0';
    return text;
}

uint64_t number_of(const uint8_t *data, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < sizeof(number); i++)
        number = number << 8 | (i < size ? data[i] : 0);
    return number;
}

void fill(void *out, size_t size)
{
    memset(out, FILLING, size);
}

bool is_filled(const void *out, size_t size)
{
    const unsigned char *bytes = out;

    for (size_t i = 0; i < size; i++)
        if (bytes[i] != FILLING)
            return false;
    return true;
}

void law_error_is_told(const struct error *err)
{
    LAW(err->code != ERROR_NONE);
    LAW(err->text[0] != '\0');
    LAW(memchr(err->text, '\0', sizeof(err->text)));
    LAW(!strpbrk(err->text, "\r\n"));
}
