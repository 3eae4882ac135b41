/* quantity.c - what is printed is read back; what is read agrees with long arithmetic on decimal digits. */
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "kube/quantity.h"
#include "kube/quantity_parse.h"
#include "test/fuzz/fuzz.h"

/* --- Round trip --- */

static void law_round_trip(int64_t milli)
{
    char text[QUANTITY_TEXT_MAX];
    struct quantity quantity;
    struct error err = {0};
    size_t len = quantity_format_milli(milli, text);
    size_t digits = strspn(text, "-0123456789");

    LAW(len == strlen(text) && len < sizeof(text));
    LAW(quantity_parse(text, len, &quantity, &err) == 0);
    LAW(quantity.nano == (quantity_nano)milli * 1000000);
    LAW(quantity_milli(quantity) == milli);
    /* Canonical: the largest suffix that loses nothing. */
    LAW(text[digits] == 'E' || digits <= 3 || strncmp(text + digits - 3, "000", 3) != 0);
}

/* --- The slow reading: decimal digits, the last one first --- */

enum { DIGITS_MAX = 512, SHIFT_MOST = 200 };

struct decimal {
    unsigned char digits[DIGITS_MAX];
    size_t len;
    long shift; /* the value is the digits times ten to the power of shift */
    bool negative;
};

static const struct {
    const char *suffix;
    long shift;       /* powers of ten */
    unsigned factors; /* of 1024 */
} suffixes[] = {
    {"", 0, 0},   {"n", -9, 0}, {"u", -6, 0}, {"m", -3, 0}, {"k", 3, 0},  {"M", 6, 0},  {"G", 9, 0},  {"T", 12, 0},
    {"P", 15, 0}, {"E", 18, 0}, {"Ki", 0, 1}, {"Mi", 0, 2}, {"Gi", 0, 3}, {"Ti", 0, 4}, {"Pi", 0, 5}, {"Ei", 0, 6},
};

static void times(struct decimal *number, unsigned factor)
{
    unsigned carry = 0;

    for (size_t i = 0; i < number->len || carry > 0; i++) {
        LAW(i < DIGITS_MAX);
        if (i == number->len)
            number->digits[number->len++] = 0;
        carry += number->digits[i] * factor;
        number->digits[i] = (unsigned char)(carry % 10);
        carry /= 10;
    }
}

static bool apply_exponent(struct decimal *number, const char *text)
{
    char *end;
    long exponent = strtol(text, &end, 10); /* beyond its range it stays at the edge */

    if (strspn(text, "+-0123456789") != strlen(text) || end == text || *end != '\0')
        return false;
    number->shift += exponent < -SHIFT_MOST ? -SHIFT_MOST : exponent > SHIFT_MOST ? SHIFT_MOST : exponent;
    return true;
}

static bool apply_suffix(struct decimal *number, const char *suffix)
{
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
        if (strcmp(suffix, suffixes[i].suffix) != 0)
            continue;
        number->shift += suffixes[i].shift;
        for (unsigned n = 0; n < suffixes[i].factors; n++)
            times(number, 1024);
        return true;
    }
    return (suffix[0] == 'e' || suffix[0] == 'E') && apply_exponent(number, suffix + 1);
}

static bool read_decimal(const char *text, struct decimal *out)
{
    const char *suffix, *point;
    size_t len;

    memset(out, 0, sizeof(*out));
    out->negative = text[0] == '-';
    text += text[0] == '-' || text[0] == '+';
    suffix = text + strspn(text, "0123456789");
    point = *suffix == '.' ? suffix : NULL;
    if (point)
        suffix = point + 1 + strspn(point + 1, "0123456789");
    len = (size_t)(suffix - text);
    for (const char *c = suffix; c > text; c--)
        if (c[-1] != '.')
            out->digits[out->len++] = (unsigned char)(c[-1] - '0');
    out->shift = point ? -(long)(len - (size_t)(point - text) - 1) : 0;
    return out->len > 0 && apply_suffix(out, suffix);
}

/* Billionths, what is below rounded up; at the edge of 128 bits when there are more. */
static quantity_nano decimal_nano(const struct decimal *number)
{
    const quantity_nano most = ((((quantity_nano)1 << 126) - 1) << 1) + 1;
    long shift = number->shift + 9;
    quantity_nano value = 0;
    bool rest = false;

    for (long i = (long)number->len - 1; i >= -shift || i >= 0; i--) {
        int digit = i >= 0 ? number->digits[i] : 0;

        if (i < -shift) {
            rest = rest || digit != 0;
            continue;
        }
        if (value > (most - digit) / 10)
            return number->negative ? -most : most;
        value = value * 10 + digit;
    }
    value += rest && value < most;
    return number->negative ? -value : value;
}

static void law_same_rounding(struct quantity quantity)
{
    quantity_nano milli = quantity_milli(quantity), unit = 1000000;
    quantity_nano away = quantity.nano > 0 ? milli * unit - quantity.nano : quantity.nano - milli * unit;

    if (milli > INT64_MIN && milli < INT64_MAX)
        LAW(away >= 0 && away < unit); /* away from zero, by less than one */
    LAW(quantity_value(quantity) == INT64_MAX || quantity_value(quantity) == INT64_MIN ||
        (quantity_nano)quantity_value(quantity) * 1000 / 1000 == quantity_value(quantity));
    LAW((quantity_value(quantity) > 0) == (quantity.nano > 0) && (quantity_value(quantity) < 0) == (quantity.nano < 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    struct decimal expected;
    struct quantity quantity;
    struct error err = {0};

    law_round_trip((int64_t)number_of(data, size));
    fill(&quantity, sizeof(quantity));
    if (strlen(text) > QUANTITY_INPUT_MAX) {
        LAW(quantity_parse(text, strlen(text), &quantity, &err) < 0);
    } else if (quantity_parse(text, strlen(text), &quantity, &err) == 0) {
        LAW(read_decimal(text, &expected));
        LAW(quantity.nano == decimal_nano(&expected));
        law_same_rounding(quantity);
    } else {
        LAW(!read_decimal(text, &expected));
        LAW(is_filled(&quantity, sizeof(quantity)));
        law_error_is_told(&err);
    }
    free(text);
    return 0;
}
