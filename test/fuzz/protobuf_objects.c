/* protobuf_objects.c - a page or a watch of Nodes and Pods in protobuf: a page is told whole or not at all, a watch tells the same
 * wherever its bytes are cut, and what is told is JSON that can be written and read again. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "kube/protobuf_decoder.h"
#include "test/fuzz/fuzz.h"

enum { RECORD_MAX = 8 * 1024 * 1024, PIECE_MAX = 40 };

static void record(void *context, const struct kube_event *event)
{
    char *object = json_dumps(event->object, JSON_COMPACT | JSON_SORT_KEYS);

    LAW(object && event->version);
    (void)buffer_printf(context, "%d %s %d %s\n", (int)event->type, event->version, event->status, object);
    free(object);
}

static void read_page(const char *body, size_t size)
{
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(RECORD_MAX);
    const struct kube_sink sink = {.tell = record, .context = &told};
    struct kube_page page = {0};
    struct error err = {0};

    if (kube_protobuf_decoder.read_page(body, size, &sink, &page, &err) < 0) {
        law_error_is_told(&err);
        LAW(told.len == 0);
    } else {
        LAW(page.version[0] != '\0');
    }
}

static int feed(const char *data, size_t size, unsigned cut, struct buffer *out)
{
    CLEANUP(watch_stream_clear) struct watch_stream stream = WATCH_STREAM_INIT(&kube_protobuf_decoder);
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
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer once = BUFFER_INIT(RECORD_MAX), twice = BUFFER_INIT(RECORD_MAX);
    const char *bytes = (const char *)data;

    read_page(bytes, size);
    LAW(feed(bytes, size, (unsigned)size, &once) == feed(bytes, size, (unsigned)size * 7 + 1, &twice));
    LAW(strcmp(buffer_text(&once), buffer_text(&twice)) == 0);
    return 0;
}
