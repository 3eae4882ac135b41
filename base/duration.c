#include "base/duration.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"

/* Whole numbers throughout: as a double 0.999999999s would be rounded up to a second. */
__extension__ typedef unsigned __int128 wide;

/* Longest duration that any option may ask for: 100 years. Keeps all sums far from overflow. */
static const uint64_t most_ns = UINT64_C(100) * 366 * 24 * 3600 * 1000000000;

static const struct {
    const char *name;
    uint64_t ns;
} units[] = {
    /* longer names first: "ms" before "m" */
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

/* "1.25": 125 hundredths. */
struct decimal {
    uint64_t digits, scale;
};

static bool take_decimal(const char **text, struct decimal *out)
{
    struct decimal value = {.scale = 1};
    int digits = 0;
    bool fraction = false;

    for (; (**text >= '0' && **text <= '9') || (**text == '.' && !fraction); (*text)++) {
        if (**text == '.') {
            fraction = true;
            continue;
        }
        value.digits = value.digits * 10 + (uint64_t)(**text - '0');
        value.scale = fraction ? value.scale * 10 : value.scale;
        if (++digits > 15)
            return false;
    }
    *out = value;
    return digits > 0;
}

static bool take_unit(const char **text, uint64_t *out_ns)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t len = strlen(units[i].name);

        if (strncmp(*text, units[i].name, len) == 0) {
            *text += len;
            *out_ns = units[i].ns;
            return true;
        }
    }
    return false;
}

bool duration_parse(const char *text, int64_t *out_ms)
{
    wide total = 0;

    if (strcmp(text, "0") == 0) {
        *out_ms = 0;
        return true;
    }
    if (*text == '\0')
        return false;
    while (*text != '\0') {
        struct decimal number = {0};
        uint64_t unit = 0;

        if (!take_decimal(&text, &number) || !take_unit(&text, &unit))
            return false;
        total += (wide)number.digits * unit / number.scale;
        if (total > most_ns)
            return false;
    }
    *out_ms = (int64_t)(total / 1000000);
    return true;
}

void duration_format(int64_t ms, char out[DURATION_TEXT_MAX])
{
    int64_t hours = ms / 3600000, minutes = ms / 60000 % 60, rest = ms % 60000;
    size_t used = 0;

    if (ms > 0 && ms < 1000) {
        (void)snprintf(out, DURATION_TEXT_MAX, "%dms", (int)ms);
        return;
    }
    out[0] = '\0';
    if (hours > 0)
        used += (size_t)snprintf(out, DURATION_TEXT_MAX, "%lldh", (long long)hours);
    if (minutes > 0)
        used += (size_t)snprintf(out + used, DURATION_TEXT_MAX - used, "%dm", (int)minutes);
    if (rest > 0 || used == 0) {
        int millis = (int)(rest % 1000);
        char fraction[8] = "";

        if (millis > 0) {
            (void)snprintf(fraction, sizeof(fraction), ".%03d", millis);
            for (size_t end = strlen(fraction); fraction[end - 1] == '0'; end--)
                fraction[end - 1] = '\0';
        }
        (void)snprintf(out + used, DURATION_TEXT_MAX - used, "%d%ss", (int)(rest / 1000), fraction);
    }
}
