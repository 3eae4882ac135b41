/* confinement_files.c - Landlock. The headers of Debian 12 know only its first version: what came later stands here. */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "adapter/confinement.h"

#if CONFINEMENT

#include <linux/landlock.h>

#define LATER_REFER (UINT64_C(1) << 13)     /* version 2 */
#define LATER_TRUNCATE (UINT64_C(1) << 14)  /* version 3 */
#define LATER_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */
#define LATER_BIND_TCP (UINT64_C(1) << 0)   /* version 4, of the network */

enum { LATER_RULE_NET_PORT = 2, LATER_SCOPE_ABSTRACT_SOCKETS = 1 << 0, LATER_SCOPE_SIGNALS = 1 << 1 };

struct later_ruleset {
    uint64_t files, network, scopes;
};
struct later_port {
    uint64_t allowed, port;
};

static const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t writing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                LATER_TRUNCATE;
static const uint64_t first_version = (UINT64_C(1) << 13) - 1;

/* Of the C library (names, users' time zones, memory), of TLS and of random numbers. */
static const char *const system_folders[] = {
    "/etc",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/sys/devices/system/cpu",
    "/proc/self",
    "/proc/sys/vm/overcommit_memory",
    "/dev/urandom",
    "/dev/random",
    "/dev/null",
};

/* By version: what is asked of a kernel that does not know it is refused whole. */
static const struct {
    size_t size;
    struct later_ruleset more;
} versions[] = {
    {0, {0}},
    {sizeof(uint64_t), {0}},
    {sizeof(uint64_t), {.files = LATER_REFER}},
    {sizeof(uint64_t), {.files = LATER_TRUNCATE}},
    {2 * sizeof(uint64_t), {.network = LATER_BIND_TCP}},
    {2 * sizeof(uint64_t), {.files = LATER_IOCTL_DEV}},
    {3 * sizeof(uint64_t), {.scopes = LATER_SCOPE_ABSTRACT_SOCKETS | LATER_SCOPE_SIGNALS}},
};

static int refuse(const char *what, struct error *err)
{
    char reason[128];

    return error_set(err, ERROR_IO, "Landlock: %s: %s", what, strerror_r(errno, reason, sizeof(reason)));
}

static int make_ruleset(struct later_ruleset *ruleset, struct error *err)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    int fd;

    if (version < 1)
        return refuse("this kernel has none, or it is switched off", err);
    if (version >= (long)ARRAY_LEN(versions))
        version = ARRAY_LEN(versions) - 1;
    *ruleset = (struct later_ruleset){.files = first_version};
    for (long i = 0; i <= version; i++) {
        ruleset->files |= versions[i].more.files;
        ruleset->network |= versions[i].more.network;
        ruleset->scopes |= versions[i].more.scopes;
    }
    fd = (int)syscall(SYS_landlock_create_ruleset, ruleset, versions[version].size, 0);
    return fd >= 0 ? fd : refuse("no rules can be made", err);
}

/* What is not there needs no rule. */
static int allow(int ruleset_fd, const char *path, uint64_t rights, struct error *err)
{
    struct landlock_path_beneath_attr beneath = {.allowed_access = rights, .parent_fd = open(path, O_PATH | O_CLOEXEC)};
    long result = 0;
    int folder;

    if (beneath.parent_fd < 0)
        return 0;
    folder = openat(beneath.parent_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        beneath.allowed_access &= ~(uint64_t)LANDLOCK_ACCESS_FS_READ_DIR; /* a file has no other files */
    else
        (void)close(folder);
    result = syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    (void)close(beneath.parent_fd);
    return result == 0 ? 0 : refuse(path, err);
}

static int add_rules(int fd, const struct later_ruleset *ruleset, const struct confinement_folder *folders, size_t n, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(system_folders); i++)
        if (allow(fd, system_folders[i], reading, err) < 0)
            return -1;
    for (size_t i = 0; i < n; i++)
        if (allow(fd, folders[i].path, (reading | (folders[i].writable ? writing : 0)) & ruleset->files, err) < 0)
            return -1;
    return 0;
}

static int add_port(int fd, const struct later_ruleset *ruleset, uint16_t port, struct error *err)
{
    const struct later_port listening = {.allowed = LATER_BIND_TCP, .port = port};

    if (ruleset->network && syscall(SYS_landlock_add_rule, fd, LATER_RULE_NET_PORT, &listening, 0) < 0)
        return refuse("the port", err);
    return 0;
}

static int put_in_force(int fd, struct error *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_landlock_restrict_self, fd, 0) < 0)
        return refuse("the rules cannot be put in force", err);
    return 0;
}

int confine_files(const struct confinement_folder *folders, size_t n, uint16_t port, struct error *err)
{
    struct later_ruleset ruleset = {0};
    int fd = make_ruleset(&ruleset, err), status = -1;

    if (fd < 0)
        return -1;
    if (add_rules(fd, &ruleset, folders, n, err) == 0 && add_port(fd, &ruleset, port, err) == 0)
        status = put_in_force(fd, err);
    (void)close(fd);
    return status;
}

#else

int confine_files(const struct confinement_folder *folders UNUSED, size_t n UNUSED, uint16_t port UNUSED, struct error *err)
{
    return error_set(err, ERROR_UNAVAILABLE, "not in this build");
}

#endif
