#include "adapter/confinement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "kube/kubeconfig.h"

enum { FOLDERS_MAX = 32, KUBECONFIG_BYTES_MOST = 1024 * 1024 };

struct confinement {
    struct confinement_folder folders[FOLDERS_MAX];
    size_t n_folders;
    uint16_t port;
    bool entered; /* files are confined */
};

void confinement_free(struct confinement *confinement)
{
    if (!confinement)
        return;
    for (size_t i = 0; i < confinement->n_folders; i++)
        free(confinement->folders[i].path);
    free(confinement);
}

/* --- folders --- */

static void free_text(char **text)
{
    free(*text);
}

/* The folder of a file, without links; the nearest one above that is there. New; NULL: out of memory. */
static char *folder_of(const char *file)
{
    CLEANUP(free_text) char *path = strdup(file);
    char *slash, *real;

    while (path && (slash = strrchr(path, '/')) != NULL && slash != path) {
        *slash = '\0';
        real = realpath(path, NULL);
        if (real || errno == ENOMEM)
            return real;
    }
    return path ? realpath(path[0] == '/' ? "/" : ".", NULL) : NULL;
}

static bool is_within(const char *folder, const char *above)
{
    size_t len = strlen(above);

    return strncmp(folder, above, len) == 0 && (folder[len] == '/' || folder[len] == '\0' || len == 1);
}

static bool covers(const struct confinement *confinement, const char *file, bool writable)
{
    CLEANUP(free_text) char *folder = folder_of(file);

    for (size_t i = 0; folder && i < confinement->n_folders; i++)
        if (is_within(folder, confinement->folders[i].path) && (!writable || confinement->folders[i].writable))
            return true;
    return false;
}

static int add_folder(struct confinement *confinement, const char *file, bool writable, struct error *err)
{
    char *folder;

    if (covers(confinement, file, writable))
        return 0;
    if (confinement->n_folders == FOLDERS_MAX)
        return error_set(err, ERROR_LIMIT, "the configuration names files in more than %d folders", FOLDERS_MAX);
    folder = folder_of(file);
    if (!folder)
        return error_no_memory(err);
    confinement->folders[confinement->n_folders++] = (struct confinement_folder){folder, writable};
    return 0;
}

/* The file may be a link into another folder. NULL and "": none. */
static int add_file(struct confinement *confinement, const char *file, bool writable, struct error *err)
{
    CLEANUP(free_text) char *real = NULL;

    if (!file || file[0] == '\0')
        return 0;
    real = realpath(file, NULL);
    if (add_folder(confinement, file, writable, err) < 0)
        return -1;
    return real ? add_folder(confinement, real, writable, err) : 0;
}

/* --- what is needed --- */

enum { NAMED_MAX = 8 };

struct named_file {
    const char *path;
    bool writable;
};

static void name_files(const struct config *config, struct named_file out[NAMED_MAX])
{
    const struct config_node_groups *groups = &config->node_groups;
    const struct config_prometheus *prometheus = &groups->usage.prometheus;

    memset(out, 0, NAMED_MAX * sizeof(*out));
    out[0].path = config->serving.cert_file;
    out[1].path = config->serving.key_file;
    out[2].path = config->coder.token_file;
    out[3].path = config->coder.ca_file;
    if (groups->on || config->coder.keep_history)
        out[4] = (struct named_file){groups->history.path, true};
    if (groups->on && prometheus->on) {
        out[5].path = prometheus->token_file;
        out[6].path = prometheus->ca_file;
    }
}

static int add_kubeconfig(struct confinement *confinement, const char *path, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(KUBECONFIG_BYTES_MOST);
    CLEANUP(kubeconfig_clear) struct kubeconfig kubeconfig = {0};
    CLEANUP(free_text) char *folder = folder_of(path);
    const struct kubeconfig_choice choice = {.folder = folder};

    if (!folder)
        return error_no_memory(err);
    if (file_read(path, &text, err) < 0 || kubeconfig_read(buffer_text(&text), text.len, &choice, &kubeconfig, err) < 0 ||
        add_file(confinement, path, false, err) < 0)
        return error_wrap(err, "kubeconfig %s", path);
    return add_file(confinement, kubeconfig.ca.path, false, err) < 0 ||
                   add_file(confinement, kubeconfig.client_cert.path, false, err) < 0 ||
                   add_file(confinement, kubeconfig.client_key.path, false, err) < 0 ||
                   add_file(confinement, kubeconfig.token.path, false, err) < 0
               ? -1
               : 0;
}

/* Who starts us may say where the system's CAs are, as OpenSSL lets them. */
static int add_usual(struct confinement *confinement, struct error *err)
{
    const char *cas = secure_getenv("SSL_CERT_FILE"), *folder = secure_getenv("SSL_CERT_DIR");

    if (add_file(confinement, "/var/run/secrets/kubernetes.io/serviceaccount/token", false, err) < 0 ||
        add_file(confinement, cas, false, err) < 0)
        return -1;
    return add_file(confinement, folder, false, err);
}

static int add_all(struct confinement *confinement, const struct confinement_needs *needs, struct error *err)
{
    struct named_file files[NAMED_MAX];

    name_files(needs->config, files);
    for (size_t i = 0; i < NAMED_MAX; i++)
        if (add_file(confinement, files[i].path, files[i].writable, err) < 0)
            return -1;
    if (add_file(confinement, needs->config_path, false, err) < 0 || add_usual(confinement, err) < 0)
        return -1;
    return needs->kubeconfig && needs->kubeconfig[0] != '\0' ? add_kubeconfig(confinement, needs->kubeconfig, err) : 0;
}

struct confinement *confinement_new(const struct confinement_needs *needs, struct error *err)
{
    CLEANUP(confinement_freep) struct confinement *confinement = calloc(1, sizeof(*confinement));
    struct confinement *made;

    if (!confinement) {
        (void)error_no_memory(err);
        return NULL;
    }
    confinement->port = needs->port;
    if (add_all(confinement, needs, err) < 0)
        return NULL;
    made = confinement;
    confinement = NULL;
    return made;
}

/* --- giving up, and what follows from it --- */

void confinement_enter(struct confinement *confinement)
{
    struct error files = {0}, calls = {0};
    bool writes = false;

    for (size_t i = 0; i < confinement->n_folders; i++)
        writes = writes || confinement->folders[i].writable;
    confinement->entered = confine_files(confinement->folders, confinement->n_folders, confinement->port, &files) == 0;
    if (!confinement->entered)
        log_warn("not confined to its own files", "error", files.text, NULL);
    if (confine_calls(writes, &calls) < 0)
        log_warn("not confined to the system calls it needs", "error", calls.text, NULL);
    else if (confinement->entered)
        log_info("confined to its own files and the system calls it needs", NULL);
}

int confinement_covers(const struct confinement *confinement, const struct config *next, struct error *err)
{
    struct named_file files[NAMED_MAX];

    if (!confinement || !confinement->entered)
        return 0;
    name_files(next, files);
    for (size_t i = 0; i < NAMED_MAX; i++)
        if (files[i].path && files[i].path[0] != '\0' && !covers(confinement, files[i].path, files[i].writable))
            return error_set(err, ERROR_INVALID,
                             "%s is in a folder that the confined process gave up at its start (confined: true), so this needs a restart",
                             files[i].path);
    return 0;
}
