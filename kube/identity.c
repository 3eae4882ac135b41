#include "kube/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/log.h"
#include "kube/kubeconfig.h"
#include "kube/kubeconfig_yaml.h"

enum {
    CREDENTIAL_BYTES_MAX = 256 * 1024, /* a CA bundle of a hundred certificates has its place */
    SERVER_TEXT_MAX = 1024,
    NAMESPACE_TEXT_MAX = 256,
};

static const char pod_folder[] = "/var/run/secrets/kubernetes.io/serviceaccount";

enum credential_kind { CREDENTIAL_CA, CREDENTIAL_CERT, CREDENTIAL_KEY, CREDENTIAL_TOKEN, CREDENTIAL_KINDS };

struct credential {
    char *path; /* NULL: given inline, or not at all */
    struct file_stamp stamp;
    struct buffer content; /* empty: none */
};

struct kube_identity {
    char *server;
    char *namespace;
    struct credential credentials[CREDENTIAL_KINDS];
};

/* --- one credential --- */

static void wipe(struct buffer *secret)
{
    if (secret->data)
        explicit_bzero(secret->data, secret->capacity);
    buffer_clear(secret);
}

static int check_pem(enum credential_kind kind, const char *text, struct error *err)
{
    const char *expected = kind == CREDENTIAL_KEY ? "PRIVATE KEY-----" : "-----BEGIN CERTIFICATE-----";

    if (kind == CREDENTIAL_TOKEN)
        return 0;
    if (!strstr(text, expected))
        return error_set(err, ERROR_INVALID, "not PEM: \"%s\" is not in it", expected);
    /* OpenSSL would ask for its passphrase on the terminal. */
    if (strstr(text, "ENCRYPTED"))
        return error_set(err, ERROR_INVALID, "the key is encrypted; give it without a passphrase");
    return 0;
}

/* The old content stays when the new one cannot be used. */
static int read_credential(struct credential *credential, enum credential_kind kind, struct error *err)
{
    CLEANUP(wipe) struct buffer content = BUFFER_INIT(CREDENTIAL_BYTES_MAX);
    int result;

    credential->stamp = file_stamp_of(credential->path); /* before reading: a change in between is seen the next time */
    result = kind == CREDENTIAL_TOKEN ? file_read_secret(credential->path, &content, err) : file_read(credential->path, &content, err);
    if (result < 0)
        return -1;
    if (check_pem(kind, buffer_text(&content), err) < 0)
        return error_wrap(err, "read %s", credential->path);
    wipe(&credential->content);
    credential->content = buffer_move(&content);
    return 0;
}

static int set_credential(struct kube_identity *identity, enum credential_kind kind, const struct kubeconfig_source *source,
                          struct error *err)
{
    struct credential *credential = &identity->credentials[kind];

    if (source->path) {
        credential->path = strdup(source->path);
        return credential->path ? read_credential(credential, kind, err) : error_no_memory(err);
    }
    if (!source->text)
        return 0;
    if (check_pem(kind, source->text, err) < 0)
        return -1;
    return buffer_add_text(&credential->content, source->text) < 0 ? error_no_memory(err) : 0;
}

static void refresh(struct credential *credential, enum credential_kind kind)
{
    struct file_stamp stamp;
    struct error err = {0};

    if (!credential->path)
        return;
    stamp = file_stamp_of(credential->path);
    if (file_stamp_equal(&stamp, &credential->stamp))
        return;
    if (read_credential(credential, kind, &err) < 0)
        log_warn("a credential for the Kubernetes API cannot be read again; its last content stays in use", "error", err.text, NULL);
}

/* --- the whole --- */

static struct kube_identity *identity_new(const char *server, const char *namespace, struct error *err)
{
    struct kube_identity *identity = calloc(1, sizeof(*identity));

    if (!identity) {
        error_no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < CREDENTIAL_KINDS; i++)
        identity->credentials[i].content = BUFFER_INIT(CREDENTIAL_BYTES_MAX);
    identity->server = strdup(server);
    identity->namespace = strdup(namespace);
    if (!identity->server || !identity->namespace) {
        error_no_memory(err);
        kube_identity_free(identity);
        return NULL;
    }
    return identity;
}

