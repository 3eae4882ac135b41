#include "queue/protection.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

enum { ORDINAL_DIGITS = 9, FIRST_CAPACITY = 16 };

/* --- who is taken --- */

/* The daemon of the queue that the active job names as its worker, unless its own row says already that it is taken; else NULL. */
static const struct daemon_row *worker_of(const struct protection_view *view, const struct job *job)
{
    const struct daemon_row *daemon = job_is_active(job) ? daemon_list_find(view->daemons, &job->worker) : NULL;

    if (!daemon || daemon->status == DAEMON_BUSY || view->model->daemon_queues[daemon - view->daemons->items] != view->queue)
        return NULL;
    return daemon;
}

/* The next taken daemon: first by the list of daemons, then by that of jobs. at is 0 at first. NULL: no more. */
static const struct daemon_row *next_taken(const struct protection_view *view, size_t *at)
{
    while (*at < view->daemons->len) {
        size_t i = (*at)++;

        if (view->daemons->items[i].status == DAEMON_BUSY && view->model->daemon_queues[i] == view->queue)
            return &view->daemons->items[i];
    }
    while (*at - view->daemons->len < view->jobs->len) {
        const struct daemon_row *daemon = worker_of(view, &view->jobs->items[(*at)++ - view->daemons->len]);

        if (daemon)
            return daemon;
    }
    return NULL;
}

size_t protection_taken(const struct protection_view *view, const char **out, size_t most)
{
    const struct daemon_row *daemon;
    size_t at = 0, n = 0;

    while (n < most && (daemon = next_taken(view, &at)) != NULL)
        out[n++] = daemon->name;
    return n;
}

bool protection_ordinal(const char *workload, const char *pod, int64_t *out)
{
    size_t len = strlen(workload), digits;
    const char *number;

    if (strncmp(pod, workload, len) != 0 || pod[len] != '-')
        return false;
    number = pod + len + 1;
    digits = strspn(number, "0123456789");
    if (digits == 0 || digits > ORDINAL_DIGITS || number[digits] != '\0' || (number[0] == '0' && digits > 1))
        return false;
    *out = strtoll(number, NULL, 10);
    return true;
}

int64_t protection_floor(const struct protection_view *view, const char *workload)
{
    const struct daemon_row *daemon;
    int64_t floor = 0, ordinal = 0;
    size_t at = 0;

    while ((daemon = next_taken(view, &at)) != NULL)
        if (protection_ordinal(workload, daemon->name, &ordinal) && ordinal + 1 > floor)
            floor = ordinal + 1;
    return floor;
}

/* --- the pods of a Deployment --- */

void protection_clear(struct protection *protection)
{
    free(protection->items);
    *protection = (struct protection){0};
}

static struct protected_pod *find(const struct protection *protection, const char *name)
{
    for (size_t i = 0; i < protection->len; i++)
        if (strcmp(protection->items[i].name, name) == 0)
            return &protection->items[i];
    return NULL;
}

static struct protected_pod *add(struct protection *protection, const char *name, struct error *err)
{
    struct protected_pod *pod;

    if (protection->len == protection->capacity) {
        size_t capacity = protection->capacity > 0 ? 2 * protection->capacity : FIRST_CAPACITY;
        struct protected_pod *items = reallocarray(protection->items, capacity, sizeof(*items));

        if (!items) {
            (void)error_no_memory(err);
            return NULL;
        }
        protection->items = items;
        protection->capacity = capacity;
    }
    pod = &protection->items[protection->len++];
    *pod = (struct protected_pod){0};
    memcpy(pod->name, name, strnlen(name, DAEMON_NAME_MAX));
    return pod;
}

/* Of a pod that is not taken only a mark is worth remembering, since it must go. */
static void drop_idle(struct protection *protection)
{
    size_t kept = 0;

    for (size_t i = 0; i < protection->len; i++)
        if (protection->items[i].taken || protection->items[i].mark == POD_MARKED)
            protection->items[kept++] = protection->items[i];
    protection->len = kept;
}

/* Room for all of them first: when there is none, those that were taken stay so, and nobody's mark is removed. */
static int add_missing(struct protection *protection, const char *const *names, size_t n, struct error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!find(protection, names[i]) && !add(protection, names[i], err))
            return -1;
    return 0;
}

int protection_set_taken(struct protection *protection, const char *const *names, size_t n, struct error *err)
{
    if (add_missing(protection, names, n, err) < 0) {
        drop_idle(protection);
        return -1;
    }
    for (size_t i = 0; i < protection->len; i++)
        protection->items[i].taken = false;
    for (size_t i = 0; i < n; i++) {
        struct protected_pod *pod = find(protection, names[i]);

        assert(pod != NULL);
        pod->taken = true;
    }
    drop_idle(protection);
    return 0;
}

