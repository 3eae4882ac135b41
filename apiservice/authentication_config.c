#include "apiservice/authentication_config.h"

#include <stdlib.h>

#include "base/json.h"

struct authentication_config *authentication_config_acquire(struct authentication_config *config)
{
    if (config)
        (void)atomic_fetch_add_explicit(&config->references, 1, memory_order_relaxed);
    return config;
}

void authentication_config_release(struct authentication_config *config)
{
    if (!config || atomic_fetch_sub_explicit(&config->references, 1, memory_order_acq_rel) != 1)
        return;
    requestheader_config_clear(&config->headers);
    client_ca_release(config->front_proxy);
    client_ca_release(config->clients);
    free(config);
}

static int read_ca(const json_t *data, const char *key, struct client_ca *before, struct client_ca **out, struct error *err)
{
    const char *pem = NULL;

    if (json_text_optional(data, key, &pem, err) < 0)
        return -1;
    if (!pem || pem[0] == '\0') {
        *out = client_ca_acquire(before);
        return 0;
    }
    *out = client_ca_new(pem, err);
    return *out ? 0 : error_wrap(err, "%s", key);
}

static int read_config(const json_t *config_map, const struct authentication_config *before, struct authentication_config *out,
                       struct error *err)
{
    const json_t *data = NULL;

    if (json_object_optional(config_map, "data", &data, err) < 0)
        return -1;
    if (!data)
        return error_set(err, ERROR_INVALID, "it has no data");
    if (requestheader_config_read(data, &out->headers, err) < 0)
        return -1;
    if (read_ca(data, "requestheader-client-ca-file", before ? before->front_proxy : NULL, &out->front_proxy, err) < 0)
        return -1;
    return read_ca(data, "client-ca-file", before ? before->clients : NULL, &out->clients, err);
}

struct authentication_config *authentication_config_from_map(const json_t *config_map, const struct authentication_config *before,
                                                             struct error *err)
{
    CLEANUP(authentication_config_releasep) struct authentication_config *config = calloc(1, sizeof(*config));
    struct authentication_config *made;

    if (!config) {
        (void)error_no_memory(err);
        return NULL;
    }
    atomic_init(&config->references, 1);
    config->generation = before ? before->generation + 1 : 1;
    if (read_config(config_map, before, config, err) < 0) {
        (void)error_wrap(err, "ConfigMap kube-system/" AUTHENTICATION_CONFIG_NAME);
        return NULL;
    }
    made = config;
    config = NULL;
    return made;
}
