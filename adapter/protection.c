#include "adapter/protection.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/own_families.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "kube/decoder.h"
#include "kube/path.h"
#include "queue/protection.h"

enum {
    PATH_MAX_BYTES = 8 * 1024,
    PATCH_MAX_BYTES = 1024,
    PAGE_MAX_BYTES = 16 * 1024 * 1024,
    POD_MAX_BYTES = 2 * 1024 * 1024,
    CALL_TIMEOUT_MS = 10000,
    COMPLAIN_EVERY_MS = 60 * 1000,
};

/* Their metadata is all that matters: a tenth of the bytes. */
static const char list_accept[] = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
static const char pod_accept[] = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/* One Deployment. */
struct guarded {
    struct guarded *next;
    char *name_space, *workload;
    struct protection pods;
    bool listed, reported; /* reported: the last report has it */
    int64_t list_not_before_ms;
    unsigned pages;                        /* of the list that runs */
    char list_continue[CONTINUE_TEXT_MAX]; /* where it goes on; "": it begins */
};

struct busy_protection {
    struct busy_protection_options options;
    struct guarded *workloads;
    struct loop_timer *timer;
    struct kube_call *call; /* at most one */
    struct guarded *at;     /* whom it is for */
    char pod[DAEMON_NAME_MAX + 1];
    enum protection_step step;  /* of the call; REST: the list */
    int64_t complained_boot_ms; /* 0: not yet */
    atomic_uint_fast64_t marks, unmarks, failures;
    atomic_uint_fast64_t marked;
};

static void act(void *context);

/* --- what is told to people --- */

static const char *verb_of(enum protection_step step)
{
    switch (step) {
    case PROTECTION_REST: return "list";
    case PROTECTION_READ: return "get";
    case PROTECTION_MARK:
    case PROTECTION_UNMARK:
    default: return "patch";
    }
}

static void complain(struct busy_protection *protection, const struct guarded *guarded, const struct error *err)
{
    CLEANUP(buffer_clear) struct buffer advice = BUFFER_INIT(PATCH_MAX_BYTES);
    int64_t now_ms = clock_boot_ms();

    (void)atomic_fetch_add(&protection->failures, 1);
    if (protection->complained_boot_ms != 0 && now_ms - protection->complained_boot_ms < COMPLAIN_EVERY_MS)
        return;
    protection->complained_boot_ms = now_ms;
    if (err->code == ERROR_FORBIDDEN)
        (void)buffer_printf(&advice, "give the adapter's account the right to %s pods in namespace %s (it needs get, list and patch)",
                            verb_of(protection->step), guarded->name_space);
    else
        (void)buffer_add_text(&advice, "it is tried again by itself");
    log_warn("busy provisioners cannot be protected from removal", "namespace", guarded->name_space, "workload", guarded->workload, "error",
             err->text, "advice", buffer_text(&advice), NULL);
}

static void count_marked(struct busy_protection *protection)
{
    uint64_t marked = 0;

    for (const struct guarded *guarded = protection->workloads; guarded; guarded = guarded->next)
        marked += protection_count_marked(&guarded->pods);
    atomic_store(&protection->marked, marked);
}

/* --- answers --- */

static void go_on(struct busy_protection *protection)
{
    protection->call = NULL;
    count_marked(protection);
    loop_timer_after(protection->timer, PROTECTION_SPACE_MS);
}

static int note(struct guarded *guarded, const char *name, const json_t *pod, struct error *err)
{
    const struct pod_seen seen = {.workload = guarded->workload, .name = name, .pod = pod, .now_ms = clock_boot_ms()};

    return protection_note(&guarded->pods, &seen, err);
}

static int take_pod(struct busy_protection *protection, const struct http_response *answer, struct error *err)
{
    CLEANUP(json_decrefp) json_t *pod = NULL;

    if (json_read(buffer_text(&answer->body), answer->body.len, &pod, err) < 0)
        return error_wrap(err, "pod %s", protection->pod);
    if (note(protection->at, protection->pod, pod, err) < 0)
        return -1;
    if (protection->step == PROTECTION_MARK)
        (void)atomic_fetch_add(&protection->marks, 1);
    if (protection->step == PROTECTION_UNMARK)
        (void)atomic_fetch_add(&protection->unmarks, 1);
    return 0;
}

