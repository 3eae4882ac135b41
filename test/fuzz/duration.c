/* duration.c - what is read is what whole-number arithmetic says; what is printed is read back. */
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/duration.h"
#include "test/fuzz/fuzz.h"

__extension__ typedef unsigned __int128 wide;

static const int64_t most_ms = INT64_C(100) * 366 * 24 * 3600 * 1000;

static const struct {
    const char *name;
    uint64_t ns;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xc2\xb5s", 1000},
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", UINT64_C(60) * 1000000000},
    {"h", UINT64_C(3600) * 1000000000},
    {"d", UINT64_C(86400) * 1000000000},
    {"w", UINT64_C(604800) * 1000000000},
};

/* The unit's name ends where a number begins. */
static uint64_t unit_ns(const char *text, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (strlen(units[i].name) == len && memcmp(units[i].name, text, len) == 0)
            return units[i].ns;
    return 0;
}

/* One "1.5h" at *text, in nanoseconds, cut. */
static bool read_term(const char **text, wide *out)
{
    const char *number = *text, *unit = number + strspn(number, "0123456789."), *point = memchr(number, '.', (size_t)(unit - number));
    size_t unit_len = strcspn(unit, "0123456789."), digits = (size_t)(unit - number) - (point ? 1 : 0);
    wide whole = 0, fraction = 0, scale = 1, ns = unit_ns(unit, unit_len);

    for (const char *c = number; c < unit; c++) {
        if (c != point && *c == '.')
            return false;
        if (point && c > point) {
            fraction = fraction * 10 + (unsigned)(*c - '0');
            scale *= 10;
        } else if (c != point) {
            whole = whole * 10 + (unsigned)(*c - '0');
        }
        if (digits > 15)
            return false;
    }
    *text = unit + unit_len;
    *out = whole * ns + fraction * ns / scale;
    return digits > 0 && ns > 0;
}

static bool read_slowly(const char *text, int64_t *out_ms)
{
    wide total = 0, term;

    *out_ms = 0;
    if (strcmp(text, "0") == 0)
        return true;
    if (*text == '\0')
        return false;
    while (*text != '\0') {
        if (!read_term(&text, &term))
            return false;
        total += term;
        if (total > (wide)most_ms * 1000000)
            return false;
    }
    *out_ms = (int64_t)(total / 1000000);
    return true;
}

static void law_round_trip(int64_t ms)
{
    char text[DURATION_TEXT_MAX];
    int64_t again = -1;

    duration_format(ms, text);
    LAW(duration_parse(text, &again));
    LAW(again == ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    int64_t ms = -1, expected;

    if (duration_parse(text, &ms)) {
        LAW(read_slowly(text, &expected));
        LAW(ms == expected);
        LAW(ms >= 0 && ms <= most_ms);
        law_round_trip(ms);
    } else {
        LAW(!read_slowly(text, &expected));
        LAW(ms == -1);
    }
    law_round_trip((int64_t)(number_of(data, size) % ((uint64_t)most_ms + 1)));
    free(text);
    return 0;
}
