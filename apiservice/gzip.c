#include "apiservice/gzip.h"

#include <string.h>
#include <strings.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
    CHUNK = 16 * 1024,
    WINDOW_BITS = 15 + 16, /* the largest window, and gzip's frame */
    MEMORY_LEVEL = 8,
};

static int pack_all(z_stream *stream, struct buffer *out)
{
    char chunk[CHUNK];
    int state;

    do {
        stream->next_out = (Bytef *)chunk;
        stream->avail_out = sizeof(chunk);
        state = deflate(stream, Z_FINISH);
        if (state == Z_STREAM_ERROR || buffer_append(out, chunk, sizeof(chunk) - stream->avail_out) < 0)
            return -1;
    } while (state != Z_STREAM_END);
    return 0;
}

int gzip_pack(const char *bytes, size_t len, struct buffer *out)
{
    z_stream stream = {.avail_in = (uInt)len};
    int packed = -1;

    if (len == (uInt)len && deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK) {
        stream.next_in = (const Bytef *)bytes;
        packed = pack_all(&stream, out);
        (void)deflateEnd(&stream);
    }
    if (packed < 0)
        out->failed = true;
    return packed;
}

/* "q=0", "q=0.000" */
static bool is_refused(const char *parameters, size_t len)
{
    const char *weight = memchr(parameters, '=', len);
    size_t digits = weight ? len - (size_t)(weight - parameters) - 1 : 0;

    return weight && digits > 0 && strspn(weight + 1, "0. \t") >= digits;
}

bool gzip_is_accepted(const char *accept_encoding)
{
    for (const char *clause = accept_encoding; clause && *clause != '\0';) {
        size_t len = strcspn(clause, ",");
        size_t blank = strspn(clause, " \t");
        size_t name_len = blank < len ? strcspn(clause + blank, " \t;,") : 0;

        if (name_len == 4 && strncasecmp(clause + blank, "gzip", 4) == 0)
            return !is_refused(clause + blank + name_len, len - blank - name_len);
        clause += len + (clause[len] == ',');
    }
    return false;
}
