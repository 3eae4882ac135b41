/* demo_folder.h - the demo's own folder: token, certificate, the adapter's configuration and its log; gone at the end.
 *
 * Errors   name the file
 * Owner    {0} / demo_folder_remove */
#ifndef EMULATOR_DEMO_FOLDER_H
#define EMULATOR_DEMO_FOLDER_H

#include "base/buffer.h"
#include "base/error.h"

enum { DEMO_PATH_MAX = 256 };

struct demo_folder {
    char path[DEMO_PATH_MAX / 2]; /* "": not made */
    char token[DEMO_PATH_MAX], certificate[DEMO_PATH_MAX], key[DEMO_PATH_MAX], config[DEMO_PATH_MAX], log[DEMO_PATH_MAX];
};

/* In $TMPDIR or /tmp, for this user only. */
int demo_folder_make(struct demo_folder *out, struct error *err) MUST_CHECK;
void demo_folder_remove(struct demo_folder *folder);
int demo_write_file(const char *path, const char *text, size_t len, struct error *err) MUST_CHECK;
/* A P-256 key and a certificate for 127.0.0.1 that signs itself, both PEM. */
int demo_write_certificate(const struct demo_folder *folder, struct error *err) MUST_CHECK;
int demo_write_config(const struct demo_folder *folder, int coder_port, int serving_port, struct error *err) MUST_CHECK;
/* The last lines of the adapter's log, safe for a terminal. */
void demo_read_log_tail(const struct demo_folder *folder, struct buffer *out);

#endif
