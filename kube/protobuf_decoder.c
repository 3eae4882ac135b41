#include "kube/protobuf_decoder.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "kube/objects.h"
#include "kube/proto/objects.pb-c.h"
#include "kube/protobuf_json.h"

enum { MAGIC_LEN = 4, FRAME_HEAD_LEN = 4, KIND_TOLD_MAX = 40 };

static const char magic[MAGIC_LEN] = {'k', '8', 's', '\0'};

static const struct {
    const char *kind, *list;
    const ProtobufCMessageDescriptor *descriptor;
} kinds[] = {
    {"Node", "NodeList", &kube__node__descriptor},
    {"Pod", "PodList", &kube__pod__descriptor},
    {"Status", NULL, &kube__status__descriptor},
};

bool protobuf_is_envelope(const char *bytes, size_t len)
{
    return len >= MAGIC_LEN && memcmp(bytes, magic, MAGIC_LEN) == 0;
}

/* --- envelopes --- */

static ProtobufCBinaryData bytes_of(const char *bytes, size_t len)
{
    const union {
        const char *told;
        uint8_t *kept;
    } one = {.told = bytes}; /* protobuf-c only reads them */

    return (ProtobufCBinaryData){len, one.kept};
}

/* NULL: err. */
static const Kube__Unknown *open_envelope(const char *bytes, size_t len, struct message_memory *memory, struct error *err)
{
    const Kube__Unknown *unknown;
    ProtobufCBinaryData inside;

    if (!protobuf_is_envelope(bytes, len)) {
        (void)error_set(err, ERROR_INVALID, "not a Kubernetes protobuf: it does not begin with \"k8s\"");
        return NULL;
    }
    inside = bytes_of(bytes + MAGIC_LEN, len - MAGIC_LEN);
    unknown = protobuf_unpack(&kube__unknown__descriptor, &inside, memory, err);
    if (!unknown || (unknown->typemeta && unknown->typemeta->kind && !(unknown->contentencoding && *unknown->contentencoding)))
        return unknown;
    (void)error_set(err, ERROR_INVALID, "not a Kubernetes protobuf: its envelope has no kind, or is encoded once more");
    return NULL;
}

static void tell_kind(const char *expected, const Kube__Unknown *unknown, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer kind = BUFFER_INIT(KIND_TOLD_MAX * 4 + 1);

    escape_controls(&kind, unknown->typemeta->kind, strnlen(unknown->typemeta->kind, KIND_TOLD_MAX));
    (void)error_set(err, ERROR_INVALID, "expected a protobuf %s, got %s", expected, buffer_text(&kind));
}

/* Of what is in the envelope. NULL: err. */
static const ProtobufCMessageDescriptor *descriptor_of(const Kube__Unknown *unknown, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(unknown->typemeta->kind, kinds[i].kind) == 0)
            return kinds[i].descriptor;
    tell_kind("Node or Pod", unknown, err);
    return NULL;
}

/* An object in its envelope; new. NULL: err. */
static json_t *object_new(const char *bytes, size_t len, struct error *err)
{
    CLEANUP(message_memory_clear) struct message_memory memory = {.used = 0};
    const Kube__Unknown *unknown = open_envelope(bytes, len, &memory, err);
    const ProtobufCMessageDescriptor *descriptor = unknown ? descriptor_of(unknown, err) : NULL;

    return descriptor ? protobuf_json_new(descriptor, &unknown->raw, err) : NULL;
}

json_t *protobuf_status_new(const char *bytes, size_t len)
{
    CLEANUP(message_memory_clear) struct message_memory memory = {.used = 0};
    struct error ignored = {0};
    const Kube__Unknown *unknown = open_envelope(bytes, len, &memory, &ignored);
    json_t *status;

    if (!unknown || strcmp(unknown->typemeta->kind, "Status") != 0)
        return NULL;
    status = protobuf_json_new(&kube__status__descriptor, &unknown->raw, &ignored);
    (void)json_object_set_new_nocheck(status, "kind", json_string("Status")); /* it is in the envelope */
    return status;
}

