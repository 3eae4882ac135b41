#include "apiservice/wire_protobuf.h"

#include "apiservice/proto/runtime.pb-c.h"

enum {
    UNKNOWN_RAW_TAG = 2 << 3 | 2, /* field 2, bytes */
    VARINT_MAX = 10,
};

struct packer {
    ProtobufCBuffer base; /* first, as the library's own buffers have it */
    struct buffer *out;
};

static void append(ProtobufCBuffer *base, size_t len, const uint8_t *bytes)
{
    struct packer *packer = (struct packer *)base;

    (void)buffer_append(packer->out, bytes, len);
}

void wire_protobuf_pack(const ProtobufCMessage *message, struct buffer *out)
{
    struct packer packer = {.base = {append}, .out = out};

    (void)protobuf_c_message_pack_to_buffer(message, &packer.base);
}

static void append_varint(struct buffer *out, size_t value)
{
    char bytes[VARINT_MAX];
    size_t len = 0;

    for (; value > 0x7f; value >>= 7)
        bytes[len++] = (char)(value | 0x80);
    bytes[len++] = (char)value;
    (void)buffer_append(out, bytes, len);
}

void wire_protobuf_begin(struct wire_type type, size_t len, struct buffer *out)
{
    Wire__TypeMeta type_meta = WIRE__TYPE_META__INIT;
    Wire__Unknown before = WIRE__UNKNOWN__INIT;

    type_meta.api_version = wire_text(type.api_version);
    type_meta.kind = wire_text(type.kind);
    before.type_meta = &type_meta;
    (void)buffer_append(out, "k8s", 4); /* with its NUL */
    wire_protobuf_pack(&before.base, out);
    (void)buffer_add_char(out, UNKNOWN_RAW_TAG);
    append_varint(out, len);
}

void wire_protobuf_end(struct buffer *out)
{
    Wire__Unknown behind = WIRE__UNKNOWN__INIT;

    behind.content_encoding = wire_text("");
    behind.content_type = wire_text("");
    wire_protobuf_pack(&behind.base, out);
}

void wire_protobuf_object(struct wire_type type, const ProtobufCMessage *object, struct buffer *out)
{
    wire_protobuf_begin(type, protobuf_c_message_get_packed_size(object), out);
    wire_protobuf_pack(object, out);
    wire_protobuf_end(out);
}
