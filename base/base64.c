#include "base/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const void *bytes, size_t len, struct buffer *out)
{
    const unsigned char *from = bytes;

    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = (uint32_t)from[i] << 16;
        char four[4];

        group |= i + 1 < len ? (uint32_t)from[i + 1] << 8 : 0;
        group |= i + 2 < len ? (uint32_t)from[i + 2] : 0;
        four[0] = alphabet[group >> 18];
        four[1] = alphabet[group >> 12 & 63];
        four[2] = '=';
        four[3] = '=';
        if (i + 1 < len)
            four[2] = alphabet[group >> 6 & 63];
        if (i + 2 < len)
            four[3] = alphabet[group & 63];
        (void)buffer_append(out, four, sizeof(four));
    }
}

/* The six bits of a character, -1 when it is none of the alphabet. */
static int bits_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

/* A group of four characters into n bytes; false also when the bits behind the last byte are not zero. */
static bool decode_group(const char *four, size_t n, unsigned char out[3])
{
    uint32_t group = 0;

    for (size_t i = 0; i < 4; i++) {
        int bits = i <= n ? bits_of(four[i]) : 0;

        if (bits < 0)
            return false;
        group = group << 6 | (uint32_t)bits;
    }
    out[0] = (unsigned char)(group >> 16);
    out[1] = (unsigned char)(group >> 8);
    out[2] = (unsigned char)group;
    return n == 3 || (group & (n == 2 ? 0xffU : 0xffffU)) == 0;
}

/* How many bytes the group at i holds; the padding of the last one says so. */
static size_t bytes_of_group(const char *text, size_t len, size_t i)
{
    if (i + 4 != len || text[len - 1] != '=')
        return 3;
    return text[len - 2] == '=' ? 1 : 2;
}

bool base64_decode(const char *text, size_t len, struct buffer *out)
{
    size_t before = out->len;

    if (len % 4 != 0)
        return false;
    for (size_t i = 0; i < len; i += 4) {
        size_t n = bytes_of_group(text, len, i);
        unsigned char three[3];

        if (!decode_group(text + i, n, three)) {
            out->len = before;
            if (out->data)
                out->data[before] = '\0';
            return false;
        }
        if (buffer_append(out, three, n) < 0)
            return false;
    }
    return true;
}
