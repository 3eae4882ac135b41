/* protobuf_decoder.h - Nodes and Pods as protobuf, and as JSON where a server does not write that. Pure.
 *
 * Shape    the decoder asks for protobuf or JSON and goes by the first byte of what comes. An event's object is JSON in both cases: of
 *          protobuf only the fields of kube/proto/objects.proto, which is what the readers of nodes and pods look at
 * Late     whoever hands events to another thread takes the late decoder: what is added, modified or deleted stays in its frame if that is
 *          protobuf, and there kube_protobuf_decoder reads it. A list is read at once
 * Errors   as kube/decoder.h says; of a frame that is read late only the envelope and the version are looked at first
 * Source   k8s.io/apimachinery pkg/runtime/serializer/protobuf: "k8s\0" and an Unknown; a watch is WatchEvents, each behind its length
 *          in four bytes, whose object is such an envelope */
#ifndef KUBE_PROTOBUF_DECODER_H
#define KUBE_PROTOBUF_DECODER_H

#include <stdbool.h>

#include "kube/decoder.h"

extern const struct kube_decoder kube_protobuf_decoder, kube_protobuf_late_decoder;

/* Does it begin as an envelope does? */
bool protobuf_is_envelope(const char *bytes, size_t len);
/* The Status that an API server refuses with; new, NULL: it is none. */
json_t *protobuf_status_new(const char *bytes, size_t len);

#endif