void kube_identity_free(struct kube_identity *identity)
{
    if (!identity)
        return;
    for (size_t i = 0; i < CREDENTIAL_KINDS; i++) {
        wipe(&identity->credentials[i].content);
        free(identity->credentials[i].path);
    }
    free(identity->server);
    free(identity->namespace);
    free(identity);
}

const char *kube_identity_server(const struct kube_identity *identity)
{
    return identity->server;
}

const char *kube_identity_namespace(const struct kube_identity *identity)
{
    return identity->namespace;
}

static const char *content_of(const struct kube_identity *identity, enum credential_kind kind)
{
    const struct buffer *content = &identity->credentials[kind].content;

    return content->len > 0 ? content->data : NULL;
}

struct kube_credentials kube_identity_credentials(struct kube_identity *identity)
{
    for (int kind = 0; kind < CREDENTIAL_KINDS; kind++)
        refresh(&identity->credentials[kind], (enum credential_kind)kind);
    return (struct kube_credentials){
        .ca_pem = content_of(identity, CREDENTIAL_CA),
        .client_cert_pem = content_of(identity, CREDENTIAL_CERT),
        .client_key_pem = content_of(identity, CREDENTIAL_KEY),
        .token = content_of(identity, CREDENTIAL_TOKEN),
    };
}

bool kube_identity_reread_token(struct kube_identity *identity)
{
    struct credential *token = &identity->credentials[CREDENTIAL_TOKEN];
    CLEANUP(wipe) struct buffer before = BUFFER_INIT(CREDENTIAL_BYTES_MAX);
    struct error err = {0};

    if (!token->path || buffer_append(&before, buffer_text(&token->content), token->content.len) < 0)
        return false;
    if (read_credential(token, CREDENTIAL_TOKEN, &err) < 0)
        return false; /* the caller tells of the 401 */
    return strcmp(buffer_text(&before), buffer_text(&token->content)) != 0;
}

/* --- in a pod --- */

bool kube_identity_in_pod(void)
{
    const char *host = secure_getenv("KUBERNETES_SERVICE_HOST");

    return host && host[0] != '\0';
}

