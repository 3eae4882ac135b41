/* What is left of a process that has given its rights up: each row in a child of its own, since there is no way back. */
#include "adapter/confinement.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "test/unit/run.h"
#include "test/unit/adapter/suites.h"

enum { PATH_BYTES = 64, NO_LANDLOCK = 250, NOT_AS_EXPECTED = 251 };

static char top[PATH_BYTES / 2], secrets[PATH_BYTES], history[PATH_BYTES], elsewhere[PATH_BYTES];

static int result_of(long result)
{
    return result < 0 ? errno : 0;
}

static int open_in(const char *folder, int flags)
{
    char path[2 * PATH_BYTES];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, flags & O_CREAT ? "new" : "file");
    fd = open(path, flags | O_CLOEXEC, 0600);
    return result_of(fd);
}

/* --- what is tried: 0, or the errno --- */

static int start_program(void)
{
    char *const none[] = {NULL};

    return result_of(execve("/bin/true", none, none));
}

static int fork_once(void)
{
    return result_of(fork());
}

static int trace(void)
{
    return result_of(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int map_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? errno : 0;
}

static int turn_into_code(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page == MAP_FAILED ? NOT_AS_EXPECTED : result_of(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int raw_socket(void)
{
    return result_of(socket(AF_PACKET, SOCK_RAW, 0));
}

static int signal_parent(void)
{
    return result_of(kill(getppid(), 0));
}

static int become_somebody(void)
{
    return result_of(setuid(12345));
}

static int change_root(void)
{
    return result_of(chroot("/"));
}

static int read_secret(void)
{
    return open_in(secrets, O_RDONLY);
}

static int write_secret(void)
{
    return open_in(secrets, O_WRONLY);
}

static int make_in_secrets(void)
{
    return open_in(secrets, O_WRONLY | O_CREAT);
}

static int write_history(void)
{
    return open_in(history, O_RDWR | O_CREAT);
}

static int read_elsewhere(void)
{
    return open_in(elsewhere, O_RDONLY);
}

static int make_elsewhere(void)
{
    return open_in(elsewhere, O_WRONLY | O_CREAT);
}

static int remove_elsewhere(void)
{
    char path[2 * PATH_BYTES];

    (void)snprintf(path, sizeof(path), "%s/file", elsewhere);
    return result_of(unlink(path));
}

static void *do_nothing(void *unused UNUSED)
{
    return NULL;
}

static int start_thread(void)
{
    pthread_t thread;
    int result = pthread_create(&thread, NULL, do_nothing, NULL);

    return result != 0 ? result : pthread_join(thread, NULL);
}

static int resolve(void)
{
    struct addrinfo *found = NULL;
    int result = getaddrinfo("localhost", "443", NULL, &found);

    if (found)
        freeaddrinfo(found);
    return result == 0 ? 0 : NOT_AS_EXPECTED;
}

static int listen_on_loopback(void)
{
    const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd < 0 ? errno : result_of(bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ? -1 : listen(fd, 1));
}

static const struct {
    const char *name;
    int (*act)(void);
    int expected;
    bool by_landlock; /* seccomp alone would let it pass */
} rows[] = {
    {"start a program", start_program, EPERM, false},
    {"fork", fork_once, EPERM, false},
    {"be traced", trace, EPERM, false},
    {"memory that is code", map_code, EPERM, false},
    {"memory that becomes code", turn_into_code, EPERM, false},
    {"a raw socket", raw_socket, EPERM, false},
    {"a signal to somebody else", signal_parent, EPERM, false},
    {"another user", become_somebody, EPERM, false},
    {"another root", change_root, EPERM, false},
    {"read where the configuration points", read_secret, 0, false},
    {"write there", write_secret, EACCES, true},
    {"make a file there", make_in_secrets, EACCES, true},
    {"write the history", write_history, 0, false},
    {"read elsewhere", read_elsewhere, EACCES, true},
    {"make a file elsewhere", make_elsewhere, EACCES, true},
    {"remove a file elsewhere", remove_elsewhere, EACCES, true},
    {"start a thread", start_thread, 0, false},
    {"resolve a name", resolve, 0, false},
    {"listen", listen_on_loopback, 0, false},
};

/* --- the world --- */

static void make_folder(const char *name, char out[PATH_BYTES])
{
    char path[2 * PATH_BYTES];
    int fd;

    (void)snprintf(out, PATH_BYTES, "%s/%s", top, name);
    ck_assert_int_eq(mkdir(out, 0700), 0);
    (void)snprintf(path, sizeof(path), "%s/file", out);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
}

static void make_world(void)
{
    (void)snprintf(top, sizeof(top), "/tmp/confinement-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(top));
    make_folder("secrets", secrets);
    make_folder("history", history);
    make_folder("elsewhere", elsewhere);
    log_setup(LOG_ERROR, LOG_TEXT);
}

static void remove_world(void)
{
    static const char *const names[] = {"file", "new"};
    const char *const folders[] = {secrets, history, elsewhere};

    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        for (size_t j = 0; j < ARRAY_LEN(names); j++) {
            char path[2 * PATH_BYTES];

            (void)snprintf(path, sizeof(path), "%s/%s", folders[i], names[j]);
            (void)unlink(path);
        }
        (void)rmdir(folders[i]);
    }
    (void)rmdir(top);
}

static int exit_code_of(pid_t child)
{
    int status = 0;

    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "the child ended by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* Once, in a child. */
static bool has_landlock(void)
{
    pid_t child = fork();
    struct error err = {0};

    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(confine_files(NULL, 0, 0, &err) == 0);
    return exit_code_of(child) == 1;
}

static int confined(int row)
{
    const struct confinement_folder folders[] = {{secrets, false}, {history, true}};
    struct error err = {0};
    bool has_landlock = confine_files(folders, ARRAY_LEN(folders), 0, &err) == 0;

    if (rows[row].by_landlock && !has_landlock)
        return NO_LANDLOCK;
    if (confine_calls(true, &err) < 0)
        return NOT_AS_EXPECTED;
    return rows[row].act();
}

START_TEST(confined_process)
{
    pid_t child;
    int got;

    if (!CONFINEMENT) { /* with sanitizers and the like: then it must say so */
        struct error err = {0};

        ck_assert_int_lt(confine_calls(true, &err), 0);
        ck_assert_str_eq(err.text, "not in this build");
        return;
    }
    child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(confined(_i));
    got = exit_code_of(child);
    if (got == NO_LANDLOCK)
        (void)fprintf(stderr, "%s: not tried, this kernel has no Landlock\n", rows[_i].name);
    else
        ck_assert_msg(got == rows[_i].expected, "%s: errno %d, expected %d", rows[_i].name, got, rows[_i].expected);
}
END_TEST

/* --- which files a configuration may name later --- */

static char *file_in(const char *folder, const char *name)
{
    char *path = NULL;

    ck_assert_int_ge(asprintf(&path, "%s/%s", folder, name), 0);
    return path;
}

/* The history is the node groups', or else that of the queues alone. */
static int configuration_child(const char *token_folder, const char *history_folder, bool of_groups)
{
    char *own = file_in(secrets, "file"), *next_token = file_in(token_folder, "other"), *next_history = file_in(history_folder, "h.db");
    char none[] = "";
    struct config config = {.coder = {.token_file = own, .ca_file = none}, .serving = {.cert_file = none, .key_file = none}};
    struct confinement_needs needs = {.config = &config, .config_path = own};
    struct confinement *confinement;
    struct error err = {0};
    int status;

    config.node_groups.on = of_groups;
    config.coder.keep_history = !of_groups;
    config.node_groups.history.path = file_in(history, "h.db");
    confinement = confinement_new(&needs, &err);
    if (!confinement || confinement_covers(confinement, &config, &err) < 0) /* nothing was given up yet */
        return NOT_AS_EXPECTED;
    confinement_enter(confinement);
    config.coder.token_file = next_token;
    config.node_groups.history.path = next_history;
    status = confinement_covers(confinement, &config, &err);
    return status == 0 ? 0 : strstr(err.text, "needs a restart") ? 1 : NOT_AS_EXPECTED;
}

static const struct {
    const char *name, *token, *history;
    int refused;
    bool of_queues;
} reloads[] = {
    {"other files in the same folders", secrets, history, 0},
    {"a token elsewhere", elsewhere, history, 1},
    {"a history elsewhere", secrets, elsewhere, 1},
    {"a history where only reading is allowed", secrets, secrets, 1},
    {"another history of queues alone", secrets, history, 0, true},
    {"one elsewhere", secrets, elsewhere, 1, true},
    {"a folder that is not there, below one that is known", "missing", history, 1},
};

START_TEST(configuration_names_other_files)
{
    int got, expected = has_landlock() ? reloads[_i].refused : 0; /* without it every file can be reached, and nothing is refused */
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(configuration_child(reloads[_i].token, reloads[_i].history, !reloads[_i].of_queues));
    got = exit_code_of(child);
    ck_assert_msg(got == expected, "%s: %d, expected %d", reloads[_i].name, got, expected);
}
END_TEST

Suite *confinement_suite(void)
{
    Suite *suite = suite_create("confinement");
    TCase *native = tcase_create("confinement");

    tcase_add_checked_fixture(native, make_world, remove_world);
    NATIVE_ONLY(native, "a confined process, and valgrind has files and calls of its own");
    tcase_add_loop_test(native, confined_process, 0, ARRAY_LEN(rows));
    tcase_add_loop_test(native, configuration_names_other_files, 0, ARRAY_LEN(reloads));
    suite_add_tcase(suite, native);
    return suite;
}
