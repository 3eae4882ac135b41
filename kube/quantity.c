#include "kube/quantity.h"

#include "base/attributes.h"

size_t quantity_format_milli(int64_t milli, char out[QUANTITY_TEXT_MAX])
{
    static const char suffixes[] = {'m', '\0', 'k', 'M', 'G', 'T', 'P', 'E'};
    uint64_t mantissa = milli < 0 ? -(uint64_t)milli : (uint64_t)milli;
    size_t suffix = mantissa == 0 ? 1 : 0;
    char digits[QUANTITY_TEXT_MAX];
    size_t n_digits = 0, len = 0;

    while (mantissa != 0 && mantissa % 1000 == 0 && suffix + 1 < ARRAY_LEN(suffixes)) {
        mantissa /= 1000;
        suffix++;
    }
    do {
        digits[n_digits++] = (char)('0' + mantissa % 10);
        mantissa /= 10;
    } while (mantissa != 0);
    if (milli < 0)
        out[len++] = '-';
    while (n_digits > 0)
        out[len++] = digits[--n_digits];
    if (suffixes[suffix] != '\0')
        out[len++] = suffixes[suffix];
    out[len] = '\0';
    return len;
}
