#include "adapter/node_frame.h"

#include "kube/protobuf_decoder.h"

int node_object_apply(struct node_pool *pool, enum node_kind kind, bool removed, const json_t *object, struct error *err)
{
    if (!removed)
        return node_pool_put(pool, kind, object, err);
    node_pool_remove(pool, kind, object);
    return 0;
}

/* What comes of one frame. */
struct framed {
    struct node_pool *pool;
    enum node_kind kind;
    int status;
    struct error *err;
};

static void on_framed(void *context, const struct kube_event *event)
{
    struct framed *framed = context;

    framed->status = node_object_apply(framed->pool, framed->kind, event->type == KUBE_DELETED, event->object, framed->err);
}

int node_frame_apply(struct node_pool *pool, enum node_kind kind, const char *frame, size_t len, struct error *err)
{
    struct framed framed = {.pool = pool, .kind = kind, .err = err};
    const struct kube_sink sink = {on_framed, &framed};

    if (kube_protobuf_decoder.read_event(frame, len, &sink, err) < 0)
        return -1;
    return framed.status;
}
