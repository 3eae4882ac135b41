/* protection.h - which provisioners' pods must be the last to go when their workload shrinks. Pure.
 *
 * Shape    a provisioner is taken when Coder calls it busy, or when an active job names it as its worker: the two lists are not of one
 *          moment, and either may be the newer. Its name is its pod's name
 * Deployment   the pods of taken provisioners carry an annotation, by which a ReplicaSet removes the others first. struct protection
 *          remembers what the API server last said of each pod, so that only changes are written. An annotation of another value is
 *          somebody else's and stays
 * StatefulSet  removes its highest ordinals first, whatever they carry: the policy must not go below the highest taken one
 * Order    a taken pod is marked before anything is read or taken away: its build is at stake
 * Units    *_ms: any monotonic clock, the same for all of them
 * Owner    struct protection: {0} / protection_clear; all else is borrowed for the call
 * Source   kubernetes.io, ReplicaSet, "Pod deletion cost"; coder-api.md section 5: a daemon is named after its host, the pod */
#ifndef QUEUE_PROTECTION_H
#define QUEUE_PROTECTION_H

#include <jansson.h>

#include "base/attributes.h"
#include "queue/model.h"

#define PROTECTION_ANNOTATION "controller.kubernetes.io/pod-deletion-cost"
#define PROTECTION_COST "1000"

enum {
    POD_UID_SIZE = 64,
    PROTECTION_AGAIN_MS = 10 * 1000,  /* after a failure */
    PROTECTION_ABSENT_MS = 60 * 1000, /* a provisioner that is no pod of the workload's: until it is looked for again */
};

/* --- who is taken --- */

struct protection_view {
    const struct job_list *jobs;
    const struct daemon_list *daemons;
    const struct queue_model *model; /* of the two */
    uint32_t queue;                  /* the queue's number in the model */
};

/* The names of its taken provisioners, each at least once; out has room for most. */
size_t protection_taken(const struct protection_view *view, const char **out, size_t most);
/* The number of a StatefulSet's pod: 12 for workload "a" and pod "a-12". False when it is none of its pods. */
bool protection_ordinal(const char *workload, const char *pod, int64_t *out);
/* The replicas below which a StatefulSet would remove one of the taken; 0: none is taken. */
int64_t protection_floor(const struct protection_view *view, const char *workload);

/* --- the pods of a Deployment --- */

enum pod_mark {
    POD_UNREAD,
    POD_PLAIN,   /* without our annotation */
    POD_MARKED,  /* with it */
    POD_FOREIGN, /* with another value: it is left alone */
    POD_ABSENT,  /* no such pod, or not one of the workload's */
};

struct protected_pod {
    char name[DAEMON_NAME_MAX + 1], uid[POD_UID_SIZE];
    bool taken;
    enum pod_mark mark;
    int64_t not_before_ms; /* nothing is done about it before */
};

struct protection {
    struct protected_pod *items;
    size_t len, capacity;
};

/* READ: ask for the pod; MARK, UNMARK: write or remove the annotation. */
enum protection_step { PROTECTION_REST, PROTECTION_READ, PROTECTION_MARK, PROTECTION_UNMARK };

void protection_clear(struct protection *protection);
/* From now on these are taken, and no others: names of at most DAEMON_NAME_MAX bytes. -1: out of memory, those before stay so. */
int protection_set_taken(struct protection *protection, const char *const *names, size_t n, struct error *err) MUST_CHECK;
/* What the API server says of a pod now. */
struct pod_seen {
    const char *workload; /* whose it should be */
    const char *name;
    const json_t *pod; /* a Pod, or its metadata alone; NULL: there is none of that name */
    int64_t now_ms;
};
int protection_note(struct protection *protection, const struct pod_seen *seen, struct error *err) MUST_CHECK;
void protection_put_off(struct protection *protection, const char *name, int64_t now_ms);
/* Nothing is known of the annotations any more: another replica wrote them. */
void protection_forget(struct protection *protection);
/* The most urgent step, and its pod, borrowed until the next call; with REST: when the next step may be due, INT64_MAX: nothing is. */
enum protection_step protection_next(const struct protection *protection, int64_t now_ms, const struct protected_pod **out,
                                     int64_t *due_ms);
size_t protection_count_marked(const struct protection *protection);
/* Is the pod one of this Deployment's? Its controller is a ReplicaSet named after it. */
bool protection_owns(const char *workload, const json_t *pod);

#endif
