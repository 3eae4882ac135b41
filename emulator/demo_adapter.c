#include "emulator/demo_adapter.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STOP_PATIENCE_S = 3, EXEC_FAILED = 127 };

static int fail_errno(const char *doing, const char *what, struct error *err)
{
    char why[128];

    return error_set(err, ERROR_IO, "%s %s: %s", doing, what, strerror_r(errno, why, sizeof(why)));
}

static int find_beside(char out[DEMO_PATH_MAX], struct error *err)
{
    static const char name[] = "coder-metrics-adapter";
    char self[DEMO_PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
    char *slash;

    if (len < 0)
        return fail_errno("read", "/proc/self/exe", err);
    self[len] = '\0';
    slash = strrchr(self, '/');
    if (!slash || (size_t)(slash - self) + sizeof(name) + 1 > DEMO_PATH_MAX)
        return error_set(err, ERROR_LIMIT, "the path of this program is too long; say --adapter PATH");
    slash[1] = '\0';
    (void)snprintf(out, DEMO_PATH_MAX, "%.*s%s", (int)(DEMO_PATH_MAX - sizeof(name)), self, name);
    return 0;
}

int demo_adapter_find(const char *path, char out[DEMO_PATH_MAX], struct error *err)
{
    if (path && strlen(path) >= DEMO_PATH_MAX)
        return error_set(err, ERROR_LIMIT, "the path of --adapter is longer than %d bytes", DEMO_PATH_MAX - 1);
    if (path)
        memcpy(out, path, strlen(path) + 1);
    else if (find_beside(out, err) < 0)
        return -1;
    if (access(out, X_OK) < 0) {
        char why[128];

        return error_set(err, ERROR_NOT_FOUND, "cannot run the adapter %s: %s; run make build, or say --adapter PATH", out,
                         strerror_r(errno, why, sizeof(why)));
    }
    return 0;
}

/* In the child, between fork and exec: only what is safe while the other threads' locks may be held. */
__attribute__((noreturn)) static void become_adapter(char *const *arguments, int log_fd, pid_t parent)
{
    sigset_t none;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before the line above */
        _exit(EXEC_FAILED);
    (void)sigemptyset(&none);
    (void)pthread_sigmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    if (dup2(log_fd, STDOUT_FILENO) >= 0 && dup2(log_fd, STDERR_FILENO) >= 0)
        (void)execv(arguments[0], arguments);
    _exit(EXEC_FAILED);
}

int demo_adapter_start(const char *program, const struct demo_folder *folder, struct demo_adapter *out, struct error *err)
{
    char path[DEMO_PATH_MAX], config[DEMO_PATH_MAX], serve[] = "serve", option[] = "--config";
    char *const arguments[] = {path, serve, option, config, NULL};
    int log_fd = open(folder->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    pid_t parent = getpid(), pid;

    if (log_fd < 0)
        return fail_errno("create", folder->log, err);
    (void)snprintf(path, sizeof(path), "%s", program);
    (void)snprintf(config, sizeof(config), "%s", folder->config);
    pid = fork();
    if (pid == 0)
        become_adapter(arguments, log_fd, parent);
    (void)close(log_fd);
    if (pid < 0)
        return fail_errno("start", program, err);
    out->pid = pid;
    return 0;
}

bool demo_adapter_has_ended(struct demo_adapter *adapter, int *status)
{
    if (adapter->pid == 0 || waitpid(adapter->pid, status, WNOHANG) != adapter->pid)
        return false;
    adapter->pid = 0;
    return true;
}

void demo_adapter_stop(struct demo_adapter *adapter)
{
    const struct timespec patience = {.tv_sec = STOP_PATIENCE_S};
    sigset_t child;
    int status = 0;

    if (adapter->pid == 0)
        return;
    (void)kill(adapter->pid, SIGTERM);
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)sigtimedwait(&child, NULL, &patience);
    if (demo_adapter_has_ended(adapter, &status))
        return;
    (void)kill(adapter->pid, SIGKILL);
    (void)waitpid(adapter->pid, &status, 0);
    adapter->pid = 0;
}

int demo_find_port(int *out, struct error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool found = fd >= 0 && bind(fd, (struct sockaddr *)&address, len) == 0 && getsockname(fd, (struct sockaddr *)&address, &len) == 0;

    if (!found)
        (void)fail_errno("find a free port on", "127.0.0.1", err);
    if (fd >= 0)
        (void)close(fd);
    *out = ntohs(address.sin_port);
    return found ? 0 : -1;
}