/* --- pages --- */

static int read_list_meta(const Kube__List *list, struct kube_page *out, struct error *err)
{
    const char *version = list->metadata && list->metadata->resourceversion ? list->metadata->resourceversion : "";
    const char *next = list->metadata && list->metadata->continue_ ? list->metadata->continue_ : "";

    if (version[0] == '\0')
        return error_set(err, ERROR_INVALID, "metadata.resourceVersion: it is empty");
    if (strlen(version) >= sizeof(out->version) || strlen(next) >= sizeof(out->next))
        return error_set(err, ERROR_LIMIT, "metadata: resourceVersion or continue is longer than %zu or %zu bytes",
                         sizeof(out->version) - 1, sizeof(out->next) - 1);
    memcpy(out->version, version, strlen(version) + 1);
    memcpy(out->next, next, strlen(next) + 1);
    return 0;
}

/* All items, or none. */
static json_t *items_new(const Kube__List *list, const ProtobufCMessageDescriptor *descriptor, struct error *err)
{
    CLEANUP(json_decrefp) json_t *items = json_array();
    json_t *made = items;

    for (size_t i = 0; i < list->n_items; i++) {
        json_t *item = protobuf_json_new(descriptor, &list->items[i], err);

        if (!item) {
            (void)error_wrap(err, "items[%zu]", i);
            return NULL;
        }
        if (json_array_append_new(items, item) < 0)
            made = NULL;
    }
    if (made)
        items = NULL;
    else
        (void)error_no_memory(err);
    return made;
}

/* NULL: err. */
static const Kube__List *open_list(const char *body, size_t len, struct message_memory memories[2],
                                   const ProtobufCMessageDescriptor **descriptor, struct error *err)
{
    const Kube__Unknown *unknown = open_envelope(body, len, &memories[0], err);

    for (size_t i = 0; unknown && i < ARRAY_LEN(kinds); i++)
        if (kinds[i].list && strcmp(unknown->typemeta->kind, kinds[i].list) == 0)
            *descriptor = kinds[i].descriptor;
    if (*descriptor)
        return protobuf_unpack(&kube__list__descriptor, &unknown->raw, &memories[1], err);
    if (unknown)
        tell_kind("NodeList or PodList", unknown, err);
    return NULL;
}

static void clear_both(struct message_memory (*memories)[2])
{
    message_memory_clear(&(*memories)[0]);
    message_memory_clear(&(*memories)[1]);
}

static int read_protobuf_page(const char *body, size_t len, const struct kube_sink *sink, struct kube_page *out, struct error *err)
{
    CLEANUP(clear_both) struct message_memory memories[2] = {{.used = 0}, {.used = 0}}; /* of the envelope, of the list */
    const ProtobufCMessageDescriptor *descriptor = NULL;
    const Kube__List *list = open_list(body, len, memories, &descriptor, err);
    CLEANUP(json_decrefp) json_t *items = NULL;
    struct kube_page page = {0};
    const json_t *item;
    size_t i;

    if (!list || read_list_meta(list, &page, err) < 0)
        return -1;
    items = items_new(list, descriptor, err);
    if (!items)
        return -1;
    json_array_foreach (items, i, item) {
        const struct kube_event event = {.type = KUBE_LISTED, .object = item, .version = object_version(item)};

        sink->tell(sink->context, &event);
    }
    *out = page;
    return 0;
}

static int read_page(const char *body, size_t len, const struct kube_sink *sink, struct kube_page *out, struct error *err)
{
    if (protobuf_is_envelope(body, len))
        return read_protobuf_page(body, len, sink, out, err);
    return kube_json_decoder.read_page(body, len, sink, out, err);
}

/* --- watches --- */

/* The first byte of a length is 0, since no frame has 16 MiB; that of a JSON text never is. */
static bool is_protobuf_frame(const char *bytes, size_t len)
{
    return len > 0 && bytes[0] == '\0';
}

