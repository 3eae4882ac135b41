/* escape.c - any bytes as JSON text: jansson reads back what went in, U+FFFD where it was no UTF-8; controls never come out. */
#include "base/escape.h"

#include <jansson.h>
#include <string.h>

#include "test/fuzz/fuzz.h"

/* The length of the character at bytes by what it decodes to, 0 when it is none. */
static size_t character_len(const unsigned char *bytes, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = bytes[0] < 0x80 ? 1 : bytes[0] >> 5 == 6 ? 2 : bytes[0] >> 4 == 14 ? 3 : bytes[0] >> 3 == 30 ? 4 : 0;
    uint32_t code = n == 1 ? bytes[0] : bytes[0] & (0x7fU >> n);

    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if (bytes[i] >> 6 != 2)
            return 0;
        code = code << 6 | (bytes[i] & 0x3f);
    }
    return code >= least[n] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? n : 0;
}

/* What is left when bad bytes are replaced. */
static void mend(const uint8_t *data, size_t size, struct buffer *out)
{
    for (size_t i = 0; i < size;) {
        size_t n = character_len(data + i, size - i);

        LAW(utf8_sequence_len((const char *)data + i, size - i) == n);
        LAW(buffer_append(out, n ? (const char *)data + i : "\xef\xbf\xbd", n ? n : 3) == 0);
        i += n ? n : 1;
    }
}

static void law_no_controls(const struct buffer *escaped)
{
    for (size_t i = 0; i < escaped->len; i++)
        LAW((unsigned char)escaped->data[i] >= 0x20 && escaped->data[i] != 0x7f);
}

static void law_json(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer escaped = BUFFER_INIT(8 * size + 64), mended = BUFFER_INIT(3 * size + 1);
    json_t *text;

    escape_json_string(&escaped, (const char *)data, size);
    LAW(!buffer_failed(&escaped));
    law_no_controls(&escaped);
    mend(data, size, &mended);
    text = json_loadb(escaped.data, escaped.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    LAW(json_is_string(text));
    LAW(json_string_length(text) == mended.len);
    LAW(memcmp(json_string_value(text), buffer_text(&mended), mended.len) == 0);
    json_decref(text);
}

static void law_controls(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer escaped = BUFFER_INIT(8 * size + 64), again = BUFFER_INIT(8 * size + 64);

    escape_controls(&escaped, (const char *)data, size);
    LAW(!buffer_failed(&escaped));
    law_no_controls(&escaped);
    escape_controls(&again, buffer_text(&escaped), escaped.len); /* nothing is left to do */
    LAW(again.len == escaped.len && strcmp(buffer_text(&again), buffer_text(&escaped)) == 0);
}

/* A buffer that is too small fails, and keeps within its limit. */
static void law_limit(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer small = BUFFER_INIT(size + 1); /* with the quotes it is one byte short */

    escape_json_string(&small, (const char *)data, size);
    LAW(buffer_failed(&small) && small.len <= size + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    law_json(data, size);
    law_controls(data, size);
    law_limit(data, size);
    return 0;
}
