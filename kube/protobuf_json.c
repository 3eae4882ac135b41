#include "kube/protobuf_json.h"

#include <stdalign.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/timestamp.h"
#include "kube/proto/objects.pb-c.h"

/* What went wrong on the way; nothing did: memory. */
struct walk {
    bool garbled;
};

static json_t *object_of(struct walk *walk, const ProtobufCMessage *message);

static bool is_text(struct walk *walk, const char *text)
{
    size_t len = strlen(text);

    for (size_t at = 0, step; at < len; at += step) {
        step = utf8_sequence_len(text + at, len - at);
        if (step == 0) {
            walk->garbled = true;
            return false;
        }
    }
    return true;
}

static json_t *text_new(struct walk *walk, const char *text)
{
    return is_text(walk, text) ? json_string_nocheck(text) : NULL;
}

/* Where a field lies, by its descriptor. */
static const void *place_of(const ProtobufCMessage *message, unsigned offset)
{
    return (const char *)message + offset;
}

static json_t *text_of_quantity(struct walk *walk, const ProtobufCMessage *message)
{
    const char *text = ((const Kube__Quantity *)message)->string;

    return text_new(walk, text ? text : "");
}

static json_t *text_of_time(struct walk *walk, const ProtobufCMessage *message)
{
    int64_t seconds = ((const Kube__Time *)message)->seconds, ms;
    char text[TIMESTAMP_TEXT_MAX];

    if (__builtin_mul_overflow(seconds, 1000, &ms)) {
        walk->garbled = true;
        return NULL;
    }
    timestamp_format(ms, text);
    return json_string(text);
}

static json_t *value_of_message(struct walk *walk, const ProtobufCMessage *message)
{
    if (message->descriptor == &kube__quantity__descriptor)
        return text_of_quantity(walk, message);
    if (message->descriptor == &kube__time__descriptor)
        return text_of_time(walk, message);
    return object_of(walk, message);
}

/* --- fields that may be there once --- */

/* What Go writes although it is empty is not there. */
static bool is_left_out(const ProtobufCFieldDescriptor *field, const void *place)
{
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_MESSAGE:
    case PROTOBUF_C_TYPE_STRING: {
        const char *const *pointer = place;

        return !*pointer || (field->type == PROTOBUF_C_TYPE_STRING && **pointer == '\0');
    }
    case PROTOBUF_C_TYPE_INT32: return *(const int32_t *)place == 0;
    case PROTOBUF_C_TYPE_BOOL: return !*(const protobuf_c_boolean *)place;
    default: return true;
    }
}

static json_t *value_of_field(struct walk *walk, const ProtobufCFieldDescriptor *field, const void *place)
{
    switch ((int)field->type) {
    case PROTOBUF_C_TYPE_MESSAGE: return value_of_message(walk, *(ProtobufCMessage *const *)place);
    case PROTOBUF_C_TYPE_STRING: return text_new(walk, *(const char *const *)place);
    case PROTOBUF_C_TYPE_INT32: return json_integer(*(const int32_t *)place);
    default: return json_true();
    }
}

/* --- repeated fields --- */

static bool is_map(const ProtobufCFieldDescriptor *field)
{
    return field->descriptor == &kube__text_entry__descriptor || field->descriptor == &kube__quantity_entry__descriptor;
}

static int add_entry(struct walk *walk, json_t *map, const ProtobufCMessage *message)
{
    const Kube__TextEntry *text = (const Kube__TextEntry *)message;
    const Kube__QuantityEntry *amount = (const Kube__QuantityEntry *)message;
    const char *key = text->key ? text->key : ""; /* both have their key first */
    json_t *value;

    if (!is_text(walk, key))
        return -1;
    if (message->descriptor == &kube__text_entry__descriptor)
        value = text_new(walk, text->value ? text->value : "");
    else
        value = amount->value ? text_of_quantity(walk, &amount->value->base) : json_string("");
    return json_object_set_new_nocheck(map, key, value);
}

