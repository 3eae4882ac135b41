/* watch.h - follows a collection of API objects: lists it in pages, then watches it, for as long as it lives.
 *
 * Shape    list_begin, an event KUBE_LISTED for each object, list_end: that is the whole collection, what was known before is
 *          void. Then KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED as they come. list_begin may come again at any
 *          time, also before list_end: begin anew
 * Time     what to do after an end or a failure: watch_rules.h. A watch that says nothing for WATCH_QUIET_MS (bookmarks come each
 *          minute, where etcd tells its progress) gives way to a new list, so that what was told is never older than that and a
 *          list, as long as the API server answers
 * Errors   failed is told each failure (for logs and metrics) and that it goes on by itself; it never gives up
 * Threads  the loop's
 * Owner    handler and decoder are borrowed; paths are copied. kube_watch_free not from inside the handler; the client must
 *          live longer */
#ifndef KUBE_WATCH_H
#define KUBE_WATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "kube/client.h"
#include "kube/decoder.h"

enum {
    WATCH_PAGE_ITEMS = 500,
    WATCH_PAGE_BYTES_MAX = 32 * 1024 * 1024,
    WATCH_LIST_TIMEOUT_MS = 60000,
    WATCH_QUIET_MS = 90000, /* a bookmark and some */
};

struct kube_watch;

struct kube_watch_handler {
    loop_callback *list_begin;
    kube_event_sink *event;
    loop_callback *list_end;
    void (*failed)(void *context, const struct error *err);
};

struct kube_collection {
    const char *path;                   /* "/api/v1/nodes", "/api/v1/namespaces/kube-system/configmaps" */
    const char *field_selector;         /* "metadata.name=x"; NULL: all */
    const char *label_selector;         /* NULL: all */
    const struct kube_decoder *decoder; /* NULL: JSON */
};

/* Starts with the next turn of the loop. */
struct kube_watch *kube_watch_new(struct kube_client *client, const struct kube_collection *collection,
                                  const struct kube_watch_handler *handler, void *context, struct error *err) MUST_CHECK;
void kube_watch_free(struct kube_watch *watch); /* NULL is fine */

/* clock_boot_ms of the last proof that what was told is current: a list that ended, a watch that opened, an event, a bookmark.
 * 0: there was no whole list yet. */
int64_t kube_watch_current_ms(const struct kube_watch *watch);

#endif
