#include "adapter/delegation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/own_families.h"
#include "base/log.h"
#include "kube/objects.h"
#include "kube/watch.h"

struct delegation {
    char **audiences;
    size_t n_audiences;
    struct access_desk *desk;
    struct access *access;
    struct kube_watch *watch;
    char version[VERSION_TEXT_MAX]; /* of the ConfigMap seen last */
    bool listed;                    /* it was in the list */
    bool failing;                   /* the last word of the watch was a failure */
    atomic_bool ready, refused;
};

/* --- the ConfigMap --- */

static void refuse(struct delegation *delegation, const char *why)
{
    atomic_store(&delegation->refused, true);
    log_error("the cluster's authentication configuration is refused; what is in force stays", "error", why, NULL);
}

static void take_config(struct delegation *delegation, const json_t *config_map)
{
    CLEANUP(authentication_config_releasep) struct authentication_config *before = access_config(delegation->access);
    CLEANUP(authentication_config_releasep) struct authentication_config *config = NULL;
    struct error err = {0};

    config = authentication_config_from_map(config_map, before, &err);
    if (!config) {
        refuse(delegation, err.text);
        return;
    }
    access_set_config(delegation->access, config);
    atomic_store(&delegation->refused, false);
    atomic_store(&delegation->ready, true);
    log_info("the cluster's authentication configuration is in force", "front_proxy", config->front_proxy ? "yes" : "no",
             "client_certificates", config->clients ? "yes" : "no", NULL);
}

static void on_event(void *context, const struct kube_event *event)
{
    struct delegation *delegation = context;

    if (event->type == KUBE_DELETED) {
        delegation->version[0] = '\0';
        log_warn("ConfigMap kube-system/" AUTHENTICATION_CONFIG_NAME " was deleted; what it said last stays in force", NULL);
        return;
    }
    delegation->failing = false;
    delegation->listed = true;
    if (event->version[0] != '\0' && strcmp(event->version, delegation->version) == 0)
        return; /* a list after a watch tells it again */
    (void)snprintf(delegation->version, sizeof(delegation->version), "%s", event->version);
    take_config(delegation, event->object);
}

static void on_list_begin(void *context)
{
    struct delegation *delegation = context;

    delegation->listed = false;
}

static void on_list_end(void *context)
{
    const struct delegation *delegation = context;

    if (!delegation->listed)
        log_warn("there is no ConfigMap kube-system/" AUTHENTICATION_CONFIG_NAME "; is this the cluster that aggregates the adapter?",
                 NULL);
}

static void on_failure(void *context, const struct error *err)
{
    struct delegation *delegation = context;

    if (delegation->failing)
        return;
    delegation->failing = true;
    log_warn("the cluster's authentication configuration cannot be followed; what is in force stays", "error", err->text, "advice",
             err->code == ERROR_FORBIDDEN ? "bind Role kube-system/extension-apiserver-authentication-reader to the adapter's account"
                                          : "it is tried again by itself",
             NULL);
}

static const struct kube_watch_handler handler = {
    .list_begin = on_list_begin, .event = on_event, .list_end = on_list_end, .failed = on_failure};

static const struct kube_collection collection = {.path = "/api/v1/namespaces/kube-system/configmaps",
                                                  .field_selector = "metadata.name=" AUTHENTICATION_CONFIG_NAME};

/* --- the parts --- */

static int copy_audiences(struct delegation *delegation, const struct option_texts *from, struct error *err)
{
    delegation->audiences = calloc(from->len + 1, sizeof(*delegation->audiences));
    while (delegation->audiences && delegation->n_audiences < from->len) {
        char *copy = strdup(from->items[delegation->n_audiences]);

        if (!copy)
            return error_no_memory(err);
        delegation->audiences[delegation->n_audiences++] = copy;
    }
    return delegation->audiences ? 0 : error_no_memory(err);
}

static int make_parts(struct delegation *delegation, struct kube_client *client, const struct config_serving *serving, struct error *err)
{
    struct access_desk_options options = {.loop = kube_client_loop(client), .client = client, .ttl_ms = serving->authorization_ttl_ms};

    if (copy_audiences(delegation, &serving->token_audiences, err) < 0)
        return -1;
    options.audiences = (struct text_list){(const char *const *)delegation->audiences, delegation->n_audiences};
    delegation->desk = access_desk_new(&options, err);
    delegation->access = delegation->desk ? access_new(delegation->desk, err) : NULL;
    if (!delegation->access)
        return -1;
    delegation_configure(delegation, serving);
    delegation->watch = kube_watch_new(client, &collection, &handler, delegation, err);
    return delegation->watch ? 0 : -1;
}

struct delegation *delegation_new(struct kube_client *client, const struct config_serving *serving, struct error *err)
{
    struct delegation *delegation = calloc(1, sizeof(*delegation));

    if (!delegation) {
        (void)error_no_memory(err);
        return NULL;
    }
    if (make_parts(delegation, client, serving, err) == 0)
        return delegation;
    (void)error_wrap(err, "serving.authentication: delegated");
    delegation_free(delegation);
    return NULL;
}

void delegation_free(struct delegation *delegation)
{
    if (!delegation)
        return;
    kube_watch_free(delegation->watch);
    access_free(delegation->access);
    access_desk_free(delegation->desk);
    for (size_t i = 0; i < delegation->n_audiences; i++)
        free(delegation->audiences[i]);
    free(delegation->audiences);
    free(delegation);
}

struct access *delegation_access(struct delegation *delegation)
{
    return delegation->access;
}

void delegation_configure(struct delegation *delegation, const struct config_serving *serving)
{
    if (!delegation)
        return;
    access_desk_set_ttl(delegation->desk, serving->authorization_ttl_ms);
    access_set_metrics_free(delegation->access, serving->metrics_access == CONFIG_METRICS_ANYONE);
}

bool delegation_is_ready(void *context, char *reason, size_t size)
{
    const struct delegation *delegation = context;

    if (atomic_load(&delegation->ready))
        return true;
    (void)snprintf(reason, size, "ConfigMap kube-system/" AUTHENTICATION_CONFIG_NAME " was not read yet");
    return false;
}

void delegation_expose(void *context, struct exposition *exposition)
{
    struct delegation *delegation = context;

    access_expose(delegation->access, exposition);
    own_family_value(exposition, OWN_AUTHENTICATION_REFUSED, atomic_load(&delegation->refused) ? 1 : 0);
}
