#include "emulator/demo_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/file.h"
#include "emulator/demo_workshop.h"

enum { LOG_MAX = 4 * 1024 * 1024, LOG_TAIL_LINES = 8, CONFIG_MAX = 8192 };

static const char config_text[] = "apiVersion: coder-metrics-adapter/v1\n"
                                  "kind: Config\n"
                                  "serving:\n"
                                  "  address: 127.0.0.1\n"
                                  "  port: %d\n"
                                  "  certFile: %s\n"
                                  "  keyFile: %s\n"
                                  "  authentication: none\n"
                                  "  shutdownGrace: 0s\n"
                                  "coder:\n"
                                  "  url: http://127.0.0.1:%d\n"
                                  "  tokenFile: %s\n"
                                  "  pollInterval: 1s\n"
                                  "queues:\n"
                                  "  - name: default\n"
                                  "    organization: default\n"
                                  "    tags: {}\n"
                                  "    namespace: coder\n"
                                  "    workload: {kind: Deployment, name: coder-provisioner-default}\n"
                                  "    replicas: {min: %d, max: %d}\n";

static int fail_errno(const char *doing, const char *path, struct error *err)
{
    char why[128];

    return error_set(err, ERROR_IO, "%s %s: %s", doing, path, strerror_r(errno, why, sizeof(why)));
}

static void name_file(const struct demo_folder *folder, const char *name, char out[DEMO_PATH_MAX])
{
    (void)snprintf(out, DEMO_PATH_MAX, "%s/%s", folder->path, name);
}

int demo_folder_make(struct demo_folder *out, struct error *err)
{
    const char *parent = secure_getenv("TMPDIR");
    struct demo_folder folder = {0};
    int len = snprintf(folder.path, sizeof(folder.path), "%s/coder-emulator-demo.XXXXXX", parent && *parent ? parent : "/tmp");

    if (len < 0 || (size_t)len >= sizeof(folder.path))
        return error_set(err, ERROR_LIMIT, "TMPDIR is longer than %zu bytes", sizeof(folder.path) - 1);
    if (!mkdtemp(folder.path))
        return fail_errno("make", folder.path, err);
    name_file(&folder, "token", folder.token);
    name_file(&folder, "tls.crt", folder.certificate);
    name_file(&folder, "tls.key", folder.key);
    name_file(&folder, "adapter.yaml", folder.config);
    name_file(&folder, "adapter.log", folder.log);
    *out = folder;
    return 0;
}

void demo_folder_remove(struct demo_folder *folder)
{
    const char *files[] = {folder->token, folder->certificate, folder->key, folder->config, folder->log};

    if (*folder->path == '\0')
        return;
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        (void)unlink(files[i]); /* some may not have been written yet */
    (void)rmdir(folder->path);
    *folder = (struct demo_folder){0};
}

int demo_write_file(const char *path, const char *text, size_t len, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t written;

    if (fd < 0)
        return fail_errno("create", path, err);
    written = write(fd, text, len);
    if (close(fd) < 0 || written != (ssize_t)len)
        return fail_errno("write", path, err);
    return 0;
}

int demo_write_config(const struct demo_folder *folder, int coder_port, int serving_port, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(CONFIG_MAX);

    if (buffer_printf(&text, config_text, serving_port, folder->certificate, folder->key, coder_port, folder->token, DEMO_REPLICAS_MIN,
                      DEMO_REPLICAS_MAX) < 0)
        return error_no_memory(err);
    return demo_write_file(folder->config, buffer_text(&text), text.len, err);
}

void demo_read_log_tail(const struct demo_folder *folder, struct buffer *out)
{
    CLEANUP(buffer_clear) struct buffer log = BUFFER_INIT(LOG_MAX);
    struct error err = {0};
    size_t start, lines = 0;

    if (file_read(folder->log, &log, &err) < 0)
        return; /* it has not said anything */
    for (start = log.len; start > 0; start--)
        if (log.data[start - 1] == '\n' && start < log.len && ++lines == LOG_TAIL_LINES)
            break;
    while (start < log.len) {
        size_t len = strcspn(log.data + start, "\n");

        (void)buffer_add_text(out, "  ");
        escape_controls(out, log.data + start, len);
        (void)buffer_add_text(out, "\n");
        start += len + 1;
    }
}
