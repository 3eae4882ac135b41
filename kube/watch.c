#include "kube/watch.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "kube/path.h"
#include "kube/watch_rules.h"

enum { PATH_BYTES_MAX = 12 * 1024, NUMBER_TEXT_MAX = 24, WATCH_GRACE_MS = 30000 };

struct kube_watch {
    struct kube_client *client;
    const struct kube_watch_handler *handler;
    void *context;
    char *path, *field_selector, *label_selector;
    const struct kube_decoder *decoder;

    struct loop_timer *timer; /* the next request; while watching, the end of patience */
    struct kube_call *call;   /* NULL: waiting for the timer */
    enum watch_phase phase;
    int failures;
    struct kube_page page;          /* of the list that runs */
    char version[VERSION_TEXT_MAX]; /* where to resume */
    int64_t current_ms;
    bool in_handler;

    /* of the request that runs */
    struct watch_stream stream;
    int64_t started_ms;
    bool told;
    int error_status;       /* of an ERROR event; 0: none came */
    struct error complaint; /* of an ERROR event, or about one that cannot be read; else code ERROR_NONE */
};

static void request_next(void *context);

/* --- telling --- */

static void tell(struct kube_watch *watch, loop_callback *callback)
{
    watch->in_handler = true;
    callback(watch->context);
    watch->in_handler = false;
}

static void tell_failure(struct kube_watch *watch, const struct error *err)
{
    watch->in_handler = true;
    watch->handler->failed(watch->context, err);
    watch->in_handler = false;
}

static void on_event(void *context, const struct kube_event *event)
{
    struct kube_watch *watch = context;

    if (event->type == KUBE_ERROR) {
        const char *message = json_string_value(json_object_get(event->object, "message"));

        watch->error_status = event->status;
        error_set(&watch->complaint, ERROR_UNAVAILABLE, "watch %s: %d: %s", watch->path, event->status, message ? message : "no message");
        return;
    }
    if (event->type != KUBE_BOOKMARK) {
        watch->in_handler = true;
        watch->handler->event(watch->context, event);
        watch->in_handler = false;
    }
    if (event->type == KUBE_LISTED)
        return;
    watch->told = true;
    (void)snprintf(watch->version, sizeof(watch->version), "%s", event->version);
}

/* --- what comes next --- */

static void go_on(struct kube_watch *watch, const struct watch_outcome *outcome)
{
    struct watch_next next = watch_rules_next(outcome, watch->failures, random_unit());

    watch->phase = next.phase;
    watch->failures = next.failures;
    loop_timer_after(watch->timer, next.delay_ms);
}

static void go_on_after_failure(struct kube_watch *watch, struct watch_outcome outcome, const struct error *err)
{
    tell_failure(watch, err);
    outcome.phase = watch->phase;
    outcome.lasted_ms = clock_boot_ms() - watch->started_ms;
    outcome.told = watch->told;
    go_on(watch, &outcome);
}

/* --- listing --- */

static void on_whole_list(struct kube_watch *watch)
{
    const struct watch_outcome outcome = {.phase = WATCH_LISTING, .end = WATCH_END_WELL, .retry_after_ms = -1};

    (void)snprintf(watch->version, sizeof(watch->version), "%s", watch->page.version);
    watch->current_ms = watch->started_ms;
    watch->page = (struct kube_page){0};
    tell(watch, watch->handler->list_end);
    go_on(watch, &outcome);
}

