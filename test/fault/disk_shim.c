/* disk_shim.c - a disk that fails: preloaded, so that the program under test is the shipped one.
 *
 *   DISK_FAULT=ERRNO:N    the N-th write to a disk, and all after it, fail with ERRNO (EIO, ENOSPC, EROFS)
 *
 * Writes are those that databases make: at an offset, of a file's length, and its way to the disk. */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define EXPORT __attribute__((visibility("default")))

static atomic_long seen;

static int errno_of(const char *text)
{
    static const struct {
        const char *name;
        int number;
    } rows[] = {{"EIO:", EIO}, {"ENOSPC:", ENOSPC}, {"EROFS:", EROFS}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strncmp(text, rows[i].name, strlen(rows[i].name)) == 0)
            return rows[i].number;
    return EINVAL;
}

static bool fails(void)
{
    const char *fault = getenv("DISK_FAULT"); /* NOLINT(concurrency-mt-unsafe): nobody changes it */
    const char *number = fault ? strchr(fault, ':') : NULL;

    if (!number || atomic_fetch_add(&seen, 1) + 1 < strtol(number + 1, NULL, 10))
        return false;
    errno = errno_of(fault);
    return true;
}

/* ISO C knows no conversion of what dlsym gives. */
#define REAL(name, type)                     \
    type real;                               \
    void *symbol = dlsym(RTLD_NEXT, (name)); \
    memcpy(&real, &symbol, sizeof(real))

typedef ssize_t write_at(int fd, const void *data, size_t size, off_t offset);
typedef int of_length(int fd, off_t length);
typedef int of_file(int fd);

EXPORT write_at pwrite, pwrite64;
EXPORT of_length ftruncate, ftruncate64;
EXPORT of_file fsync, fdatasync;

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    REAL("pwrite", write_at *);
    return fails() ? -1 : real(fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    REAL("pwrite64", write_at *);
    return fails() ? -1 : real(fd, data, size, offset);
}

int ftruncate(int fd, off_t length)
{
    REAL("ftruncate", of_length *);
    return fails() ? -1 : real(fd, length);
}

int ftruncate64(int fd, off_t length)
{
    REAL("ftruncate64", of_length *);
    return fails() ? -1 : real(fd, length);
}

int fsync(int fd)
{
    REAL("fsync", of_file *);
    return fails() ? -1 : real(fd);
}

int fdatasync(int fd)
{
    REAL("fdatasync", of_file *);
    return fails() ? -1 : real(fd);
}
