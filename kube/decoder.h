/* decoder.h - how lists and watch events lie on the wire. Pure.
 *
 * Shape    a decoder turns a page of a list, and the frames of a watch, into events. JSON is here; protobuf for nodes and pods, with
 *          the same three functions, in kube/protobuf_decoder.h
 * Bounds   WATCH_FRAME_MAX; resource versions by VERSION_TEXT_MAX
 * Errors   a page or frame that is not what it should be is refused whole: no event of it is told
 * Owner    events and what they point to live for the call of the sink only
 * Source   API conventions: metadata.{resourceVersion,continue}; watch events {"type","object"}, one JSON text a line */
#ifndef KUBE_DECODER_H
#define KUBE_DECODER_H

#include <jansson.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"

enum {
    VERSION_TEXT_MAX = 64,
    CONTINUE_TEXT_MAX = 4096,
    WATCH_FRAME_MAX = 4 * 1024 * 1024, /* etcd refuses objects of more than 1.5 MiB */
};

enum kube_event_type { KUBE_LISTED, KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED, KUBE_BOOKMARK, KUBE_ERROR };

struct kube_event {
    enum kube_event_type type;
    const json_t *object; /* a Status for KUBE_ERROR. NULL: it still is in its frame */
    const char *version;  /* the object's resourceVersion; "" when it has none */
    int status;           /* KUBE_ERROR: its code */
    const char *frame;    /* with object NULL, for read_event of another decoder (kube/protobuf_decoder.h) */
    size_t frame_len;
};

typedef void kube_event_sink(void *context, const struct kube_event *event);

struct kube_page {
    char version[VERSION_TEXT_MAX];
    char next[CONTINUE_TEXT_MAX]; /* "" on the last page */
};

struct kube_sink {
    kube_event_sink *tell;
    void *context;
};

struct kube_decoder {
    const char *accept;
    /* Tells every item as KUBE_LISTED. */
    int (*read_page)(const char *body, size_t len, const struct kube_sink *sink, struct kube_page *out, struct error *err);
    /* The length of the frame at the start of bytes, with its end mark; 0: not whole yet. scanned: bytes that an earlier call
     * has seen already, without the frame's end among them. */
    size_t (*frame_len)(const char *bytes, size_t len, size_t scanned);
    int (*read_event)(const char *frame, size_t len, const struct kube_sink *sink, struct error *err);
};

extern const struct kube_decoder kube_json_decoder;
/* The end of every read_event: what is told, and what an event must have. event: all but its type, and its status. */
int decoder_tell_event(const char *type, struct kube_event event, const struct kube_sink *sink, struct error *err) MUST_CHECK;

/* --- a watch's bytes, cut into frames --- */

struct watch_stream {
    const struct kube_decoder *decoder;
    struct buffer bytes; /* of the frame that is not whole yet */
    size_t scanned;
};

#define WATCH_STREAM_INIT(its_decoder) ((struct watch_stream){.decoder = (its_decoder), .bytes = BUFFER_INIT(WATCH_FRAME_MAX)})
void watch_stream_clear(struct watch_stream *stream);
void watch_stream_reset(struct watch_stream *stream);
/* Tells the events of all frames that became whole. */
int watch_stream_feed(struct watch_stream *stream, const char *data, size_t len, const struct kube_sink *sink, struct error *err)
    MUST_CHECK;

#endif
