#include "base/duration.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"

/* Longest duration that any option may ask for: 100 years. Keeps all sums far from overflow. */
static const int64_t most_ns_in_ms = INT64_C(100) * 366 * 24 * 3600 * 1000;

static const struct {
    const char *name;
    double ms;
} units[] = {
    /* longer names first: "ms" before "m" */
    {"ns", 1e-6}, {"us", 1e-3}, {"\xc2\xb5s", 1e-3}, {"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}, {"w", 604800e3},
};

static bool take_decimal(const char **text, double *out)
{
    double value = 0, scale = 1;
    int digits = 0;
    bool fraction = false;

    for (; (**text >= '0' && **text <= '9') || (**text == '.' && !fraction); (*text)++) {
        if (**text == '.') {
            fraction = true;
            continue;
        }
        value = value * 10 + (**text - '0');
        scale = fraction ? scale * 10 : scale;
        if (++digits > 15)
            return false;
    }
    *out = value / scale;
    return digits > 0;
}

static bool take_unit(const char **text, double *out_ms)
{
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        size_t len = strlen(units[i].name);

        if (strncmp(*text, units[i].name, len) == 0) {
            *text += len;
            *out_ms = units[i].ms;
            return true;
        }
    }
    return false;
}

bool duration_parse(const char *text, int64_t *out_ms)
{
    double total = 0;

    if (strcmp(text, "0") == 0) {
        *out_ms = 0;
        return true;
    }
    if (*text == '\0')
        return false;
    while (*text != '\0') {
        double number = 0, unit = 0;

        if (!take_decimal(&text, &number) || !take_unit(&text, &unit))
            return false;
        total += number * unit;
        if (total > (double)most_ns_in_ms)
            return false;
    }
    *out_ms = (int64_t)(total + 1e-6);
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
