#include "kube/kubeconfig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/json.h"
#include "kube/kubeconfig_yaml.h"

enum { ARENA_MAX = 4 * 1024 * 1024 };

/* One entry of a named list: {name: prod, cluster: {...}} */
struct section {
    const char *list, *member; /* "clusters", "cluster" */
    const char *name;
    const json_t *value;
};

/* Keys that would change how we connect or who we are, and that we do not follow: better refused than passed over. */
static const struct {
    const char *member, *key;
    bool only_when_true;
    const char *advice;
} refused[] = {
    {"cluster", "insecure-skip-tls-verify", true, "certificates are always verified; give certificate-authority-data"},
    {"cluster", "proxy-url", false, "proxies are not supported; give a server that can be reached directly"},
    {"user", "exec", false, "programs are not run for credentials; give token, tokenFile or a client certificate"},
    {"user", "auth-provider", false, "auth providers are not supported; give token, tokenFile or a client certificate"},
    {"user", "username", false, "basic authentication is not supported; give token, tokenFile or a client certificate"},
    {"user", "password", false, "basic authentication is not supported; give token, tokenFile or a client certificate"},
    {"user", "as", false, "impersonation is not supported; give the rights to the user itself"},
    {"user", "as-uid", false, "impersonation is not supported; give the rights to the user itself"},
    {"user", "as-groups", false, "impersonation is not supported; give the rights to the user itself"},
    {"user", "as-user-extra", false, "impersonation is not supported; give the rights to the user itself"},
};

void kubeconfig_clear(struct kubeconfig *config)
{
    arena_clear(&config->arena);
    *config = (struct kubeconfig){0};
}

static int wrap_section(const struct section *section, struct error *err)
{
    return error_wrap(err, "%s %s", section->member, section->name);
}

/* A text member that is there and not empty, or NULL: empty means absent in a kubeconfig. */
static int text_member(const struct section *section, const char *key, const char **out, struct error *err)
{
    if (json_text_optional(section->value, key, out, err) < 0)
        return wrap_section(section, err);
    if (*out && (*out)[0] == '\0')
        *out = NULL;
    return 0;
}

static int find_section(const json_t *root, struct section *section, struct error *err)
{
    const json_t *list = NULL, *entry, *value = NULL;
    size_t i;

    if (json_array_optional(root, section->list, &list, err) < 0)
        return -1;
    json_array_foreach (list, i, entry) {
        const char *name = json_string_value(json_object_get(entry, "name"));

        if (!name || strcmp(name, section->name) != 0)
            continue;
        if (json_object_optional(entry, section->member, &value, err) < 0)
            return wrap_section(section, err);
        if (!value)
            return error_set(err, ERROR_INVALID, "%s %s: it has no %s", section->member, section->name, section->member);
        section->value = value;
        return 0;
    }
    return error_set(err, ERROR_INVALID, "%s %s: no such entry in %s; add it or name another", section->member, section->name,
                     section->list);
}

static int refuse_keys(const struct section *section, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        const json_t *value = json_object_get(section->value, refused[i].key);
        const char *text = json_string_value(value);

        if (strcmp(section->member, refused[i].member) != 0 || !value || json_is_null(value) || (text && text[0] == '\0'))
            continue;
        if (refused[i].only_when_true && text && strcasecmp(text, "false") == 0)
            continue;
        return error_set(err, ERROR_INVALID, "%s %s: %s: %s", section->member, section->name, refused[i].key, refused[i].advice);
    }
    return 0;
}

/* --- files and inline data --- */

static const char *keep_path(struct kubeconfig *config, const char *folder, const char *path)
{
    size_t size = strlen(folder) + strlen(path) + 2;
    char *whole;

    if (path[0] == '/' || folder[0] == '\0')
        return arena_text(&config->arena, path);
    whole = arena_alloc(&config->arena, size);
    if (whole)
        (void)snprintf(whole, size, "%s/%s", folder, path);
    return whole;
}

