#include "adapter/workload_grace.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/grace.h"
#include "base/log.h"
#include "kube/objects.h"
#include "kube/path.h"

enum { PATH_MAX_BYTES = 2048 };

struct watched_queue {
    char *queue, *path;
    bool failing;
};

struct workload_grace {
    struct workload_grace_options options;
    struct watched_queue *queues;
    size_t n_queues, at;
    struct loop_timer *timer;
    struct kube_call *call;
};

static void fail(struct watched_queue *queue, const struct error *err)
{
    if (!queue->failing)
        log_warn("the grace period of a queue's pods cannot be read", "queue", queue->queue, "error", err->text, "advice",
                 err->code == ERROR_FORBIDDEN ? "give the adapter's account the right to get deployments and statefulsets in that namespace"
                                              : "it is tried again by itself",
                 NULL);
    queue->failing = true;
}

static void go_on(struct workload_grace *graces)
{
    graces->at++;
    if (graces->at < graces->n_queues) {
        loop_timer_after(graces->timer, GRACE_SPACE_MS);
        return;
    }
    graces->at = 0;
    loop_timer_after(graces->timer, GRACE_READ_EVERY_MS);
}

static void on_workload(void *context, const struct object_result *result, const struct error *told)
{
    struct workload_grace *graces = context;
    struct watched_queue *queue = &graces->queues[graces->at];
    int64_t grace_s = result->object ? grace_of_workload(result->object) : -1;
    struct error err = {0};

    graces->call = NULL;
    if (!told && grace_s < 0)
        (void)error_set(&err, ERROR_INVALID, "GET %s: it has no pod template", queue->path);
    if (told || grace_s < 0) {
        fail(queue, told ? told : &err);
    } else {
        queue->failing = false;
        graces->options.known(graces->options.context, queue->queue, grace_s);
    }
    go_on(graces);
}

/* The timer's callback. */
static void ask(void *context)
{
    struct workload_grace *graces = context;
    struct object_request request = {0};
    struct error err = {0};

    if (graces->call || graces->n_queues == 0)
        return;
    request.path = graces->queues[graces->at].path;
    graces->call = object_start(graces->options.client, &request, on_workload, graces, &err);
    if (graces->call)
        return;
    fail(&graces->queues[graces->at], &err);
    go_on(graces);
}

static void forget(struct workload_grace *graces)
{
    kube_call_cancel(graces->call);
    graces->call = NULL;
    for (size_t i = 0; i < graces->n_queues; i++) {
        free(graces->queues[i].queue);
        free(graces->queues[i].path);
    }
    free(graces->queues);
    graces->queues = NULL;
    graces->n_queues = 0;
    graces->at = 0;
}

static int add(struct workload_grace *graces, const struct queue_spec *spec)
{
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(PATH_MAX_BYTES);
    struct watched_queue *queue = &graces->queues[graces->n_queues];

    (void)buffer_add_text(&path, "/apis/apps/v1/namespaces");
    path_add_segment(&path, spec->name_space);
    (void)buffer_add_text(&path, spec->workload.kind == WORKLOAD_STATEFULSET ? "/statefulsets" : "/deployments");
    path_add_segment(&path, spec->workload.name);
    if (buffer_failed(&path))
        return -1;
    queue->queue = strdup(spec->name);
    queue->path = strdup(buffer_text(&path));
    graces->n_queues++;
    return queue->queue && queue->path ? 0 : -1;
}

void workload_grace_configure(struct workload_grace *graces, const struct config *config)
{
    int status = 0;

    forget(graces);
    graces->queues = calloc(config->n_queues + 1, sizeof(*graces->queues));
    for (size_t i = 0; graces->queues && status == 0 && i < config->n_queues; i++)
        if (config->queues[i].protect_busy && strcmp(config->queues[i].name_space, "*") != 0)
            status = add(graces, &config->queues[i]);
    if (status < 0 || !graces->queues) {
        log_error("grace periods are not read: a queue's workload has no usable name, or memory ran out", NULL);
        forget(graces);
    }
    loop_timer_after(graces->timer, 0);
}

struct workload_grace *workload_grace_new(const struct workload_grace_options *options, struct error *err)
{
    struct workload_grace *graces = calloc(1, sizeof(*graces));

    if (graces)
        graces->timer = loop_timer_new(kube_client_loop(options->client), ask, graces);
    if (!graces || !graces->timer) {
        free(graces);
        (void)error_no_memory(err);
        return NULL;
    }
    graces->options = *options;
    return graces;
}

void workload_grace_free(struct workload_grace *graces)
{
    if (!graces)
        return;
    forget(graces);
    loop_timer_free(graces->timer);
    free(graces);
}