static int settle_pod(struct busy_protection *protection, const struct http_response *answer, const struct error *told, struct error *err)
{
    if (answer && (answer->status == 404 || answer->status == 409)) /* gone, or another pod of this name by now */
        return note(protection->at, protection->pod, NULL, err);
    if (told) {
        *err = *told;
        return -1;
    }
    if (!answer)
        return error_set(err, ERROR_IO, "pod %s: no answer", protection->pod);
    return take_pod(protection, answer, err);
}

static void on_pod(void *context, struct http_response *answer, const struct error *told)
{
    struct busy_protection *protection = context;
    struct error err = {0};

    if (settle_pod(protection, answer, told, &err) < 0) {
        protection_put_off(&protection->at->pods, protection->pod, clock_boot_ms());
        complain(protection, protection->at, &err);
    }
    go_on(protection);
}

static void on_listed_pod(void *context, const struct kube_event *event)
{
    struct guarded *guarded = context;
    const char *name = json_string_value(json_object_get(json_object_get(event->object, "metadata"), "name"));
    struct error ignored = {0}; /* no memory: the pod is asked for by name when it matters */

    if (name && strlen(name) <= DAEMON_NAME_MAX && protection_owns(guarded->workload, event->object))
        (void)note(guarded, name, event->object, &ignored);
}

static int take_page(struct guarded *guarded, const struct http_response *answer, struct error *err)
{
    const struct kube_sink sink = {on_listed_pod, guarded};
    struct kube_page page = {0};

    if (kube_json_decoder.read_page(buffer_text(&answer->body), answer->body.len, &sink, &page, err) < 0)
        return error_wrap(err, "list the pods of namespace %s", guarded->name_space);
    guarded->pages++;
    (void)snprintf(guarded->list_continue, sizeof(guarded->list_continue), "%s", page.next);
    guarded->listed = page.next[0] == '\0' || guarded->pages >= PROTECTION_PAGES;
    return 0;
}

static void on_page(void *context, struct http_response *answer, const struct error *err)
{
    struct busy_protection *protection = context;
    struct guarded *guarded = protection->at;
    struct error why = {0};

    if (answer && !err && take_page(guarded, answer, &why) < 0)
        err = &why;
    if (err) {
        guarded->list_continue[0] = '\0'; /* also when it expired: from the start */
        guarded->pages = 0;
        guarded->list_not_before_ms = clock_boot_ms() + PROTECTION_LIST_AGAIN_MS;
        complain(protection, guarded, err);
    }
    go_on(protection);
}

/* --- questions --- */

static void add_pods_path(const struct guarded *guarded, struct buffer *path)
{
    (void)buffer_add_text(path, "/api/v1/namespaces");
    path_add_segment(path, guarded->name_space);
    (void)buffer_add_text(path, "/pods");
}

static void start(struct busy_protection *protection, struct guarded *guarded, const struct kube_request *request,
                  const struct buffer *path)
{
    struct error err = {0};

    protection->at = guarded;
    if (buffer_failed(path))
        (void)error_set(&err, ERROR_INVALID, "no path can be made for workload %s", guarded->workload);
    else
        protection->call = kube_client_start(protection->options.client, request, protection->step == PROTECTION_REST ? on_page : on_pod,
                                             protection, &err);
    if (protection->call)
        return;
    if (protection->step == PROTECTION_REST)
        guarded->list_not_before_ms = clock_boot_ms() + PROTECTION_LIST_AGAIN_MS;
    else
        protection_put_off(&guarded->pods, protection->pod, clock_boot_ms());
    complain(protection, guarded, &err);
    go_on(protection);
}

static void ask_for_list(struct busy_protection *protection, struct guarded *guarded)
{
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(PATH_MAX_BYTES);
    char limit[16];
    struct kube_request request = {.accept = list_accept, .answer_limit = PAGE_MAX_BYTES, .timeout_ms = CALL_TIMEOUT_MS};

    (void)snprintf(limit, sizeof(limit), "%d", PROTECTION_PAGE_ITEMS);
    add_pods_path(guarded, &path);
    path_add_query(&path, "limit", limit);
    path_add_query(&path, "continue", guarded->list_continue);
    request.path = buffer_text(&path);
    protection->step = PROTECTION_REST;
    start(protection, guarded, &request, &path);
}

