#include "base/error.h"

#include <stdio.h>
#include <string.h>

/* Names from outside may hold anything; a line of the log or of a terminal is only ours. */
static void keep_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

int error_set(struct error *err, enum error_code code, const char *format, ...)
{
    va_list args;

    err->code = code;
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    keep_one_line(err->text);
    return -1;
}

int error_wrap(struct error *err, const char *format, ...)
{
    char inner[sizeof(err->text)];
    va_list args;
    size_t used;

    memcpy(inner, err->text, sizeof(inner));
    va_start(args, format);
    (void)vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    used = strlen(err->text);
    (void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner);
    keep_one_line(err->text);
    return -1;
}

int error_no_memory(struct error *err)
{
    return error_set(err, ERROR_MEMORY, "out of memory");
}

const char *error_code_name(enum error_code code)
{
    static const char *const names[] = {
        [ERROR_NONE] = "none",
        [ERROR_INVALID] = "invalid",
        [ERROR_MEMORY] = "memory",
        [ERROR_IO] = "io",
        [ERROR_TIMEOUT] = "timeout",
        [ERROR_LIMIT] = "limit",
        [ERROR_UNAVAILABLE] = "unavailable",
        [ERROR_UNAUTHORIZED] = "unauthorized",
        [ERROR_FORBIDDEN] = "forbidden",
        [ERROR_RATE_LIMITED] = "rate_limited",
        [ERROR_NOT_FOUND] = "not_found",
    };

    return (size_t)code < ARRAY_LEN(names) ? names[code] : "unknown";
}
