/* confinement_calls.c - the system calls that are left: what is not in a table here fails with EPERM. */
#include <errno.h>
#include <linux/sockios.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapter/confinement.h"

#if CONFINEMENT

#include <seccomp.h>

enum { PR_SET_VMA_LATER = 0x53564d41 }; /* names of mappings; newer C libraries give them */

/* Whatever their arguments are. Names that an architecture does not have are passed over. */
static const char *const always[] = {
    /* bytes in and out, on what is open */
    "read", "readv", "pread64", "write", "writev", "recvfrom", "recvmsg", "recvmmsg", "sendto", "sendmsg", "sendmmsg", "close",
    "close_range", "lseek", "dup", "dup3", "fcntl", "fadvise64", "flock", "pipe2",
    /* sockets */
    "socketpair", "bind", "listen", "accept", "accept4", "connect", "shutdown", "getsockname", "getpeername", "getsockopt", "setsockopt",
    /* files, as far as Landlock lets us */
    "open", "openat", "openat2", "stat", "fstat", "lstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2",
    "readlink", "readlinkat", "getdents64", "getcwd",
    /* waiting */
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "poll", "ppoll", "select", "pselect6", "eventfd2",
    "timerfd_create", "timerfd_settime", "timerfd_gettime", "signalfd4", "futex", "futex_waitv", "nanosleep", "clock_nanosleep", "pause",
    "restart_syscall", "sched_yield",
    /* memory */
    "munmap", "mremap", "madvise", "brk", "membarrier", "mincore",
    /* threads and signals of our own */
    "set_robust_list", "get_robust_list", "rseq", "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max",
    "sched_get_priority_min", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "rt_sigpending", "sigaltstack", "exit",
    "exit_group",
    /* who, when, how much */
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo", "getrandom", "clock_gettime",
    "clock_getres", "gettimeofday", "time", "getrusage", "getrlimit", "getcpu", "times"};

/* Of the history: SQLite's. */
static const char *const of_writers[] = {"pwrite64", "pwritev", "fsync",    "fdatasync", "ftruncate", "fallocate", "unlink",
                                         "unlinkat", "rename",  "renameat", "renameat2", "fchmod",    "fchown",    "mkdir"};

struct argument_rule {
    const char *call;
    unsigned argument;
    uint64_t mask, value; /* (argument & mask) == value */
};

#define ALL_BITS UINT64_MAX
#define LOW_BITS UINT64_C(0xffffffff)

/* Each row allows its call once more. */
static const struct argument_rule with_arguments[] = {
    {"socket", 0, LOW_BITS, AF_INET},
    {"socket", 0, LOW_BITS, AF_INET6},
    {"socket", 0, LOW_BITS, AF_UNIX},
    {"socket", 0, LOW_BITS, AF_NETLINK}, /* getaddrinfo asks which addresses there are */
    {"mprotect", 2, PROT_EXEC, 0},
    {"mmap", 2, PROT_EXEC, 0},
    {"mmap", 3, MAP_ANONYMOUS, 0}, /* a library that names are resolved with may still be loaded */
    {"clone", 0, CLONE_THREAD, CLONE_THREAD},
    {"ioctl", 1, LOW_BITS, FIONBIO},
    {"ioctl", 1, LOW_BITS, FIONREAD},
    {"ioctl", 1, LOW_BITS, TCGETS},
    {"prctl", 0, LOW_BITS, PR_SET_NAME},
    {"prctl", 0, LOW_BITS, PR_GET_NAME},
    {"prctl", 0, LOW_BITS, PR_SET_VMA_LATER},
    {"prlimit64", 2, ALL_BITS, 0}, /* looking, not setting */
};

static int allow_names(scmp_filter_ctx filter, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int call = seccomp_syscall_resolve_name(names[i]);

        if (call != __NR_SCMP_ERROR && seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) < 0)
            return -1;
    }
    return 0;
}

static int allow_arguments(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < ARRAY_LEN(with_arguments); i++) {
        const struct argument_rule *row = &with_arguments[i];
        const struct scmp_arg_cmp condition = {row->argument, SCMP_CMP_MASKED_EQ, row->mask, row->value};
        int call = seccomp_syscall_resolve_name(row->call);

        if (call != __NR_SCMP_ERROR && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition) < 0)
            return -1;
    }
    return 0;
}

static int add_rules(scmp_filter_ctx filter, bool writes_files)
{
    const struct scmp_arg_cmp ourselves = {0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0};

    if (allow_names(filter, always, ARRAY_LEN(always)) < 0 || allow_arguments(filter) < 0)
        return -1;
    if (writes_files && allow_names(filter, of_writers, ARRAY_LEN(of_writers)) < 0)
        return -1;
    /* abort() must still end us. The C library falls back to clone, whose flags can be looked at, when there is no clone3. */
    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &ourselves) < 0 ||
                   seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) < 0
               ? -1
               : 0;
}

int confine_calls(bool writes_files, struct error *err)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int status = -1;

    if (filter && seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && add_rules(filter, writes_files) == 0)
        status = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    return status == 0 ? 0 : error_set(err, ERROR_IO, "seccomp: no filter can be put in force here");
}

#else

int confine_calls(bool writes_files UNUSED, struct error *err)
{
    return error_set(err, ERROR_UNAVAILABLE, "not in this build");
}

#endif