static void write_patch(enum protection_step step, const char *uid, struct buffer *out)
{
    CLEANUP(json_decrefp)
    json_t *patch = json_pack("{s:{s:s, s:{s:s?}}}", "metadata", "uid", uid, "annotations", PROTECTION_ANNOTATION,
                              step == PROTECTION_MARK ? PROTECTION_COST : NULL);
    char *text = patch ? json_dumps(patch, JSON_COMPACT) : NULL;

    (void)buffer_add_text(out, text ? text : "");
    free(text);
}

static void ask_for_pod(struct busy_protection *protection, struct guarded *guarded, enum protection_step step,
                        const struct protected_pod *pod)
{
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(PATH_MAX_BYTES), patch = BUFFER_INIT(PATCH_MAX_BYTES);
    struct kube_request request = {.accept = pod_accept, .answer_limit = POD_MAX_BYTES, .timeout_ms = CALL_TIMEOUT_MS};

    add_pods_path(guarded, &path);
    path_add_segment(&path, pod->name);
    request.path = buffer_text(&path);
    if (step != PROTECTION_READ) {
        write_patch(step, pod->uid, &patch);
        request.method = "PATCH";
        request.content_type = "application/merge-patch+json";
        request.body = buffer_text(&patch);
        request.body_len = patch.len;
    }
    protection->step = step;
    (void)snprintf(protection->pod, sizeof(protection->pod), "%s", pod->name);
    start(protection, guarded, &request, &path);
}

/* A workload that nobody wants protected any more, and that carries no mark, is forgotten. */
static void drop_done(struct busy_protection *protection)
{
    struct guarded **link = &protection->workloads;

    while (*link) {
        struct guarded *guarded = *link;

        if (guarded->reported || guarded->pods.len > 0) {
            link = &guarded->next;
            continue;
        }
        *link = guarded->next;
        protection_clear(&guarded->pods);
        free(guarded->name_space);
        free(guarded->workload);
        free(guarded);
    }
}

/* The most urgent step of all workloads; when there is none, *due_ms is when there may be one. */
static enum protection_step find_step(const struct busy_protection *protection, struct guarded **out, const struct protected_pod **pod,
                                      int64_t *due_ms)
{
    int64_t now_ms = clock_boot_ms();
    enum protection_step best = PROTECTION_REST;

    *due_ms = INT64_MAX;
    for (struct guarded *guarded = protection->workloads; guarded; guarded = guarded->next) {
        const struct protected_pod *its = NULL;
        int64_t due = INT64_MAX;
        enum protection_step step = protection_next(&guarded->pods, now_ms, &its, &due);

        if (due < *due_ms)
            *due_ms = due;
        if (step == PROTECTION_REST || (best != PROTECTION_REST && step != PROTECTION_MARK))
            continue;
        best = step;
        *out = guarded;
        *pod = its;
        if (best == PROTECTION_MARK)
            break;
    }
    return best;
}

static struct guarded *find_unlisted(const struct busy_protection *protection, int64_t *due_ms)
{
    int64_t now_ms = clock_boot_ms();

    for (struct guarded *guarded = protection->workloads; guarded; guarded = guarded->next) {
        if (guarded->listed)
            continue;
        if (guarded->list_not_before_ms <= now_ms)
            return guarded;
        if (guarded->list_not_before_ms < *due_ms)
            *due_ms = guarded->list_not_before_ms;
    }
    return NULL;
}

/* The timer's callback: the next request, if one is due. */
static void act(void *context)
{
    struct busy_protection *protection = context;
    const struct protected_pod *pod = NULL;
    struct guarded *guarded = NULL;
    enum protection_step step;
    int64_t due_ms = INT64_MAX, list_due_ms = INT64_MAX;

    if (protection->call || !protection->options.leads(protection->options.context))
        return;
    drop_done(protection);
    guarded = find_unlisted(protection, &list_due_ms);
    if (guarded) {
        ask_for_list(protection, guarded);
        return;
    }
    step = find_step(protection, &guarded, &pod, &due_ms);
    if (step != PROTECTION_REST) {
        ask_for_pod(protection, guarded, step, pod);
        return;
    }
    due_ms = list_due_ms < due_ms ? list_due_ms : due_ms;
    if (due_ms != INT64_MAX)
        loop_timer_after(protection->timer, due_ms - clock_boot_ms());
}

