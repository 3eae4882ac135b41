#include "kube/quantity_parse.h"

#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 magnitude;

static const magnitude magnitude_max = ~(magnitude)0 >> 1; /* what the signed form holds */

enum { NANO_DIGITS = 9, EXPONENT_MAX = 100000 };

/* A text taken apart: sign, digits, point, suffix. */
struct parts {
    bool negative;
    char digits[QUANTITY_INPUT_MAX]; /* values 0 to 9, without the point */
    size_t n_digits, n_whole;        /* all, and those before the point */
    const char *suffix;
    size_t suffix_len;
};

/* One of 10^decimal or 1024^binary. */
struct scale {
    int decimal, binary;
};

static const struct {
    const char *suffix;
    struct scale scale;
} suffixes[] = {
    {"", {0, 0}},   {"n", {-9, 0}}, {"u", {-6, 0}}, {"m", {-3, 0}}, {"k", {3, 0}},  {"M", {6, 0}},  {"G", {9, 0}},  {"T", {12, 0}},
    {"P", {15, 0}}, {"E", {18, 0}}, {"Ki", {0, 1}}, {"Mi", {0, 2}}, {"Gi", {0, 3}}, {"Ti", {0, 4}}, {"Pi", {0, 5}}, {"Ei", {0, 6}},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int take_apart(const char *text, size_t len, struct parts *parts, struct error *err)
{
    size_t at = 0;
    bool point = false;

    if (len == 0)
        return error_set(err, ERROR_INVALID, "a quantity is empty");
    if (len > QUANTITY_INPUT_MAX)
        return error_set(err, ERROR_INVALID, "a quantity of %zu characters, longer than %d", len, QUANTITY_INPUT_MAX);
    if (text[0] == '+' || text[0] == '-')
        parts->negative = text[at++] == '-';
    for (; at < len && (is_digit(text[at]) || (text[at] == '.' && !point)); at++) {
        if (text[at] == '.') {
            point = true;
            continue;
        }
        parts->digits[parts->n_digits++] = (char)(text[at] - '0');
        parts->n_whole += !point;
    }
    if (parts->n_digits == 0)
        return error_set(err, ERROR_INVALID, "a quantity without digits");
    parts->suffix = text + at;
    parts->suffix_len = len - at;
    return 0;
}

/* Behind "e" or "E": a whole number with an optional sign. Far beyond what matters it stays at the edge. */
static bool read_exponent(const char *text, size_t len, int *out)
{
    bool negative = len > 0 && text[0] == '-';
    size_t at = len > 0 && (text[0] == '-' || text[0] == '+');
    int exponent = 0;

    if (at == len)
        return false;
    for (; at < len; at++) {
        if (!is_digit(text[at]))
            return false;
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (text[at] - '0');
    }
    *out = negative ? -exponent : exponent;
    return true;
}

static bool read_suffix(const struct parts *parts, struct scale *out)
{
    *out = (struct scale){0};
    for (size_t i = 0; i < ARRAY_LEN(suffixes); i++)
        if (strlen(suffixes[i].suffix) == parts->suffix_len && memcmp(suffixes[i].suffix, parts->suffix, parts->suffix_len) == 0) {
            *out = suffixes[i].scale;
            return true;
        }
    return parts->suffix_len > 1 && (parts->suffix[0] == 'e' || parts->suffix[0] == 'E') &&
           read_exponent(parts->suffix + 1, parts->suffix_len - 1, &out->decimal);
}

static magnitude times(magnitude a, magnitude b)
{
    return b != 0 && a > magnitude_max / b ? magnitude_max : a * b;
}

static magnitude plus(magnitude a, magnitude b)
{
    return a > magnitude_max - b ? magnitude_max : a + b;
}

/* The first n digits as a number, zeros behind the last one. */
static magnitude leading(const struct parts *parts, long n)
{
    magnitude value = 0;

    for (long i = 0; i < n && value < magnitude_max; i++) {
        bool beyond = i >= (long)parts->n_digits;

        if (beyond && value == 0)
            return 0;
        value = plus(times(value, 10), beyond ? 0 : (magnitude)parts->digits[i]);
    }
    return value;
}

/* 10^decimal only moves the point; what stays behind it rounds up. */
static magnitude scale_decimal(const struct parts *parts, int decimal)
{
    long n = (long)parts->n_whole + NANO_DIGITS + decimal;
    magnitude value = leading(parts, n);

    for (long i = n > 0 ? n : 0; i < (long)parts->n_digits; i++)
        if (parts->digits[i] != 0)
            return plus(value, 1);
    return value;
}

/* 0.d1d2d3 x unit = (d1 x unit + (d2 x unit + ...) / 10) / 10, and rounding up inside rounds up the whole. */
static magnitude scale_binary(const struct parts *parts, int binary)
{
    magnitude unit = (magnitude)1000000000 << (10 * binary), fraction = 0;

    for (size_t i = parts->n_digits; i > parts->n_whole; i--)
        fraction = ((magnitude)parts->digits[i - 1] * unit + fraction + 9) / 10;
    return plus(times(leading(parts, (long)parts->n_whole), unit), fraction);
}

int quantity_parse(const char *text, size_t len, struct quantity *out, struct error *err)
{
    struct parts parts = {.suffix = text};
    struct scale scale;
    magnitude value;

    if (take_apart(text, len, &parts, err) < 0)
        return -1;
    if (!read_suffix(&parts, &scale))
        return error_set(err, ERROR_INVALID, "a quantity whose suffix is none of n u m k M G T P E Ki Mi Gi Ti Pi Ei or an exponent");
    value = scale.binary > 0 ? scale_binary(&parts, scale.binary) : scale_decimal(&parts, scale.decimal);
    out->nano = parts.negative ? -(quantity_nano)value : (quantity_nano)value;
    return 0;
}

static int64_t divide_away(quantity_nano nano, quantity_nano unit)
{
    quantity_nano value = nano / unit;

    if (nano % unit != 0)
        value += nano > 0 ? 1 : -1;
    if (value > INT64_MAX)
        return INT64_MAX;
    return value < INT64_MIN ? INT64_MIN : (int64_t)value;
}

int64_t quantity_value(struct quantity quantity)
{
    return divide_away(quantity.nano, 1000000000);
}

int64_t quantity_milli(struct quantity quantity)
{
    return divide_away(quantity.nano, 1000000);
}

double quantity_double(struct quantity quantity)
{
    return (double)quantity.nano / 1e9;
}
