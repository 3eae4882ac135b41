/* watch_stream.c - the bytes of a watch: however they are cut, the same events come, and they are those of its lines.
 *
 * The first byte says how the rest is cut. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "kube/decoder.h"
#include "test/fuzz/fuzz.h"

enum { RECORD_MAX = 1024 * 1024, PIECE_MAX = 40 };

/* What was told, as text. */
static void record(void *context, const struct kube_event *event)
{
    struct buffer *out = context;
    char *object = json_dumps(event->object, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

    LAW(object && event->version);
    (void)buffer_printf(out, "%d %s %d %s\n", (int)event->type, event->version, event->status, object);
    free(object);
}

static int feed(const char *data, size_t size, unsigned cut, struct buffer *out)
{
    struct watch_stream stream = WATCH_STREAM_INIT(&kube_json_decoder);
    const struct kube_sink sink = {.tell = record, .context = out};
    struct error err = {0};
    int result = 0;

    for (size_t at = 0, step; at < size && result == 0; at += step) {
        cut = cut * 1103515245U + 12345U;
        step = cut == 0 ? size : 1 + (cut >> 16) % PIECE_MAX;
        step = step > size - at ? size - at : step;
        result = watch_stream_feed(&stream, data + at, step, &sink, &err);
    }
    if (result < 0)
        law_error_is_told(&err);
    LAW(stream.bytes.len <= size);
    watch_stream_clear(&stream);
    return result;
}

static int feed_whole(const char *data, size_t size, struct buffer *out)
{
    struct watch_stream stream = WATCH_STREAM_INIT(&kube_json_decoder);
    const struct kube_sink sink = {.tell = record, .context = out};
    struct error err = {0};
    int result = watch_stream_feed(&stream, data, size, &sink, &err);

    watch_stream_clear(&stream);
    return result;
}

/* --- The slow reading: line by line --- */

static bool read_line(const char *line, size_t len, struct buffer *out)
{
    static const char *const types[] = {"", "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"};
    struct kube_event event = {0};
    const char *type;
    json_t *root, *code;
    size_t at = 1;

    root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    type = json_string_value(json_object_get(root, "type"));
    event.object = json_object_get(root, "object");
    event.version = json_string_value(json_object_get(json_object_get(event.object, "metadata"), "resourceVersion"));
    event.version = event.version ? event.version : "";
    code = json_object_get(event.object, "code");
    while (at < ARRAY_LEN(types) && (!type || strcmp(types[at], type) != 0))
        at++;
    event.type = (enum kube_event_type)at;
    if (event.type == KUBE_ERROR)
        event.status = json_integer_value(code) >= 400 && json_integer_value(code) <= 599 ? (int)json_integer_value(code) : 500;
    if (!json_is_object(event.object) || at == ARRAY_LEN(types) ||
        (event.type == KUBE_ERROR && code && !json_is_integer(code) && !json_is_null(code)) ||
        (event.type != KUBE_ERROR && (event.version[0] == '\0' || strlen(event.version) >= VERSION_TEXT_MAX))) {
        json_decref(root);
        return false;
    }
    record(out, &event);
    json_decref(root);
    return true;
}

/* A tree deeper than JSON_DEPTH_MAX is refused by us and not by jansson: told by the brackets, of which strings may have some, too. */
static bool may_be_deep(const char *data, size_t size)
{
    size_t open = 0;

    for (size_t i = 0; i < size; i++)
        open += data[i] == '[' || data[i] == '{';
    return open > JSON_DEPTH_MAX;
}

static int read_slowly(const char *data, size_t size, struct buffer *out)
{
    const char *end;

    for (; size > 0 && (end = memchr(data, '\n', size)); size -= (size_t)(end + 1 - data), data = end + 1) {
        size_t len = (size_t)(end - data), blanks = 0;

        while (blanks < len && (data[blanks] == ' ' || data[blanks] == '\t' || data[blanks] == '\r'))
            blanks++;
        if (blanks < len && !read_line(data, len, out))
            return -1;
    }
    return 0; /* what is behind the last line end has not come whole yet */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer whole = BUFFER_INIT(RECORD_MAX), pieces = BUFFER_INIT(RECORD_MAX), lines = BUFFER_INIT(RECORD_MAX);
    const char *bytes = (const char *)data + 1;
    int result;

    if (size < 2)
        return 0;
    result = feed_whole(bytes, size - 1, &whole);
    LAW(feed(bytes, size - 1, data[0], &pieces) == result);
    LAW(strcmp(buffer_text(&whole), buffer_text(&pieces)) == 0);
    if (may_be_deep(bytes, size - 1))
        return 0;
    LAW(read_slowly(bytes, size - 1, &lines) == result);
    LAW(strcmp(buffer_text(&whole), buffer_text(&lines)) == 0);
    return 0;
}
