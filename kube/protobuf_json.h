/* protobuf_json.h - the JSON form of a Kubernetes message, as far as kube/proto/objects.proto knows it. Pure.
 *
 * Shape    one walk over protobuf-c's descriptors, whose field names are those of the JSON: a Quantity is a string, a Time RFC 3339, a
 *          map an object, a volume's source stands in the volume. Go writes every scalar that is no pointer, also an empty one, which
 *          JSON leaves out: so does this
 * Errors   ERROR_INVALID: no valid message, or a text that is not UTF-8; memory, or its bound
 * Bounds   of memory: MESSAGE_BYTES_LEAST + MESSAGE_BYTES_TIMES x the size on the wire, so that no message costs more than a little
 *          multiple of its bytes
 * Owner    a message lives in its message_memory, which is for the stack: most messages need no other. JSON is new */
#ifndef KUBE_PROTOBUF_JSON_H
#define KUBE_PROTOBUF_JSON_H

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum { MESSAGE_BYTES_LEAST = 16384, MESSAGE_BYTES_TIMES = 32, MESSAGE_BYTES_FIRST = 16384 };

/* {.used = 0} / message_memory_clear */
struct message_memory {
    size_t used; /* of first */
    struct arena more;
    alignas(max_align_t) char first[MESSAGE_BYTES_FIRST];
};
void message_memory_clear(struct message_memory *memory);

/* NULL: err. */
const void *protobuf_unpack(const ProtobufCMessageDescriptor *descriptor, const ProtobufCBinaryData *bytes, struct message_memory *memory,
                            struct error *err);
json_t *protobuf_json_new(const ProtobufCMessageDescriptor *descriptor, const ProtobufCBinaryData *bytes, struct error *err);

#endif
