#include "adapter/tags_label.h"

#include <openssl/evp.h>

enum { TEXT_MAX = 1024 * 1024, DIGEST_BYTES = 16 }; /* an element of Coder's list is smaller */

static const char mark[] = "...#";

/* The most bytes, at most limit, that end between two characters of UTF-8. */
static size_t cut(const char *text, size_t limit)
{
    while (limit > 0 && ((unsigned char)text[limit] & 0xC0) == 0x80)
        limit--;
    return limit;
}

static int write_short(const struct buffer *text, struct buffer *out)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t kept = cut(text->data, TAGS_LABEL_MAX - (sizeof(mark) - 1) - (size_t)2 * DIGEST_BYTES);

    if (EVP_Digest(text->data, text->len, digest, NULL, EVP_sha256(), NULL) != 1)
        return -1;
    (void)buffer_append(out, text->data, kept);
    (void)buffer_add_text(out, mark);
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        (void)buffer_printf(out, "%02x", digest[i]);
    return buffer_failed(out) ? -1 : 0;
}

int tags_label_write(const struct tags *tags, struct buffer *out)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(TEXT_MAX);

    tags_print(tags, &text);
    if (buffer_failed(&text))
        return -1;
    return text.len > TAGS_LABEL_MAX ? write_short(&text, out) : buffer_add_text(out, buffer_text(&text));
}
