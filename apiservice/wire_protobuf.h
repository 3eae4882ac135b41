/* wire_protobuf.h - the Kubernetes protobuf wire form: messages in their envelope.
 *
 * Shape    a body is "k8s\0" and an Unknown (apiservice/proto/runtime.proto) with the object in its field 2. A message is a
 *          row of fields, so parts that were packed apart become one message by standing behind each other
 * Errors   what does not fit marks the buffer failed
 * Source   apimachinery runtime/serializer/protobuf; kubernetes-api 7.5 */
#ifndef APISERVICE_WIRE_PROTOBUF_H
#define APISERVICE_WIRE_PROTOBUF_H

#include <protobuf-c/protobuf-c.h>
#include <string.h>

#include "base/buffer.h"

#define WIRE_PROTOBUF_CONTENT_TYPE "application/vnd.kubernetes.protobuf"

struct wire_type {
    const char *api_version, *kind;
};

/* The messages of protobuf-c have no const, although packing only reads. */
static inline char *wire_text(const char *text)
{
    char *loose;

    memcpy(&loose, &text, sizeof(loose));
    return loose;
}

void wire_protobuf_pack(const ProtobufCMessage *message, struct buffer *out);
/* A whole body. */
void wire_protobuf_object(struct wire_type type, const ProtobufCMessage *object, struct buffer *out);
/* The same around an object of len bytes, which the caller writes between the two. */
void wire_protobuf_begin(struct wire_type type, size_t len, struct buffer *out);
void wire_protobuf_end(struct buffer *out);

#endif
