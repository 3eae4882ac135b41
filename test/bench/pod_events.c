/* pod_events.c - what a pod's event costs: from the bytes of a watch to what is known of the cluster, and whether its group still outlives
 * a loss afterwards.
 *
 * pod-events FILE ROUNDS: FILE holds watch frames in protobuf, first those of nodes */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "adapter/node_figures.h"
#include "adapter/node_frame.h"
#include "adapter/node_pool.h"
#include "base/buffer.h"
#include "base/file.h"
#include "kube/protobuf_decoder.h"

static const size_t file_max = (size_t)1 << 30;

static double cpu_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void put(void *context, const struct kube_event *event)
{
    struct node_pool *pool = context;
    struct error err = {0};
    bool is_pod = memmem(event->frame, event->frame_len, "\22\3Pod", 5) != NULL;

    if (node_frame_apply(pool, is_pod ? KIND_PODS : KIND_NODES, event->frame, event->frame_len, &err) < 0)
        (void)fprintf(stderr, "%s\n", err.text);
}

static int feed(const struct buffer *bytes, struct node_pool *pool, struct error *err)
{
    CLEANUP(watch_stream_clear) struct watch_stream stream = WATCH_STREAM_INIT(&kube_protobuf_late_decoder);
    const struct kube_sink sink = {put, pool};

    return watch_stream_feed(&stream, bytes->data, bytes->len, &sink, err);
}

static void time_events(const struct buffer *bytes, unsigned long rounds, struct node_pool *pool)
{
    size_t n = pool->cluster.n_nodes + pool->cluster.pods.len;
    double began = cpu_seconds();
    struct error err = {0};

    for (unsigned long i = 0; i < rounds; i++)
        if (feed(bytes, pool, &err) < 0)
            return;
    if (rounds > 0)
        (void)printf("  an event of %zu nodes and %zu pods  %6.1f us\n", pool->cluster.n_nodes, pool->cluster.pods.len,
                     (cpu_seconds() - began) / (double)(n * rounds) * 1e6);
}

static int measure(const struct buffer *bytes, unsigned long rounds, struct node_pool *pool, struct error *err)
{
    const struct node_figure_options options = {.mode = RESILIENCE_DRAIN}; /* besides node and zone */
    CLEANUP(node_figures_clear) struct node_figures figures = {0};
    double began;

    if (feed(bytes, pool, err) < 0)
        return -1;
    time_events(bytes, rounds, pool);
    began = cpu_seconds();
    if (node_figures_make(pool, &options, &figures, err) < 0)
        return -1;
    (void)printf("  all figures, with all three losses  %6.1f ms\n", (cpu_seconds() - began) * 1e3);
    for (size_t i = 0; i < figures.n_groups; i++)
        for (size_t mode = 0; mode < RESILIENCE_MODES; mode++)
            if (figures.groups[i].checks[mode].done)
                (void)printf("    %s: %s\n", resilience_mode_name((enum resilience_mode)mode),
                             resilience_verdict_name(figures.groups[i].checks[mode].verdict));
    return 0;
}

int main(int argc, char **argv)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(file_max);
    struct node_pool pool;
    struct error err = {0};
    int status;

    if (argc != 3)
        return 2;
    node_pool_init(&pool, CLUSTER_GROUP_LABEL);
    node_pool_begin(&pool, KIND_NODES);
    node_pool_begin(&pool, KIND_PODS);
    status = file_read(argv[1], &bytes, &err) < 0 ? -1 : measure(&bytes, strtoul(argv[2], NULL, 10), &pool, &err);
    node_pool_clear(&pool);
    if (status < 0)
        (void)fprintf(stderr, "pod-events: %s\n", err.text);
    return status < 0;
}
