/* file.h - small files from outside: secrets, certificates, configuration.
 *
 * Bounds   read fails with ERROR_LIMIT beyond the buffer's limit; only regular files (through links) are read
 * Change   a file_stamp tells whether a path (behind all links, as Kubernetes swaps ..data) names other content
 *          than when the stamp was taken */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

int file_read(const char *path, struct buffer *out, struct error *err) MUST_CHECK;
/* A secret of one line: blanks and newline at the ends cut; empty or with control characters is an error. */
int file_read_secret(const char *path, struct buffer *out, struct error *err) MUST_CHECK;

struct file_stamp {
    uint64_t device, inode, size;
    int64_t modified_ns;
    bool exists;
};
struct file_stamp file_stamp_of(const char *path);
bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b);

#endif