/* --- what is to be protected --- */

static struct guarded *find_or_add(struct busy_protection *protection, const struct protection_row *row)
{
    struct guarded *guarded = protection->workloads;

    while (guarded && (strcmp(guarded->name_space, row->name_space) != 0 || strcmp(guarded->workload, row->workload) != 0))
        guarded = guarded->next;
    if (guarded)
        return guarded;
    guarded = calloc(1, sizeof(*guarded));
    if (!guarded)
        return NULL;
    guarded->name_space = strdup(row->name_space);
    guarded->workload = strdup(row->workload);
    if (!guarded->name_space || !guarded->workload) {
        free(guarded->name_space);
        free(guarded->workload);
        free(guarded);
        return NULL;
    }
    guarded->next = protection->workloads;
    protection->workloads = guarded;
    return guarded;
}

static int set_taken(struct guarded *guarded, const struct protection_row *row, struct error *err)
{
    if (!row)
        return protection_set_taken(&guarded->pods, NULL, 0, err);
    return row->known ? protection_set_taken(&guarded->pods, (const char *const *)row->taken, row->n_taken, err) : 0;
}

void busy_protection_take(struct busy_protection *protection, const struct protection_report *report)
{
    struct error err = {0};

    for (struct guarded *guarded = protection->workloads; guarded; guarded = guarded->next)
        guarded->reported = false;
    for (size_t i = 0; i < report->len; i++) {
        struct guarded *guarded = find_or_add(protection, &report->items[i]);

        if (!guarded)
            continue; /* no memory: the next report tells it again */
        guarded->reported = true;
        if (set_taken(guarded, &report->items[i], &err) < 0)
            complain(protection, guarded, &err);
    }
    for (struct guarded *guarded = protection->workloads; guarded; guarded = guarded->next)
        if (!guarded->reported)
            (void)set_taken(guarded, NULL, &err); /* cannot fail: nothing is added */
    if (!protection->call)
        loop_timer_after(protection->timer, 0);
}

void busy_protection_lead(struct busy_protection *protection)
{
    kube_call_cancel(protection->call);
    protection->call = NULL;
    for (struct guarded *guarded = protection->workloads; guarded; guarded = guarded->next) {
        protection_forget(&guarded->pods);
        guarded->listed = false;
        guarded->list_not_before_ms = 0;
        guarded->list_continue[0] = '\0';
        guarded->pages = 0;
    }
    count_marked(protection);
    loop_timer_after(protection->timer, 0);
}

/* --- the whole --- */

struct busy_protection *busy_protection_new(const struct busy_protection_options *options, struct error *err)
{
    struct busy_protection *protection = calloc(1, sizeof(*protection));

    if (protection)
        protection->timer = loop_timer_new(kube_client_loop(options->client), act, protection);
    if (!protection || !protection->timer) {
        free(protection);
        (void)error_no_memory(err);
        return NULL;
    }
    protection->options = *options;
    return protection;
}

void busy_protection_free(struct busy_protection *protection)
{
    if (!protection)
        return;
    kube_call_cancel(protection->call);
    loop_timer_free(protection->timer);
    for (struct guarded *guarded = protection->workloads; guarded; guarded = guarded->next) {
        guarded->reported = false;
        protection_clear(&guarded->pods);
    }
    drop_done(protection);
    free(protection);
}

void busy_protection_expose(void *context, struct exposition *exposition)
{
    struct busy_protection *protection = context;

    own_family_value(exposition, OWN_PROTECTED_PODS, (double)atomic_load(&protection->marked));
    own_family_value(exposition, OWN_PROTECTION_MARKS, (double)atomic_load(&protection->marks));
    own_family_value(exposition, OWN_PROTECTION_UNMARKS, (double)atomic_load(&protection->unmarks));
    own_family_value(exposition, OWN_PROTECTION_FAILURES, (double)atomic_load(&protection->failures));
}
