/* followed_object.h - one API object by its name, as it is now: listed, then watched.
 *
 * Shape    changed is called when the object was read for the first time, and whenever it changed, came or went; several
 *          changes at once may be told as one. Requests may be started from inside it
 * Rights   get, list and watch of that name: the requests carry fieldSelector=metadata.name=NAME
 * Errors   failed: it goes on by itself (kube/watch.h), and what was known stays
 * Threads  the loop's
 * Owner    texts are copied; the client must live longer. followed_object_free not from inside failed */
#ifndef ADAPTER_FOLLOWED_OBJECT_H
#define ADAPTER_FOLLOWED_OBJECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "kube/client.h"

struct followed_object;

struct followed_object_handler {
    loop_callback *changed;
    void (*failed)(void *context, const struct error *err);
};

struct followed_name {
    const char *collection; /* "/api/v1/namespaces/coder/secrets" */
    const char *name;
};

struct followed_object *followed_object_new(struct kube_client *client, const struct followed_name *name,
                                            const struct followed_object_handler *handler, void *context, struct error *err) MUST_CHECK;
void followed_object_free(struct followed_object *object); /* NULL is fine */

bool followed_object_known(const struct followed_object *object);        /* was it read, or found missing? */
const json_t *followed_object_now(const struct followed_object *object); /* NULL: missing; until the next change */
/* clock_boot_ms of the last proof that this is so (kube_watch_current_ms); 0: none yet. */
int64_t followed_object_current_ms(const struct followed_object *object);
/* A newer form, out of an answer to a request of ours; NULL: it is missing. changed is not called. */
void followed_object_set(struct followed_object *object, json_t *newer);

#endif