static size_t frame_len(const char *bytes, size_t len, size_t scanned)
{
    const unsigned char *head = (const unsigned char *)bytes;
    size_t body;

    if (!is_protobuf_frame(bytes, len))
        return kube_json_decoder.frame_len(bytes, len, scanned);
    if (len < FRAME_HEAD_LEN)
        return 0;
    body = (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    return len - FRAME_HEAD_LEN >= body ? FRAME_HEAD_LEN + body : 0;
}

/* NULL: err. */
static const Kube__WatchEvent *open_event(const char *frame, size_t len, struct message_memory *memory, struct error *err)
{
    const ProtobufCBinaryData inside = bytes_of(frame + FRAME_HEAD_LEN, len - FRAME_HEAD_LEN);
    const Kube__WatchEvent *event = protobuf_unpack(&kube__watch_event__descriptor, &inside, memory, err);

    if (!event) {
        (void)error_wrap(err, "watch event");
        return NULL;
    }
    if (event->type && event->object)
        return event;
    (void)error_set(err, ERROR_INVALID, "watch event: without a type and an object");
    return NULL;
}

static int read_event(const char *frame, size_t len, const struct kube_sink *sink, struct error *err)
{
    CLEANUP(message_memory_clear) struct message_memory memory = {.used = 0};
    CLEANUP(json_decrefp) json_t *object = NULL;
    const Kube__WatchEvent *event;

    if (!is_protobuf_frame(frame, len))
        return kube_json_decoder.read_event(frame, len, sink, err);
    event = open_event(frame, len, &memory, err);
    if (!event)
        return -1;
    object = object_new((const char *)event->object->raw.data, event->object->raw.len, err);
    if (!object)
        return error_wrap(err, "watch event");
    return decoder_tell_event(event->type, (struct kube_event){.object = object, .version = object_version(object)}, sink, err);
}

const struct kube_decoder kube_protobuf_decoder = {
    .accept = "application/vnd.kubernetes.protobuf, application/json",
    .read_page = read_page,
    .frame_len = frame_len,
    .read_event = read_event,
};

/* --- late --- */

/* NULL: err. */
static const Kube__Versioned *open_object(const Kube__WatchEvent *event, struct message_memory *memory, struct error *err)
{
    const ProtobufCBinaryData *raw = &event->object->raw;
    const Kube__Unknown *unknown = open_envelope((const char *)raw->data, raw->len, memory, err);

    return unknown && descriptor_of(unknown, err) ? protobuf_unpack(&kube__versioned__descriptor, &unknown->raw, memory, err) : NULL;
}

static bool is_read_at_once(const Kube__WatchEvent *event)
{
    return strcmp(event->type, "ADDED") != 0 && strcmp(event->type, "MODIFIED") != 0 && strcmp(event->type, "DELETED") != 0;
}

static int read_late_event(const char *frame, size_t len, const struct kube_sink *sink, struct error *err)
{
    CLEANUP(message_memory_clear) struct message_memory memory = {.used = 0};
    struct kube_event told = {.version = "", .frame = frame, .frame_len = len};
    const Kube__WatchEvent *event = NULL;
    const Kube__Versioned *object;

    if (is_protobuf_frame(frame, len) && !(event = open_event(frame, len, &memory, err)))
        return -1;
    if (!event || is_read_at_once(event))
        return read_event(frame, len, sink, err);
    object = open_object(event, &memory, err);
    if (!object)
        return error_wrap(err, "watch event");
    if (object->metadata && object->metadata->resourceversion)
        told.version = object->metadata->resourceversion;
    return decoder_tell_event(event->type, told, sink, err);
}

const struct kube_decoder kube_protobuf_late_decoder = {
    .accept = "application/vnd.kubernetes.protobuf, application/json",
    .read_page = read_page,
    .frame_len = frame_len,
    .read_event = read_late_event,
};
