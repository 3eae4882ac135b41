#include "base/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test/unit/base/suites.h"

/* --- a folder for each test --- */

static char folder[64], path[128];

static void make_folder(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/file-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/file", folder);
}

static void remove_folder(void)
{
    static const char *const names[] = {"file", "other", "..data", "one/token", "one", "two/token", "two"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char name[160];

        (void)snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
        if (unlink(name) < 0)
            (void)rmdir(name);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}

static void write_file(const char *name, const void *bytes, size_t len)
{
    FILE *file = fopen(name, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

/* --- reading --- */

static const struct {
    size_t size, limit;
    bool fits;
} sizes[] = {{0, 10, true}, {1, 10, true}, {10, 10, true}, {11, 10, false}, {100000, 100000, true}, {100000, 99999, false}};

START_TEST(size_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(sizes[_i].limit);
    char *bytes = calloc(1, sizes[_i].size + 1);
    struct error err = {0};

    memset(bytes, 'x', sizes[_i].size);
    write_file(path, bytes, sizes[_i].size);
    ck_assert_int_eq(file_read(path, &out, &err), sizes[_i].fits ? 0 : -1);
    if (sizes[_i].fits) {
        ck_assert_uint_eq(out.len, sizes[_i].size);
        ck_assert_str_eq(buffer_text(&out), bytes);
    } else {
        ck_assert_int_eq(err.code, ERROR_LIMIT);
        ck_assert_ptr_nonnull(strstr(err.text, path));
    }
    free(bytes);
}
END_TEST

START_TEST(what_is_no_file)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(100);
    struct error err = {0};
    char other[160];

    ck_assert_int_eq(file_read(path, &out, &err), -1);
    ck_assert_int_eq(err.code, ERROR_IO);
    ck_assert_msg(strstr(err.text, path) && strstr(err.text, "No such file"), "%s", err.text);
    ck_assert_int_eq(file_read(folder, &out, &err), -1);
    ck_assert_msg(strstr(err.text, "not a regular file"), "%s", err.text);
    (void)snprintf(other, sizeof(other), "%s/other", folder);
    ck_assert_int_eq(mkfifo(other, 0600), 0);
    ck_assert_int_eq(file_read(other, &out, &err), -1); /* and does not wait for a writer */
    ck_assert_msg(strstr(err.text, "not a regular file"), "%s", err.text);
    ck_assert_int_eq(file_read("", &out, &err), -1);
}
END_TEST

START_TEST(a_second_read_replaces_the_first)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(100);
    struct error err = {0};

    write_file(path, "a long first text", 17);
    ck_assert_int_eq(file_read(path, &out, &err), 0);
    write_file(path, "b", 1);
    ck_assert_int_eq(file_read(path, &out, &err), 0);
    ck_assert_str_eq(buffer_text(&out), "b");
}
END_TEST

/* --- secrets --- */

static const struct {
    const char *content;
    size_t len;
    const char *secret; /* NULL: refused */
} secrets[] = {
    {"abc", 3, "abc"},
    {"abc\n", 4, "abc"},
    {"abc\r\n", 5, "abc"},
    {" \t abc \n\n", 9, "abc"},
    {"a-b_c.d~/+=", 11, "a-b_c.d~/+="},
    {"x", 1, "x"},
    {"", 0, NULL},
    {"\n", 1, NULL},
    {" \t\r\n", 4, NULL},
    {"a b", 3, NULL},
    {"a\nb\n", 4, NULL},
    {"a\r\nInjected: yes", 16, NULL},
    {"a\0b", 3, NULL},
    {"\0", 1, NULL},
    {"abc\0", 4, NULL},
    {"a\x7f", 2, NULL},
    {"caf\xc3\xa9", 5, NULL},
};

START_TEST(secret_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(100);
    struct error err = {0};

    write_file(path, secrets[_i].content, secrets[_i].len);
    ck_assert_int_eq(file_read_secret(path, &out, &err), secrets[_i].secret ? 0 : -1);
    if (secrets[_i].secret) {
        ck_assert_str_eq(buffer_text(&out), secrets[_i].secret);
        ck_assert_uint_eq(out.len, strlen(secrets[_i].secret));
    } else {
        ck_assert_int_eq(err.code, ERROR_INVALID);
        ck_assert_ptr_nonnull(strstr(err.text, path));
    }
}
END_TEST

/* --- stamps --- */

START_TEST(stamps_tell_changes)
{
    struct file_stamp none = file_stamp_of(path), first, second;

    ck_assert(!none.exists);
    ck_assert(file_stamp_equal(&none, &(struct file_stamp){0}));
    write_file(path, "one", 3);
    first = file_stamp_of(path);
    second = file_stamp_of(path);
    ck_assert(first.exists);
    ck_assert(file_stamp_equal(&first, &second));
    ck_assert(!file_stamp_equal(&first, &none));
    write_file(path, "longer", 6);
    second = file_stamp_of(path);
    ck_assert(!file_stamp_equal(&first, &second));
    ck_assert_int_eq(unlink(path), 0);
    second = file_stamp_of(path);
    ck_assert(file_stamp_equal(&second, &none));
}
END_TEST

static void make_version(const char *name, const char *token)
{
    char text[160];

    (void)snprintf(text, sizeof(text), "%s/%s", folder, name);
    ck_assert_int_eq(mkdir(text, 0700), 0);
    (void)snprintf(text, sizeof(text), "%s/%s/token", folder, name);
    write_file(text, token, strlen(token));
}

/* A mounted Secret: file -> ..data/token, ..data -> one; the kubelet swaps ..data. */
START_TEST(a_secret_that_kubernetes_swaps)
{
    struct file_stamp before, after;
    char data[160], next[160];

    make_version("one", "same");
    make_version("two", "same");
    (void)snprintf(data, sizeof(data), "%s/..data", folder);
    (void)snprintf(next, sizeof(next), "%s/other", folder);
    ck_assert_int_eq(symlink("one", data), 0);
    ck_assert_int_eq(symlink("..data/token", path), 0);
    before = file_stamp_of(path);
    ck_assert_int_eq(symlink("two", next), 0);
    ck_assert_int_eq(rename(next, data), 0);
    after = file_stamp_of(path);
    ck_assert(before.exists && after.exists);
    ck_assert(!file_stamp_equal(&before, &after));
}
END_TEST

Suite *file_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *tcase = tcase_create("file");

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_loop_test(tcase, size_case, 0, ARRAY_LEN(sizes));
    tcase_add_test(tcase, what_is_no_file);
    tcase_add_test(tcase, a_second_read_replaces_the_first);
    tcase_add_loop_test(tcase, secret_case, 0, ARRAY_LEN(secrets));
    tcase_add_test(tcase, stamps_tell_changes);
    tcase_add_test(tcase, a_secret_that_kubernetes_swaps);
    suite_add_tcase(suite, tcase);
    return suite;
}
