/* config_watch_test.c - a ConfigMap whose ..data link is swapped, and plain files that are written, broken, removed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapter/config_watch.h"

#include "test/unit/adapter/suites.h"

enum { LOOK_MS = 5, DEADLINE_MS = 10000, ROUNDS = 4 };

struct scene {
    struct loop *loop;
    struct config_watch *watch;
    char directory[64], path[96];
    size_t round;
    int calls;
};

/* What the file becomes in each round, and what must come of it. */
static const struct {
    const char *text; /* NULL: the file is removed */
    int64_t port;     /* 0: an error */
    const char *told;
} rounds[ROUNDS] = {
    {"coder: {url: http://c, tokenFile: t}\nserving: {port: 1001}\n", 1001, NULL},
    {"coder: {url: http://c, tokenFile: t}\nserving: {port: x}\n", 0, "config.yaml:2:17: serving.port: x is wrong; want a whole number"},
    {NULL, 0, "No such file or directory"},
    {"coder: {url: http://c, tokenFile: t}\nserving: {port: 1002}\n", 1002, NULL},
};

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

/* As the kubelet does it: a new directory, and the link ..data moved onto it in one step. */
static void swap_data(const struct scene *scene, const char *text)
{
    char version[32], path[160], from[96], to[96];

    (void)snprintf(version, sizeof(version), "..v%zu", scene->round);
    (void)snprintf(path, sizeof(path), "%s/%s", scene->directory, version);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    if (text) {
        (void)snprintf(path, sizeof(path), "%s/%s/config.yaml", scene->directory, version);
        write_text(path, text);
    }
    (void)snprintf(from, sizeof(from), "%s/..tmp", scene->directory);
    (void)snprintf(to, sizeof(to), "%s/..data", scene->directory);
    ck_assert_int_eq(symlink(version, from), 0);
    ck_assert_int_eq(rename(from, to), 0);
}

static void on_changed(void *context, struct config *take, const struct config_mistakes *mistakes, const struct error *err)
{
    struct scene *scene = context;
    size_t round = scene->round;

    ck_assert_uint_lt(round, ROUNDS);
    if (rounds[round].told) {
        ck_assert_ptr_null(take);
        ck_assert_msg(strstr(err->text, rounds[round].told) != NULL, "%s", err->text);
        ck_assert_uint_eq(mistakes->len, rounds[round].text ? 1 : 0);
    } else {
        ck_assert_msg(take != NULL, "%s", err->text);
        ck_assert_int_eq(take->serving.port, rounds[round].port);
    }
    config_free(take);
    scene->calls++;
    if (++scene->round == ROUNDS)
        loop_stop(scene->loop);
    else
        swap_data(scene, rounds[scene->round].text);
}

static void on_deadline(void *context)
{
    struct scene *scene = context;

    ck_abort_msg("the change of round %zu was not seen", scene->round);
}

static void remove_scene(struct scene *scene)
{
    static const char *const names[] = {"config.yaml", "..data"};
    char path[160];

    for (size_t i = 0; i <= ROUNDS; i++) {
        (void)snprintf(path, sizeof(path), "%s/..v%zu/config.yaml", scene->directory, i);
        (void)unlink(path);
        (void)snprintf(path, sizeof(path), "%s/..v%zu", scene->directory, i);
        (void)rmdir(path);
    }
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", scene->directory, names[i]);
        (void)unlink(path);
    }
    ck_assert_int_eq(rmdir(scene->directory), 0);
}

START_TEST(config_map_swapped)
{
    struct error err = {0};
    struct scene scene = {.directory = "/tmp/config-watch-XXXXXX", .round = ROUNDS};
    CLEANUP(loop_freep) struct loop *loop = loop_new(&err);
    struct config_watch_options options = {.interval_ms = LOOK_MS, .changed = on_changed, .context = &scene};
    struct loop_timer *deadline;

    ck_assert_ptr_nonnull(loop);
    ck_assert_ptr_nonnull(mkdtemp(scene.directory));
    (void)snprintf(scene.path, sizeof(scene.path), "%s/config.yaml", scene.directory);
    ck_assert_int_eq(symlink("..data/config.yaml", scene.path), 0);
    swap_data(&scene, "coder: {url: http://c, tokenFile: t}\n");

    scene.loop = loop;
    scene.round = 0;
    options.path = scene.path;
    options.seen = file_stamp_of(scene.path);
    swap_data(&scene, rounds[0].text); /* before the watch begins: seen is older, so it counts */
    scene.watch = config_watch_new(loop, &options, &err);
    ck_assert_msg(scene.watch != NULL, "%s", err.text);
    deadline = loop_timer_new(loop, on_deadline, &scene);
    ck_assert_ptr_nonnull(deadline);
    loop_timer_after(deadline, DEADLINE_MS);
    ck_assert_int_eq(loop_run(loop, &err), 0);
    ck_assert_int_eq(scene.calls, ROUNDS);

    loop_timer_free(deadline);
    config_watch_free(scene.watch);
    remove_scene(&scene);
}
END_TEST

Suite *config_watch_suite(void)
{
    Suite *suite = suite_create("config_watch");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, config_map_swapped);
    suite_add_tcase(suite, tcase);
    return suite;
}
