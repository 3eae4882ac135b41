#include "kube/decoder.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "kube/objects.h"

/* --- JSON --- */

static int copy_text(const char *name, const char *text, char *out, size_t size, struct error *err)
{
    if (strlen(text) >= size)
        return error_set(err, ERROR_LIMIT, "%s: longer than %zu bytes", name, size - 1);
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

static int read_list_meta(const json_t *root, struct kube_page *out, struct error *err)
{
    const json_t *metadata = NULL;
    const char *version = NULL, *next = NULL;

    if (!json_is_object(root))
        return error_set(err, ERROR_INVALID, "expected a list object, got %s", json_type_name(root));
    if (json_object_optional(root, "metadata", &metadata, err) < 0)
        return -1;
    if (json_text_required(metadata, "resourceVersion", &version, err) < 0 || json_text_optional(metadata, "continue", &next, err) < 0)
        return error_wrap(err, "metadata");
    if (version[0] == '\0')
        return error_set(err, ERROR_INVALID, "metadata.resourceVersion: it is empty");
    if (copy_text("metadata.resourceVersion", version, out->version, sizeof(out->version), err) < 0)
        return -1;
    return copy_text("metadata.continue", next ? next : "", out->next, sizeof(out->next), err);
}

static int read_items(const json_t *root, const json_t **out, struct error *err)
{
    const json_t *item;
    size_t i;

    if (json_array_optional(root, "items", out, err) < 0)
        return -1;
    if (!json_object_get(root, "items")) /* null is what Go makes of no items; missing is another document */
        return error_set(err, ERROR_INVALID, "items: expected array, got nothing");
    json_array_foreach (*out, i, item)
        if (!json_is_object(item))
            return error_set(err, ERROR_INVALID, "items[%zu]: expected object, got %s", i, json_type_name(item));
    return 0;
}

static int json_read_page(const char *body, size_t len, const struct kube_sink *sink, struct kube_page *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *root = NULL;
    const json_t *items = NULL, *item;
    struct kube_page page = {0};
    size_t i;

    if (json_read(body, len, &root, err) < 0 || read_list_meta(root, &page, err) < 0 || read_items(root, &items, err) < 0)
        return -1;
    json_array_foreach (items, i, item) {
        const struct kube_event event = {.type = KUBE_LISTED, .object = item, .version = object_version(item)};

        sink->tell(sink->context, &event);
    }
    *out = page;
    return 0;
}

static size_t json_frame_len(const char *bytes, size_t len, size_t scanned)
{
    const char *end = memchr(bytes + scanned, '\n', len - scanned);

    return end ? (size_t)(end - bytes) + 1 : 0;
}

static bool event_type_of(const char *text, enum kube_event_type *out)
{
    static const struct {
        const char *text;
        enum kube_event_type type;
    } types[] = {
        {"ADDED", KUBE_ADDED}, {"MODIFIED", KUBE_MODIFIED}, {"DELETED", KUBE_DELETED}, {"BOOKMARK", KUBE_BOOKMARK}, {"ERROR", KUBE_ERROR},
    };

    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (strcmp(text, types[i].text) == 0) {
            *out = types[i].type;
            return true;
        }
    }
    return false;
}

static int check_event(struct kube_event *event, struct error *err)
{
    int64_t code;

    if (event->type == KUBE_ERROR) {
        if (json_int_optional(event->object, "code", 500, &code, err) < 0)
            return -1;
        event->status = code >= 400 && code <= 599 ? (int)code : 500;
        return 0;
    }
    if (event->version[0] == '\0')
        return error_set(err, ERROR_INVALID, "object.metadata.resourceVersion: it is missing");
    if (strlen(event->version) >= VERSION_TEXT_MAX)
        return error_set(err, ERROR_LIMIT, "object.metadata.resourceVersion: longer than %d bytes", VERSION_TEXT_MAX - 1);
    return 0;
}

static bool is_blank_line(const char *frame, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", frame[i]) || frame[i] == '\0')
            return false;
    return true;
}

int decoder_tell_event(const char *type, struct kube_event event, const struct kube_sink *sink, struct error *err)
{
    if (!event_type_of(type, &event.type))
        return error_set(err, ERROR_INVALID, "watch event: not a type that is known and an object");
    if (check_event(&event, err) < 0)
        return error_wrap(err, "watch event %s", type);
    sink->tell(sink->context, &event);
    return 0;
}

static int json_read_event(const char *frame, size_t len, const struct kube_sink *sink, struct error *err)
{
    CLEANUP(json_decrefp) json_t *root = NULL;
    const json_t *object = NULL;
    const char *type = NULL;

    if (is_blank_line(frame, len))
        return 0;
    if (json_read(frame, len, &root, err) < 0)
        return error_wrap(err, "watch event");
    if (!json_is_object(root) || json_text_optional(root, "type", &type, err) < 0 ||
        json_object_optional(root, "object", &object, err) < 0 || !type || !object)
        return error_set(err, ERROR_INVALID, "watch event: not a type that is known and an object");
    return decoder_tell_event(type, (struct kube_event){.object = object, .version = object_version(object)}, sink, err);
}

const struct kube_decoder kube_json_decoder = {
    .accept = "application/json",
    .read_page = json_read_page,
    .frame_len = json_frame_len,
    .read_event = json_read_event,
};

/* --- cutting --- */

void watch_stream_clear(struct watch_stream *stream)
{
    buffer_clear(&stream->bytes);
    stream->scanned = 0;
}

void watch_stream_reset(struct watch_stream *stream)
{
    buffer_reset(&stream->bytes);
    stream->scanned = 0;
}

static void drop_front(struct buffer *bytes, size_t len)
{
    if (len == 0)
        return;
    bytes->len -= len;
    memmove(bytes->data, bytes->data + len, bytes->len + 1); /* with its NUL */
}

/* At most what is missing to the limit is taken at once, so that many whole small frames never count together. */
static int take_frames(struct watch_stream *stream, const struct kube_sink *sink, struct error *err)
{
    struct buffer *bytes = &stream->bytes;
    size_t at = 0, len;
    int result = 0;

    while (result == 0 && (len = stream->decoder->frame_len(bytes->data + at, bytes->len - at, stream->scanned)) > 0) {
        result = stream->decoder->read_event(bytes->data + at, len, sink, err);
        at += len;
        stream->scanned = 0;
    }
    drop_front(bytes, at);
    stream->scanned = bytes->len;
    return result;
}

int watch_stream_feed(struct watch_stream *stream, const char *data, size_t len, const struct kube_sink *sink, struct error *err)
{
    while (len > 0) {
        size_t room = stream->bytes.limit - stream->bytes.len;
        size_t step = len < room ? len : room;

        if (step == 0)
            return error_set(err, ERROR_LIMIT, "watch event: larger than %zu bytes", stream->bytes.limit);
        if (buffer_append(&stream->bytes, data, step) < 0)
            return error_no_memory(err);
        if (take_frames(stream, sink, err) < 0)
            return -1;
        data += step;
        len -= step;
    }
    return 0;
}
