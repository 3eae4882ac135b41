#include "adapter/cluster_text.h"

#include "adapter/cluster.h"

enum { LIST_TIMEOUT_MS = 120000 };

static const struct list {
    const char *path;
    bool needed;
} lists[] = {
    {"/api/v1/nodes", true},
    {"/api/v1/pods?fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3DFailed", true},
    {"/api/v1/persistentvolumes", false},
    {"/apis/metrics.k8s.io/v1beta1/nodes", false},
};

struct reading {
    struct loop *loop;
    struct kube_client *client;
    size_t at; /* the list that is read */
    struct buffer *out, *notes;
    struct error err;
};

static void read_next(struct reading *reading);

static void on_list(void *context, struct http_response *answer, const struct error *err)
{
    struct reading *reading = context;

    if (err && lists[reading->at].needed) {
        reading->err = *err;
        loop_stop(reading->loop);
        return;
    }
    if (err)
        (void)buffer_printf(reading->notes, "%s\n", err->text);
    else
        (void)buffer_append(reading->out, buffer_text(&answer->body), answer->body.len);
    reading->at++;
    read_next(reading);
}

static void read_next(struct reading *reading)
{
    const struct kube_request request = {
        .path = lists[reading->at % ARRAY_LEN(lists)].path, .answer_limit = reading->out->limit, .timeout_ms = LIST_TIMEOUT_MS};

    if (reading->at == ARRAY_LEN(lists) || !kube_client_start(reading->client, &request, on_list, reading, &reading->err))
        loop_stop(reading->loop);
}

static void begin(void *context)
{
    read_next(context);
}

int cluster_text_read(const char *kubeconfig, struct buffer *out, struct buffer *notes, struct error *err)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(err);
    CLEANUP(cluster_access_freep) struct cluster_access *cluster = NULL;
    struct reading reading = {.loop = loop, .out = out, .notes = notes};

    if (!loop || cluster_access_open(loop, kubeconfig, &cluster, err) < 0)
        return -1;
    if (!cluster)
        return error_set(err, ERROR_INVALID,
                         "there is no cluster to ask: give --kubeconfig FILE, or the output of kubectl get nodes,pods,pv -A -o json "
                         "as --from FILE (- for a pipe)");
    reading.client = cluster->client;
    if (loop_post(loop, begin, &reading) < 0)
        return error_no_memory(err);
    if (loop_run(loop, err) < 0)
        return -1;
    if (reading.err.code != ERROR_NONE) {
        *err = reading.err;
        return -1;
    }
    if (buffer_failed(out))
        return error_set(err, ERROR_LIMIT, "the cluster's objects are larger than %zu bytes, or memory is short", out->limit);
    return 0;
}