static int pod_server(const struct kube_pod *pod, struct buffer *out, struct error *err)
{
    const char *host = pod->host ? pod->host : secure_getenv("KUBERNETES_SERVICE_HOST");
    const char *port = pod->port ? pod->port : secure_getenv("KUBERNETES_SERVICE_PORT");

    if (!host || !port || host[0] == '\0' || port[0] == '\0')
        return error_set(err, ERROR_NOT_FOUND,
                         "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; give a kubeconfig");
    if (strspn(port, "0123456789") != strlen(port) || strlen(port) > 5)
        return error_set(err, ERROR_INVALID, "KUBERNETES_SERVICE_PORT is not a port number");
    if (strspn(host, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-%") != strlen(host))
        return error_set(err, ERROR_INVALID, "KUBERNETES_SERVICE_HOST is not a host");
    (void)buffer_printf(out, strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port); /* IPv6 in brackets */
    return buffer_failed(out) ? error_set(err, ERROR_LIMIT, "KUBERNETES_SERVICE_HOST is too long") : 0;
}

struct pod_paths {
    char *token, *ca, *namespace;
};

static void pod_paths_clear(struct pod_paths *paths)
{
    free(paths->token);
    free(paths->ca);
    free(paths->namespace);
}

static int pod_paths_make(const char *folder, struct pod_paths *out, struct error *err)
{
    CLEANUP(pod_paths_clear) struct pod_paths paths = {0};

    if (asprintf(&paths.token, "%s/token", folder) < 0)
        paths.token = NULL;
    if (asprintf(&paths.ca, "%s/ca.crt", folder) < 0)
        paths.ca = NULL;
    if (asprintf(&paths.namespace, "%s/namespace", folder) < 0)
        paths.namespace = NULL;
    if (!paths.token || !paths.ca || !paths.namespace)
        return error_no_memory(err);
    *out = paths;
    paths = (struct pod_paths){0};
    return 0;
}

struct kube_identity *kube_identity_new_pod(const struct kube_pod *pod, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer server = BUFFER_INIT(SERVER_TEXT_MAX), namespace = BUFFER_INIT(NAMESPACE_TEXT_MAX);
    CLEANUP(pod_paths_clear) struct pod_paths paths = {0};
    struct kubeconfig_source token = {0}, ca = {0};
    struct error no_namespace = {0};
    struct kube_identity *identity;

    if (pod_server(pod, &server, err) < 0 || pod_paths_make(pod->folder ? pod->folder : pod_folder, &paths, err) < 0)
        return NULL;
    /* Not every pod spec projects it; then the configuration has to say the namespace. */
    if (file_read_secret(paths.namespace, &namespace, &no_namespace) < 0)
        buffer_reset(&namespace);
    token.path = paths.token;
    ca.path = paths.ca;
    identity = identity_new(buffer_text(&server), buffer_text(&namespace), err);
    if (!identity)
        return NULL;
    if (set_credential(identity, CREDENTIAL_TOKEN, &token, err) < 0 || set_credential(identity, CREDENTIAL_CA, &ca, err) < 0) {
        error_wrap(err, "ServiceAccount of this pod (is automountServiceAccountToken off?)");
        kube_identity_free(identity);
        return NULL;
    }
    return identity;
}

/* --- by a kubeconfig --- */

/* base/http.h has no way to connect to one name and verify another, so a name that differs is refused here. */
static int check_tls_name(const struct kubeconfig *config, struct error *err)
{
    const char *host = strstr(config->server, "://") + 3;
    size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/");

    if (!config->tls_server_name || (strlen(config->tls_server_name) == len && strncasecmp(config->tls_server_name, host, len) == 0))
        return 0;
    return error_set(err, ERROR_INVALID,
                     "tls-server-name: a name other than the server's host is not supported; write the server with the name "
                     "that its certificate has");
}

static int fill_from_kubeconfig(struct kube_identity *identity, const struct kubeconfig *config, struct error *err)
{
    const struct {
        enum credential_kind kind;
        const struct kubeconfig_source *source;
        const char *key;
    } rows[] = {
        {CREDENTIAL_CA, &config->ca, "certificate-authority"},
        {CREDENTIAL_CERT, &config->client_cert, "client-certificate"},
        {CREDENTIAL_KEY, &config->client_key, "client-key"},
        {CREDENTIAL_TOKEN, &config->token, "tokenFile"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (set_credential(identity, rows[i].kind, rows[i].source, err) < 0)
            return error_wrap(err, "context %s: %s", config->context, rows[i].key);
    return 0;
}

static struct kube_identity *from_kubeconfig(const struct kubeconfig *config, struct error *err)
{
    struct kube_identity *identity;

    if (check_tls_name(config, err) < 0) {
        error_wrap(err, "context %s", config->context);
        return NULL;
    }
    identity = identity_new(config->server, config->namespace, err);
    if (!identity)
        return NULL;
    if (fill_from_kubeconfig(identity, config, err) < 0) {
        kube_identity_free(identity);
        return NULL;
    }
    return identity;
}

struct kube_identity *kube_identity_new_kubeconfig(const char *path, const char *context, struct error *err)
{
    CLEANUP(wipe) struct buffer text = BUFFER_INIT(KUBECONFIG_BYTES_MAX);
    CLEANUP(buffer_clear) struct buffer folder = BUFFER_INIT(strlen(path) + 1);
    CLEANUP(kubeconfig_clear) struct kubeconfig config = {0};
    struct kubeconfig_choice choice = {.context = context};
    const char *slash = strrchr(path, '/');
    struct kube_identity *identity;

    (void)buffer_append(&folder, path, slash ? (size_t)(slash - path) : 0);
    if (slash == path)
        (void)buffer_add_char(&folder, '/');
    if (buffer_failed(&folder)) { /* its files would be looked for elsewhere */
        (void)error_no_memory(err);
        return NULL;
    }
    choice.folder = buffer_text(&folder);
    if (file_read(path, &text, err) < 0) {
        error_wrap(err, "kubeconfig");
        return NULL;
    }
    if (kubeconfig_read(buffer_text(&text), text.len, &choice, &config, err) < 0) {
        error_wrap(err, "kubeconfig %s", path);
        return NULL;
    }
    identity = from_kubeconfig(&config, err);
    if (!identity)
        error_wrap(err, "kubeconfig %s", path);
    return identity;
}
