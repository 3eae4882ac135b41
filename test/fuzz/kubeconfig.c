/* kubeconfig.c - a kubeconfig gives a server that we may talk to and whole credentials, or one line that says why not; the same
 * one written as JSON gives the same. */
#include "kube/kubeconfig.h"

#include <stdlib.h>
#include <string.h>

#include "kube/kubeconfig_yaml.h"
#include "test/fuzz/fuzz.h"

enum { JSON_MOST = 1000 }; /* libyaml's keys in flow maps end within 1024 characters */

static const struct kubeconfig_choice choice = {.folder = "/etc/kube", .context = NULL};

static void law_source(const struct kubeconfig_source *source)
{
    LAW(!source->text || !source->path);
    LAW(!source->path || source->path[0] == '/');
}

static void law_sound(const struct kubeconfig *config)
{
    bool cert = config->client_cert.text || config->client_cert.path, key = config->client_key.text || config->client_key.path;

    LAW(config->context && config->context[0] != '\0' && config->namespace);
    LAW(strncmp(config->server, "https://", 8) == 0 || strncmp(config->server, "http://localhost", 16) == 0 ||
        strncmp(config->server, "http://127.", 11) == 0 || strncmp(config->server, "http://[::1]", 12) == 0);
    LAW(config->server[strlen(config->server) - 1] != '/');
    for (const char *c = config->server; *c; c++)
        LAW(*c > ' ' && *c < 0x7f);
    for (const char *c = config->token.text; c && *c; c++)
        LAW(*c > ' ' && *c < 0x7f);
    LAW(cert == key);
    law_source(&config->ca);
    law_source(&config->client_cert);
    law_source(&config->client_key);
    law_source(&config->token);
}

static void law_same_text(const char *a, const char *b)
{
    LAW((a == NULL) == (b == NULL));
    LAW(!a || strcmp(a, b) == 0);
}

static void law_same(const struct kubeconfig *a, const struct kubeconfig *b)
{
    const struct kubeconfig_source *const pairs[][2] = {
        {&a->ca, &b->ca}, {&a->client_cert, &b->client_cert}, {&a->client_key, &b->client_key}, {&a->token, &b->token}};

    law_same_text(a->context, b->context);
    law_same_text(a->server, b->server);
    law_same_text(a->tls_server_name, b->tls_server_name);
    law_same_text(a->namespace, b->namespace);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        law_same_text(pairs[i][0]->text, pairs[i][1]->text);
        law_same_text(pairs[i][0]->path, pairs[i][1]->path);
    }
}

/* A kubeconfig in JSON is YAML, too. */
static void law_json_is_yaml(const char *text, size_t len, const struct kubeconfig *config)
{
    CLEANUP(kubeconfig_clear) struct kubeconfig again = {0};
    struct error err = {0};
    json_t *tree = NULL;
    char *json;

    LAW(kubeconfig_yaml_read(text, len, &tree, &err) == 0);
    json = json_dumps(tree, JSON_ENSURE_ASCII);
    LAW(json);
    if (strlen(json) <= JSON_MOST && !strstr(json, "\\uD") && !strchr(json, 0x7f)) { /* halves of a pair and a bare DEL are none in YAML */
        LAW(kubeconfig_read(json, strlen(json), &choice, &again, &err) == 0);
        law_same(config, &again);
    }
    free(json);
    json_decref(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct kubeconfig config;
    struct error err = {0};

    fill(&config, sizeof(config));
    if (kubeconfig_read(text, size, &choice, &config, &err) < 0) {
        LAW(is_filled(&config, sizeof(config)));
        law_error_is_told(&err);
        return 0;
    }
    law_sound(&config);
    law_json_is_yaml(text, size, &config);
    kubeconfig_clear(&config);
    return 0;
}
