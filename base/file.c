#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* NOLINTNEXTLINE(readability-non-const-parameter): the form that the cleanup attribute wants */
static void close_fd(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

static int fail_errno(struct error *err, const char *doing, const char *path)
{
    char why[128];

    return error_set(err, ERROR_IO, "%s %s: %s", doing, path, strerror_r(errno, why, sizeof(why)));
}

int file_read(const char *path, struct buffer *out, struct error *err)
{
    CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    char piece[16384];
    ssize_t len;

    if (fd < 0 || fstat(fd, &status) < 0)
        return fail_errno(err, "open", path);
    if (!S_ISREG(status.st_mode))
        return error_set(err, ERROR_IO, "open %s: not a regular file", path);
    buffer_reset(out);
    while ((len = read(fd, piece, sizeof(piece))) != 0) {
        if (len < 0 && errno == EINTR)
            continue;
        if (len < 0)
            return fail_errno(err, "read", path);
        if (buffer_append(out, piece, (size_t)len) < 0)
            return out->no_memory ? error_no_memory(err) : error_set(err, ERROR_LIMIT, "read %s: larger than %zu bytes", path, out->limit);
    }
    return 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int file_read_secret(const char *path, struct buffer *out, struct error *err)
{
    size_t start = 0;

    if (file_read(path, out, err) < 0)
        return -1;
    while (out->len > 0 && is_blank(out->data[out->len - 1]))
        out->data[--out->len] = '\0';
    while (start < out->len && is_blank(out->data[start]))
        start++;
    out->len -= start;
    if (out->len == 0)
        return error_set(err, ERROR_INVALID, "read %s: the file is empty", path);
    memmove(out->data, out->data + start, out->len + 1);
    for (size_t i = 0; i < out->len; i++)
        if ((unsigned char)out->data[i] <= 0x20 || (unsigned char)out->data[i] >= 0x7f)
            return error_set(err, ERROR_INVALID, "read %s: a blank or control character inside the secret", path);
    return 0;
}

struct file_stamp file_stamp_of(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0)
        return (struct file_stamp){0};
    return (struct file_stamp){
        .device = status.st_dev,
        .inode = status.st_ino,
        .size = (uint64_t)status.st_size,
        .modified_ns = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec,
        .exists = true,
    };
}

bool file_stamp_equal(const struct file_stamp *a, const struct file_stamp *b)
{
    return a->exists == b->exists && a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified_ns == b->modified_ns;
}