bool protection_owns(const char *workload, const json_t *pod)
{
    const json_t *owners = json_object_get(json_object_get(pod, "metadata"), "ownerReferences");
    size_t len = strlen(workload), i;
    const json_t *owner;

    json_array_foreach (owners, i, owner) {
        const char *kind = json_string_value(json_object_get(owner, "kind"));
        const char *name = json_string_value(json_object_get(owner, "name"));

        if (!json_is_true(json_object_get(owner, "controller")) || !kind || !name || strcmp(kind, "ReplicaSet") != 0)
            continue;
        if (strncmp(name, workload, len) == 0 && name[len] == '-' && name[len + 1] != '\0' && !strchr(name + len + 1, '-'))
            return true;
    }
    return false;
}

static enum pod_mark mark_of(const char *workload, const json_t *pod)
{
    const json_t *metadata = json_object_get(pod, "metadata");
    const json_t *cost = json_object_get(json_object_get(metadata, "annotations"), PROTECTION_ANNOTATION);

    if (!pod || json_object_get(metadata, "deletionTimestamp") || !protection_owns(workload, pod))
        return POD_ABSENT;
    if (!cost)
        return POD_PLAIN;
    return json_is_string(cost) && strcmp(json_string_value(cost), PROTECTION_COST) == 0 ? POD_MARKED : POD_FOREIGN;
}

static void note_uid(struct protected_pod *pod, const json_t *object)
{
    const char *uid = json_string_value(json_object_get(json_object_get(object, "metadata"), "uid"));

    memset(pod->uid, 0, sizeof(pod->uid));
    if (uid)
        memcpy(pod->uid, uid, strnlen(uid, sizeof(pod->uid) - 1));
}

int protection_note(struct protection *protection, const struct pod_seen *seen, struct error *err)
{
    enum pod_mark mark = mark_of(seen->workload, seen->pod);
    struct protected_pod *known = find(protection, seen->name);

    if (!known && mark != POD_MARKED)
        return 0;
    if (!known)
        known = add(protection, seen->name, err);
    if (!known)
        return -1;
    known->mark = mark;
    known->not_before_ms = mark == POD_ABSENT || mark == POD_FOREIGN ? seen->now_ms + PROTECTION_ABSENT_MS : 0;
    note_uid(known, seen->pod);
    drop_idle(protection);
    return 0;
}

void protection_put_off(struct protection *protection, const char *name, int64_t now_ms)
{
    struct protected_pod *pod = find(protection, name);

    if (pod)
        pod->not_before_ms = now_ms + PROTECTION_AGAIN_MS;
}

void protection_forget(struct protection *protection)
{
    for (size_t i = 0; i < protection->len; i++) {
        protection->items[i].mark = POD_UNREAD;
        protection->items[i].not_before_ms = 0;
    }
    drop_idle(protection);
}

static enum protection_step step_of(const struct protected_pod *pod)
{
    if (!pod->taken)
        return pod->mark == POD_MARKED ? PROTECTION_UNMARK : PROTECTION_REST;
    switch (pod->mark) {
    case POD_PLAIN: return PROTECTION_MARK;
    case POD_MARKED: return PROTECTION_REST;
    case POD_UNREAD:
    case POD_FOREIGN:
    case POD_ABSENT:
    default: return PROTECTION_READ;
    }
}

enum protection_step protection_next(const struct protection *protection, int64_t now_ms, const struct protected_pod **out, int64_t *due_ms)
{
    static const int urgency[] = {[PROTECTION_REST] = 0, [PROTECTION_UNMARK] = 1, [PROTECTION_READ] = 2, [PROTECTION_MARK] = 3};
    enum protection_step best = PROTECTION_REST;

    *due_ms = INT64_MAX;
    for (size_t i = 0; i < protection->len; i++) {
        const struct protected_pod *pod = &protection->items[i];
        enum protection_step step = step_of(pod);

        if (step != PROTECTION_REST && pod->not_before_ms > now_ms) {
            *due_ms = pod->not_before_ms < *due_ms ? pod->not_before_ms : *due_ms;
        } else if (urgency[step] > urgency[best]) {
            best = step;
            *out = pod;
        }
    }
    return best;
}

size_t protection_count_marked(const struct protection *protection)
{
    size_t n = 0;

    for (size_t i = 0; i < protection->len; i++)
        n += protection->items[i].mark == POD_MARKED;
    return n;
}
