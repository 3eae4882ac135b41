#include "adapter/cluster.h"

#include <stdlib.h>

static int open_access(struct cluster_access *cluster, struct loop *loop, const char *kubeconfig, struct error *err)
{
    cluster->identity = kubeconfig ? kube_identity_new_kubeconfig(kubeconfig, NULL, err) : kube_identity_new_pod(NULL, err);
    if (!cluster->identity)
        return -1;
    cluster->client = kube_client_new(loop, cluster->identity, err);
    return cluster->client ? 0 : -1;
}

int cluster_access_open(struct loop *loop, const char *kubeconfig, struct cluster_access **out_new, struct error *err)
{
    CLEANUP(cluster_access_freep) struct cluster_access *cluster = NULL;

    if (kubeconfig && kubeconfig[0] == '\0')
        kubeconfig = NULL;
    if (!kubeconfig && !kube_identity_in_pod()) {
        *out_new = NULL;
        return 0;
    }
    cluster = calloc(1, sizeof(*cluster));
    if (!cluster)
        return error_no_memory(err);
    if (open_access(cluster, loop, kubeconfig, err) < 0)
        return error_wrap(err, "reach the cluster");
    *out_new = cluster;
    cluster = NULL;
    return 0;
}

void cluster_access_free(struct cluster_access *cluster)
{
    if (!cluster)
        return;
    kube_client_free(cluster->client);
    kube_identity_free(cluster->identity);
    free(cluster);
}