/* Line breaks inside base64 come from block scalars and from "base64" without -w0: Go passes over them too. */
static int decode(struct kubeconfig *config, const char *text, const char **out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer packed = BUFFER_INIT(KUBECONFIG_BYTES_MAX), bytes = BUFFER_INIT(KUBECONFIG_BYTES_MAX);

    for (const char *c = text; *c; c++)
        if (*c != '\n' && *c != '\r')
            (void)buffer_add_char(&packed, *c);
    if (!buffer_failed(&packed) && !base64_decode(buffer_text(&packed), packed.len, &bytes) && !buffer_failed(&bytes))
        return error_set(err, ERROR_INVALID, "not base64; write it as \"base64 -w0\" does");
    if (buffer_failed(&packed) || buffer_failed(&bytes))
        return error_no_memory(err);
    if (bytes.len != strlen(buffer_text(&bytes)))
        return error_set(err, ERROR_INVALID, "not PEM; give the base64 of a PEM file");
    *out = arena_text(&config->arena, buffer_text(&bytes));
    explicit_bzero(bytes.data, bytes.len);
    return 0;
}

struct pem_member {
    const char *key, *data_key;
    struct kubeconfig_source *out;
};

static int read_pem(struct kubeconfig *config, const struct section *section, const char *folder, const struct pem_member *member,
                    struct error *err)
{
    const char *path = NULL, *data = NULL;

    if (text_member(section, member->key, &path, err) < 0 || text_member(section, member->data_key, &data, err) < 0)
        return -1;
    if (data && decode(config, data, &member->out->text, err) < 0) {
        error_wrap(err, "%s", member->data_key);
        return wrap_section(section, err);
    }
    if (!data && path)
        member->out->path = keep_path(config, folder, path);
    return 0;
}

/* --- cluster and user --- */

/* Whole hosts only: 127.example.com is not on loopback. */
static bool is_loopback(const char *rest)
{
    size_t len = strcspn(rest, rest[0] == '[' ? "/" : ":/");

    if (strncmp(rest, "localhost", len) == 0 && len == strlen("localhost"))
        return true;
    if (strncmp(rest, "[::1]", strlen("[::1]")) == 0)
        return true;
    return strncmp(rest, "127.", 4) == 0 && strspn(rest, "0123456789.") == len;
}

static int check_server(const char *server, struct error *err)
{
    const char *rest;

    for (const char *c = server; *c; c++)
        if ((unsigned char)*c <= 0x20 || (unsigned char)*c >= 0x7f || strchr("?#@\\", *c))
            return error_set(err, ERROR_INVALID, "server: not a plain URL; write https://host:port");
    if (strncmp(server, "https://", 8) == 0 && server[8] != '\0' && server[8] != '/')
        return 0;
    rest = strncmp(server, "http://", 7) == 0 ? server + 7 : "";
    if (is_loopback(rest))
        return 0;
    return error_set(err, ERROR_INVALID, "server: must begin with https:// (http:// is for loopback only)");
}

static int read_cluster(struct kubeconfig *config, const struct section *cluster, const char *folder, struct error *err)
{
    const struct pem_member ca = {"certificate-authority", "certificate-authority-data", &config->ca};
    const char *server = NULL, *name = NULL;
    char *kept;

    if (refuse_keys(cluster, err) < 0 || text_member(cluster, "server", &server, err) < 0 ||
        text_member(cluster, "tls-server-name", &name, err) < 0)
        return -1;
    if (!server)
        return error_set(err, ERROR_INVALID, "cluster %s: server is missing; write https://host:port", cluster->name);
    if (check_server(server, err) < 0)
        return wrap_section(cluster, err);
    kept = arena_text(&config->arena, server);
    for (size_t len = kept ? strlen(kept) : 0; len > 0 && kept[len - 1] == '/'; len--)
        kept[len - 1] = '\0';
    config->server = kept;
    config->tls_server_name = name ? arena_text(&config->arena, name) : NULL;
    return read_pem(config, cluster, folder, &ca, err);
}

static bool is_token(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f)
            return false;
    return true;
}

