#include "queue/uuid.h"

#include <stddef.h>
#include <string.h>

#include "base/hex.h"

static bool is_dash_at(size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

bool uuid_parse(const char *text, struct uuid *out)
{
    struct uuid uuid = {0};
    size_t digits = 0;

    for (size_t i = 0; i < UUID_TEXT_LEN; i++) {
        int value = hex_value(text[i]);

        if (is_dash_at(i) ? text[i] != '-' : value < 0)
            return false; /* also at an early end of the text */
        if (is_dash_at(i))
            continue;
        uuid.bytes[digits / 2] = (unsigned char)(uuid.bytes[digits / 2] * 16 + value);
        digits++;
    }
    if (text[UUID_TEXT_LEN] != '\0')
        return false;
    *out = uuid;
    return true;
}

void uuid_print(const struct uuid *uuid, char out[UUID_TEXT_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";
    size_t digits = 0;

    for (size_t i = 0; i < UUID_TEXT_LEN; i++) {
        unsigned byte = uuid->bytes[digits / 2];

        if (is_dash_at(i)) {
            out[i] = '-';
            continue;
        }
        out[i] = hex[digits % 2 == 0 ? byte >> 4 : byte & 15];
        digits++;
    }
    out[UUID_TEXT_LEN] = '\0';
}

bool uuid_is_nil(const struct uuid *uuid)
{
    static const struct uuid nil;

    return uuid_equal(uuid, &nil);
}

int uuid_compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, UUID_BYTES);
}

bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return uuid_compare(a, b) == 0;
}