static void on_page(void *context, struct http_response *answer, const struct error *err)
{
    struct kube_watch *watch = context;
    const struct kube_sink sink = {on_event, watch};
    struct watch_outcome outcome = {.end = answer ? WATCH_END_STATUS : WATCH_END_LOST, .retry_after_ms = -1};
    struct error why = {0};

    watch->call = NULL;
    if (answer) {
        outcome.status = answer->status;
        outcome.retry_after_ms = answer->retry_after_ms;
    }
    if (answer && !err && watch->decoder->read_page(buffer_text(&answer->body), answer->body.len, &sink, &watch->page, &why) < 0) {
        error_wrap(&why, "list %s", watch->path);
        outcome.end = WATCH_END_GARBLED;
        err = &why;
    }
    if (err) {
        watch->page = (struct kube_page){0};
        go_on_after_failure(watch, outcome, err);
    } else if (watch->page.next[0] != '\0') {
        loop_timer_after(watch->timer, 0);
    } else {
        on_whole_list(watch);
    }
}

/* --- watching --- */

static void on_open(void *context)
{
    struct kube_watch *watch = context;

    watch->current_ms = clock_boot_ms();
    loop_timer_after(watch->timer, WATCH_QUIET_MS);
}

static int on_bytes(void *context, const char *data, size_t len)
{
    struct kube_watch *watch = context;
    const struct kube_sink sink = {on_event, watch};

    loop_timer_after(watch->timer, WATCH_QUIET_MS);
    if (watch_stream_feed(&watch->stream, data, len, &sink, &watch->complaint) < 0) {
        error_wrap(&watch->complaint, "watch %s", watch->path);
        return -1;
    }
    if (watch->error_status > 0)
        return -1;
    watch->current_ms = clock_boot_ms();
    return 0;
}

static enum watch_end end_of_watch(const struct kube_watch *watch, const struct http_response *answer, const struct error *err)
{
    if (watch->error_status > 0 || (answer && err))
        return WATCH_END_STATUS;
    if (watch->complaint.code != ERROR_NONE)
        return WATCH_END_GARBLED;
    return err || watch->stream.bytes.len > 0 ? WATCH_END_LOST : WATCH_END_WELL;
}

static void on_watch_end(void *context, struct http_response *answer, const struct error *err)
{
    struct kube_watch *watch = context;
    struct watch_outcome outcome = {.end = end_of_watch(watch, answer, err), .retry_after_ms = -1};
    struct error why = watch->complaint;

    watch->call = NULL;
    outcome.status = watch->error_status > 0 || !answer ? watch->error_status : answer->status;
    outcome.retry_after_ms = answer ? answer->retry_after_ms : -1;
    if (outcome.end == WATCH_END_WELL) {
        outcome.phase = WATCH_WATCHING;
        outcome.lasted_ms = clock_boot_ms() - watch->started_ms;
        outcome.told = watch->told;
        go_on(watch, &outcome);
        return;
    }
    if (why.code == ERROR_NONE && err)
        why = *err;
    else if (why.code == ERROR_NONE)
        error_set(&why, ERROR_UNAVAILABLE, "watch %s: it ended inside an event", watch->path);
    go_on_after_failure(watch, outcome, &why);
}

/* Without bookmarks (they come only while etcd tells its progress) a quiet collection and a dead connection look alike. */
static void on_silence(struct kube_watch *watch)
{
    const struct watch_outcome outcome = {
        .phase = WATCH_WATCHING, .end = WATCH_END_SILENT, .retry_after_ms = -1, .lasted_ms = WATCH_QUIET_MS};

    kube_call_cancel(watch->call);
    watch->call = NULL;
    go_on(watch, &outcome);
}

/* --- requests --- */

static void add_list_query(const struct kube_watch *watch, struct buffer *path)
{
    char limit[NUMBER_TEXT_MAX];

    (void)snprintf(limit, sizeof(limit), "%d", WATCH_PAGE_ITEMS);
    path_add_query(path, "limit", limit);
    path_add_query(path, "continue", watch->page.next);
}

static void add_watch_query(const struct kube_watch *watch, int timeout_s, struct buffer *path)
{
    char seconds[NUMBER_TEXT_MAX];

    (void)snprintf(seconds, sizeof(seconds), "%d", timeout_s);
    path_add_query(path, "watch", "true");
    path_add_query(path, "allowWatchBookmarks", "true");
    path_add_query(path, "resourceVersion", watch->version);
    path_add_query(path, "timeoutSeconds", seconds);
}

