#include "emulator/demo_adapter.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "test/unit/emulator/suites.h"

START_TEST(a_missing_adapter_is_told)
{
    char program[DEMO_PATH_MAX], *long_path = NULL;
    struct error err = {0};
    char many[DEMO_PATH_MAX + 10];

    ck_assert_int_eq(demo_adapter_find("/nonexistent/adapter", program, &err), -1);
    ck_assert_msg(strstr(err.text, "/nonexistent/adapter") && strstr(err.text, "make build"), "%s", err.text);
    ck_assert_int_eq(demo_adapter_find("/bin/sh", program, &err), 0);
    memset(many, 'x', sizeof(many));
    many[sizeof(many) - 1] = '\0';
    long_path = many;
    ck_assert_int_eq(demo_adapter_find(long_path, program, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
}
END_TEST

/* A folder with a shell script in the place of the adapter. */
struct stage {
    struct demo_folder folder;
    struct demo_adapter adapter;
};

static void stage_clear(struct stage *stage)
{
    demo_adapter_stop(&stage->adapter);
    demo_folder_remove(&stage->folder);
}

static void stage_open(const char *script, struct stage *out)
{
    struct error err = {0};
    sigset_t child;

    *out = (struct stage){0};
    (void)sigemptyset(&child);
    (void)sigaddset(&child, SIGCHLD);
    (void)pthread_sigmask(SIG_BLOCK, &child, NULL);
    ck_assert_int_eq(demo_folder_make(&out->folder, &err), 0);
    ck_assert_int_eq(demo_write_file(out->folder.key, script, strlen(script), &err), 0);
    ck_assert_int_eq(chmod(out->folder.key, 0700), 0);
    ck_assert_msg(demo_adapter_start(out->folder.key, &out->folder, &out->adapter, &err) == 0, "%s", err.text);
}

START_TEST(the_end_of_the_child_is_seen)
{
    CLEANUP(stage_clear) struct stage stage;
    CLEANUP(buffer_clear) struct buffer tail = BUFFER_INIT(4096);
    int status = 0;

    stage_open("#!/bin/sh\necho \"got $1 $2\" >&2\nexit 7\n", &stage);
    for (int i = 0; i < 1000 && !demo_adapter_has_ended(&stage.adapter, &status); i++)
        (void)usleep(10000);
    ck_assert_int_eq(stage.adapter.pid, 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    demo_read_log_tail(&stage.folder, &tail);
    ck_assert_str_eq(buffer_text(&tail), "  got serve --config\n");
}
END_TEST

static const struct {
    const char *script;
    int64_t least_ms, most_ms;
} stop_rows[] = {
    {"#!/bin/sh\necho up\nexec sleep 100\n", 0, 2500},
    {"#!/bin/sh\ntrap '' TERM\necho up\nwhile :; do sleep 1; done\n", 2900, 8000}, /* deaf: killed when patience is over */
};

START_TEST(stop_case)
{
    struct stage stage;
    CLEANUP(buffer_clear) struct buffer tail = BUFFER_INIT(4096);
    int64_t began_ms;
    pid_t pid;

    stage_open(stop_rows[_i].script, &stage);
    pid = stage.adapter.pid;
    /* Not before exec: until then the child has the signal handlers of Check. */
    for (int i = 0; i < 1000 && tail.len == 0; i++) {
        (void)usleep(10000);
        demo_read_log_tail(&stage.folder, &tail);
    }
    began_ms = clock_boot_ms();
    stage_clear(&stage);
    ck_assert_int_ge(clock_boot_ms() - began_ms, stop_rows[_i].least_ms);
    ck_assert_int_le(clock_boot_ms() - began_ms, stop_rows[_i].most_ms);
    ck_assert(kill(pid, 0) < 0 && errno == ESRCH);
}
END_TEST

Suite *demo_adapter_suite(void)
{
    Suite *suite = suite_create("demo_adapter");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, a_missing_adapter_is_told);
    tcase_add_test(tcase, the_end_of_the_child_is_seen);
    tcase_add_loop_test(tcase, stop_case, 0, ARRAY_LEN(stop_rows));
    suite_add_tcase(suite, tcase);
    return suite;
}
