#include "adapter/followed_object.h"

#include <stdio.h>
#include <stdlib.h>

#include "kube/watch.h"

enum { SELECTOR_SIZE = 320 };

struct followed_object {
    const struct followed_object_handler *handler;
    void *context;
    struct kube_watch *watch;
    struct loop_timer *telling; /* inside of a watch's data no request may be started, so changed is called in the loop's next turn */
    json_t *now;
    bool known;
    bool listed; /* the list that runs has it */
};

void followed_object_set(struct followed_object *object, json_t *newer)
{
    json_incref(newer);
    json_decref(object->now);
    object->now = newer;
    object->known = true;
}

static void on_list_begin(void *context)
{
    struct followed_object *object = context;

    object->listed = false;
}

static void on_event(void *context, const struct kube_event *event)
{
    struct followed_object *object = context;
    CLEANUP(json_decrefp) json_t *copy = event->type == KUBE_DELETED ? NULL : json_deep_copy(event->object);

    followed_object_set(object, copy);
    object->listed = true;
    if (event->type != KUBE_LISTED)
        loop_timer_after(object->telling, 0);
}

static void on_list_end(void *context)
{
    struct followed_object *object = context;

    if (!object->listed)
        followed_object_set(object, NULL);
    loop_timer_after(object->telling, 0);
}

static void on_telling(void *context)
{
    const struct followed_object *object = context;

    object->handler->changed(object->context);
}

static void on_failed(void *context, const struct error *err)
{
    struct followed_object *object = context;

    object->handler->failed(object->context, err);
}

struct followed_object *followed_object_new(struct kube_client *client, const struct followed_name *name,
                                            const struct followed_object_handler *handler, void *context, struct error *err)
{
    static const struct kube_watch_handler watch_handler = {on_list_begin, on_event, on_list_end, on_failed};
    struct followed_object *object = calloc(1, sizeof(*object));
    char selector[SELECTOR_SIZE];
    const struct kube_collection followed = {.path = name->collection, .field_selector = selector};

    if (!object) {
        error_no_memory(err);
        return NULL;
    }
    (void)snprintf(selector, sizeof(selector), "metadata.name=%s", name->name);
    object->handler = handler;
    object->context = context;
    object->telling = loop_timer_new(kube_client_loop(client), on_telling, object);
    if (!object->telling)
        error_no_memory(err);
    else
        object->watch = kube_watch_new(client, &followed, &watch_handler, object, err);
    if (!object->watch) {
        followed_object_free(object);
        return NULL;
    }
    return object;
}

void followed_object_free(struct followed_object *object)
{
    if (!object)
        return;
    kube_watch_free(object->watch);
    loop_timer_free(object->telling);
    json_decref(object->now);
    free(object);
}

bool followed_object_known(const struct followed_object *object)
{
    return object->known;
}

const json_t *followed_object_now(const struct followed_object *object)
{
    return object->now;
}

int64_t followed_object_current_ms(const struct followed_object *object)
{
    return kube_watch_current_ms(object->watch);
}