static int read_token(struct kubeconfig *config, const struct section *user, const char *folder, struct error *err)
{
    const char *token = NULL, *path = NULL;

    if (text_member(user, "token", &token, err) < 0 || text_member(user, "tokenFile", &path, err) < 0)
        return -1;
    if (path)
        config->token.path = keep_path(config, folder, path);
    else if (token && !is_token(token))
        return error_set(err, ERROR_INVALID, "user %s: token: a blank or control character inside; write it in one line", user->name);
    else if (token)
        config->token.text = arena_text(&config->arena, token);
    return 0;
}

static int read_user(struct kubeconfig *config, const struct section *user, const char *folder, struct error *err)
{
    const struct pem_member cert = {"client-certificate", "client-certificate-data", &config->client_cert};
    const struct pem_member key = {"client-key", "client-key-data", &config->client_key};
    bool has_cert, has_key;

    if (refuse_keys(user, err) < 0 || read_pem(config, user, folder, &cert, err) < 0 || read_pem(config, user, folder, &key, err) < 0 ||
        read_token(config, user, folder, err) < 0)
        return -1;
    if (config->arena.failed)
        return error_no_memory(err);
    has_cert = config->client_cert.text || config->client_cert.path;
    has_key = config->client_key.text || config->client_key.path;
    if (has_cert != has_key)
        return error_set(err, ERROR_INVALID, "user %s: %s is missing; a client certificate needs its key", user->name,
                         has_cert ? "client-key" : "client-certificate");
    return 0;
}

/* --- the whole --- */

static int read_context(struct kubeconfig *config, const json_t *root, const struct kubeconfig_choice *choice, struct error *err)
{
    struct section context = {.list = "contexts", .member = "context", .name = config->context};
    struct section cluster = {.list = "clusters", .member = "cluster"}, user = {.list = "users", .member = "user"};
    const char *namespace = NULL;

    if (find_section(root, &context, err) < 0 || text_member(&context, "cluster", &cluster.name, err) < 0 ||
        text_member(&context, "user", &user.name, err) < 0 || text_member(&context, "namespace", &namespace, err) < 0)
        return -1;
    if (!cluster.name)
        return error_set(err, ERROR_INVALID, "context %s: cluster is missing; name an entry of clusters", context.name);
    config->namespace = arena_text(&config->arena, namespace ? namespace : "default");
    if (find_section(root, &cluster, err) < 0 || read_cluster(config, &cluster, choice->folder, err) < 0)
        return error_wrap(err, "context %s", context.name);
    if (user.name && (find_section(root, &user, err) < 0 || read_user(config, &user, choice->folder, err) < 0))
        return error_wrap(err, "context %s", context.name);
    return 0;
}

static int read_root(struct kubeconfig *config, const json_t *root, const struct kubeconfig_choice *choice, struct error *err)
{
    const char *name = choice->context;

    if (!json_is_object(root))
        return error_set(err, ERROR_INVALID, "expected a kubeconfig, got %s", json_type_name(root));
    if ((!name || name[0] == '\0') && json_text_optional(root, "current-context", &name, err) < 0)
        return -1;
    if (!name || name[0] == '\0')
        return error_set(err, ERROR_INVALID, "current-context is missing; set it with \"kubectl config use-context\"");
    config->context = arena_text(&config->arena, name);
    if (!config->context)
        return error_no_memory(err);
    return read_context(config, root, choice, err);
}

int kubeconfig_read(const char *text, size_t len, const struct kubeconfig_choice *choice, struct kubeconfig *out, struct error *err)
{
    CLEANUP(json_decrefp) json_t *root = NULL;
    CLEANUP(kubeconfig_clear) struct kubeconfig config = {.arena = {.limit = ARENA_MAX}};

    if (kubeconfig_yaml_read(text, len, &root, err) < 0 || read_root(&config, root, choice, err) < 0)
        return -1;
    if (config.arena.failed)
        return error_no_memory(err);
    *out = config;
    config = (struct kubeconfig){0};
    return 0;
}