static int start_request(struct kube_watch *watch, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(PATH_BYTES_MAX);
    bool lists = watch->phase == WATCH_LISTING;
    int timeout_s = watch_rules_timeout_s(random_unit());
    struct kube_request request = {
        .accept = watch->decoder->accept,
        .answer_limit = WATCH_PAGE_BYTES_MAX,
        .timeout_ms = lists ? WATCH_LIST_TIMEOUT_MS : timeout_s * INT64_C(1000) + WATCH_GRACE_MS,
        .on_open = lists ? NULL : on_open,
        .on_data = lists ? NULL : on_bytes,
    };

    (void)buffer_add_text(&path, watch->path);
    path_add_query(&path, "fieldSelector", watch->field_selector);
    path_add_query(&path, "labelSelector", watch->label_selector);
    if (lists)
        add_list_query(watch, &path);
    else
        add_watch_query(watch, timeout_s, &path);
    if (buffer_failed(&path))
        return error_set(err, ERROR_LIMIT, "%s: the path is too long", watch->path);
    request.path = buffer_text(&path);
    watch->call = kube_client_start(watch->client, &request, lists ? on_page : on_watch_end, watch, err);
    return watch->call ? 0 : -1;
}

static void request_next(void *context)
{
    struct kube_watch *watch = context;
    const struct watch_outcome failed = {.end = WATCH_END_LOST, .retry_after_ms = -1};
    struct error err = {0};

    if (watch->call) {
        on_silence(watch);
        return;
    }
    if (watch->page.next[0] == '\0') /* a list is as old as its first page */
        watch->started_ms = clock_boot_ms();
    if (watch->phase == WATCH_LISTING && watch->page.next[0] == '\0')
        tell(watch, watch->handler->list_begin);
    watch->told = false;
    watch->error_status = 0;
    watch->complaint = (struct error){0};
    watch_stream_reset(&watch->stream);
    if (start_request(watch, &err) < 0)
        go_on_after_failure(watch, failed, &err);
    else if (watch->phase == WATCH_WATCHING)
        loop_timer_after(watch->timer, WATCH_QUIET_MS);
}

/* --- the watch --- */

static bool copy_optional(const char *text, char **out)
{
    *out = text ? strdup(text) : NULL;
    return !text || *out;
}

struct kube_watch *kube_watch_new(struct kube_client *client, const struct kube_collection *collection,
                                  const struct kube_watch_handler *handler, void *context, struct error *err)
{
    struct kube_watch *watch = calloc(1, sizeof(*watch));

    if (!watch) {
        error_no_memory(err);
        return NULL;
    }
    watch->client = client;
    watch->handler = handler;
    watch->context = context;
    watch->decoder = collection->decoder ? collection->decoder : &kube_json_decoder;
    watch->stream = WATCH_STREAM_INIT(watch->decoder);
    watch->timer = loop_timer_new(kube_client_loop(client), request_next, watch);
    if (!watch->timer || !copy_optional(collection->path, &watch->path) ||
        !copy_optional(collection->field_selector, &watch->field_selector) ||
        !copy_optional(collection->label_selector, &watch->label_selector)) {
        error_no_memory(err);
        kube_watch_free(watch);
        return NULL;
    }
    loop_timer_after(watch->timer, 0);
    return watch;
}

void kube_watch_free(struct kube_watch *watch)
{
    if (!watch)
        return;
    assert(!watch->in_handler);
    kube_call_cancel(watch->call);
    loop_timer_free(watch->timer);
    watch_stream_clear(&watch->stream);
    free(watch->path);
    free(watch->field_selector);
    free(watch->label_selector);
    free(watch);
}

int64_t kube_watch_current_ms(const struct kube_watch *watch)
{
    return watch->current_ms;
}