static json_t *list_of_field(struct walk *walk, const ProtobufCFieldDescriptor *field, size_t n, const void *place)
{
    CLEANUP(json_decrefp) json_t *list = is_map(field) ? json_object() : json_array();
    const char *const *items = *(const char *const *const *)place;
    json_t *made;

    for (size_t i = 0; i < n; i++) {
        const ProtobufCMessage *message = (const ProtobufCMessage *)(const void *)items[i];
        int status;

        if (is_map(field))
            status = add_entry(walk, list, message);
        else
            status = json_array_append_new(list, field->type == PROTOBUF_C_TYPE_STRING ? text_new(walk, items[i])
                                                                                       : value_of_message(walk, message));
        if (status < 0)
            return NULL;
    }
    made = list;
    list = NULL;
    return made;
}

/* --- messages --- */

static int add_field(struct walk *walk, json_t *object, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const void *place = place_of(message, field->offset);
    size_t n = field->label == PROTOBUF_C_LABEL_REPEATED ? *(const size_t *)place_of(message, field->quantifier_offset) : 0;

    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return n == 0 ? 0 : json_object_set_new_nocheck(object, field->name, list_of_field(walk, field, n, place));
    if (is_left_out(field, place))
        return 0;
    if (field->descriptor == &kube__volume_source__descriptor) {
        CLEANUP(json_decrefp) json_t *source = value_of_field(walk, field, place);

        return json_object_update(object, source);
    }
    return json_object_set_new_nocheck(object, field->name, value_of_field(walk, field, place));
}

static json_t *object_of(struct walk *walk, const ProtobufCMessage *message)
{
    CLEANUP(json_decrefp) json_t *object = json_object();
    json_t *made;

    for (unsigned i = 0; object && i < message->descriptor->n_fields; i++)
        if (add_field(walk, object, message, &message->descriptor->fields[i]) < 0)
            return NULL;
    made = object;
    object = NULL;
    return made;
}

/* --- bytes --- */

void message_memory_clear(struct message_memory *memory)
{
    arena_clear(&memory->more);
}

static void *take(void *context, size_t size)
{
    struct message_memory *memory = context;
    size_t align = alignof(max_align_t), rounded = (size + align - 1) / align * align;

    if (rounded < size || rounded > sizeof(memory->first) - memory->used)
        return arena_alloc(&memory->more, size);
    memory->used += rounded;
    return memory->first + memory->used - rounded;
}

static void give(void *context UNUSED, void *piece UNUSED)
{
}

const void *protobuf_unpack(const ProtobufCMessageDescriptor *descriptor, const ProtobufCBinaryData *bytes, struct message_memory *memory,
                            struct error *err)
{
    ProtobufCAllocator allocator = {.alloc = take, .free = give, .allocator_data = memory};
    const ProtobufCMessage *message;

    memory->more.limit = MESSAGE_BYTES_LEAST + MESSAGE_BYTES_TIMES * bytes->len;
    message = protobuf_c_message_unpack(descriptor, &allocator, bytes->len, bytes->data);
    if (!message && memory->more.no_memory)
        (void)error_no_memory(err);
    else if (!message)
        (void)error_set(err, ERROR_INVALID, "not a protobuf %s", descriptor->short_name);
    return message;
}

json_t *protobuf_json_new(const ProtobufCMessageDescriptor *descriptor, const ProtobufCBinaryData *bytes, struct error *err)
{
    CLEANUP(message_memory_clear) struct message_memory memory = {.used = 0};
    const ProtobufCMessage *message = protobuf_unpack(descriptor, bytes, &memory, err);
    struct walk walk = {.garbled = false};
    json_t *object;

    if (!message)
        return NULL;
    object = object_of(&walk, message);
    if (!object && walk.garbled)
        (void)error_set(err, ERROR_INVALID, "a protobuf %s holds a text that is not UTF-8, or an impossible time", descriptor->short_name);
    else if (!object)
        (void)error_no_memory(err);
    return object;
}
