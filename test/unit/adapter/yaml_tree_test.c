/* yaml_tree_test.c - hostile files: each is refused with its place, none is a crash. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/config.h"
#include "adapter/yaml_tree.h"
#include "base/file.h"
#include "test/unit/adapter/config_expect.h"
#include "test/unit/run.h"
#include "test/unit/adapter/suites.h"

#define TEXT(literal) (literal), sizeof(literal) - 1
static const struct {
    const char *text;
    size_t len;
    const char *told;
} cases[] = {
    /* nothing */
    {TEXT(""), "1:1: the file is empty; want at least coder.url and coder.tokenFile\n"},
    {TEXT("# only a comment\n"), "1:1: the file is empty; want at least coder.url and coder.tokenFile\n"},
    {TEXT("---\n"), "1:1: the file is empty; want at least coder.url and coder.tokenFile\n"},
    {TEXT("null\n"), "1:1: the file is empty; want at least coder.url and coder.tokenFile\n"},
    /* no map */
    {TEXT("hello\n"), "1:1: text is wrong here; want a map of keys\n"},
    {TEXT("\n- a\n"), "2:1: a list is wrong here; want a map of keys\n"},
    {TEXT("!x hello\n"), "1:1: tags (!) are not supported; leave the tag out\n"},
    /* characters */
    {TEXT("coder:\n  url: \"a\0b\"\n"), "2:10: control character 0x00; only text is allowed\n"},
    {TEXT("coder: \x01\n"), "1:8: control character 0x01; only text is allowed\n"},
    {TEXT("a: b\nc: 7\xc2\x91\n"), "2:5: control character 0x91; only text is allowed\n"},
    {TEXT("# \xef\xbf\xbe\n"), "1:3: control character 0xfffe; only text is allowed\n"},
    {TEXT("a: b\nc: \xff\n"), "2:4: byte 0xff is not UTF-8; save the file as UTF-8\n"},
    {TEXT("c: \xc3\xa5 \xc0\xaf\n"), "1:6: byte 0xc0 is not UTF-8; save the file as UTF-8\n"},
    {TEXT("\xff\xfe"
          "a\0:\0"),
     "1:1: byte 0xff is not UTF-8; save the file as UTF-8\n"},
    {TEXT(CODER "a: \"\\0\"\n"), "2:1: a: unknown key; known here: apiVersion, kind, serving, coder, queues, guidelines, workshops, "
                                 "workshopNamespaces, timeZone, confined, nodeGroups\n"},
    {TEXT(CODER "\"a\\0\": 1\n"), "2:1: a key must be plain text\n"},
    /* syntax */
    {TEXT("serving:\n\tport: 1\n"), "2:1: serving: a tab; indent with blanks\n"},
    {TEXT("serving: {port: 1\n"), "2:1: not YAML: while parsing a flow mapping: did not find expected ',' or '}'\n"},
    {TEXT("a: 'b\n"), "2:1: not YAML: while scanning a quoted scalar: found unexpected end of stream\n"},
    {TEXT("a: b: c\n"), "1:5: not YAML: mapping values are not allowed in this context\n"},
    {TEXT("queues: [{name: a, namespace: *}]\n"), "1:32: queues: a value that begins with * needs quotes: \"*\"\n"},
    {TEXT("a: @b\n"), "1:4: not YAML: while scanning for the next token: found character that cannot start any token\n"},
    {TEXT("a: b\n c: d\n"), "2:3: not YAML: mapping values are not allowed in this context\n"},
    /* features */
    {TEXT(CODER "---\na: b\n"), "2:1: a second document begins here; one file is one document\n"},
    {TEXT("%YAML 1.1\n---\na: b\n"), "1:1: directives (%) are not supported; leave them out\n"},
    {TEXT("%TAG ! x:\n---\na: b\n"), "1:1: directives (%) are not supported; leave them out\n"},
    {TEXT("? {a: b}\n: c\n"), "1:3: a key must be plain text\n"},
    {TEXT("[a]: b\n"), "1:1: a key must be plain text\n"},
    {TEXT("&k a: b\n"), "1:1: a key must be plain text, without an anchor (&) or a tag (!)\n"},
    {TEXT("a: &x [*x, *x]\nb: *x\n*x : c\n"), "1:4: a: anchors (&) and aliases (*) are not supported; write the value out\n"
                                              "1:8: a[0]: anchors (&) and aliases (*) are not supported; write the value out\n"
                                              "1:12: a[1]: anchors (&) and aliases (*) are not supported; write the value out\n"
                                              "2:4: b: anchors (&) and aliases (*) are not supported; write the value out\n"
                                              "3:1: a key must be plain text\n"},
    /* depth: sixteen are read, not seventeen */
    {TEXT(CODER "timeZone: [[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]\n"),
     "2:11: timeZone: a list is wrong here; want an IANA time zone, like Europe/Stockholm\n"},
    {TEXT(CODER "timeZone: [[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]\n"),
     "2:26: timeZone[0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested too deep; at most 16 levels\n"},
};

START_TEST(hostile_case)
{
    expect_told(cases[_i].text, cases[_i].len, cases[_i].told);
}
END_TEST

/* ---- Sizes ---- */

static const struct {
    const char *before, *again;
    size_t times;
    const char *told;
} sizes[] = {
    {"coder: ", "[", 500000, "1:23: coder[0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested too deep; at most 16 levels\n"},
    {"", "{", 500000, "1:2: a key must be plain text\n"},
    {"", "- ", 500000, "1:33: [0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested too deep; at most 16 levels\n"},
    {"a:\n", "- [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]\n", 1025, "1026:3: a: too many entries; at most 1024 in one map or list\n"},
    {"#", "x", 1048576, ": 1048577 bytes; at most 1 MiB is read\n"},
    {"#", "x", 1048575, "1:1: the file is empty; want at least coder.url and coder.tokenFile\n"},
};

START_TEST(size_case)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1 << 22);

    (void)buffer_add_text(&text, sizes[_i].before);
    for (size_t i = 0; i < sizes[_i].times; i++)
        (void)buffer_add_text(&text, sizes[_i].again);
    ck_assert(!buffer_failed(&text));
    expect_told(buffer_text(&text), text.len, sizes[_i].told);
}
END_TEST

START_TEST(too_many_values)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1 << 20);

    /* 100 lists of 1000 in one: more than 100000 with the lists. */
    for (int i = 0; i < 100; i++) {
        (void)buffer_add_text(&text, "- [");
        for (int j = 0; j < 1000; j++)
            (void)buffer_add_text(&text, "1,");
        (void)buffer_add_text(&text, "]\n");
    }
    expect_told(buffer_text(&text), text.len, "100:1802: [99]: too many values; at most 100000 in one file\n");
}
END_TEST

/* ---- Cut off after every byte, and every byte changed ---- */

static void read_hostile(const char *text, size_t len)
{
    static struct config_mistakes mistakes;
    CLEANUP(config_clear) struct config config = {0};
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(1 << 17);
    char *exact = malloc(len > 0 ? len : 1); /* so that a byte too far is seen by the sanitizer */
    int result;

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, text, len);
    result = config_parse(exact, len, "f", &config, &mistakes);
    config_mistakes_print(&mistakes, &told);
    ck_assert_int_eq(result == 0, told.len == 0);
    ck_assert(!mistakes.no_memory);
    free(exact);
}

START_TEST(cut_off_anywhere)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1 << 16);
    struct error err = {0};

    ck_assert_int_eq(file_read(FIXTURES "/config/design.yaml", &text, &err), 0);
    for (size_t len = 0; len <= text.len; len++)
        read_hostile(text.data, len);
}
END_TEST

START_TEST(any_byte_changed)
{
    static const char hostile[] = "\0\t\n\"'&*!%[]{}:,-#?|> \x80\xff";
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1 << 16);
    struct error err = {0};

    ck_assert_int_eq(file_read(FIXTURES "/config/design.yaml", &text, &err), 0);
    for (size_t i = 0; i < text.len; i++) {
        char kept = text.data[i];

        text.data[i] = hostile[i % (sizeof(hostile) - 1)];
        read_hostile(text.data, text.len);
        text.data[i] = kept;
    }
}
END_TEST

/* A path that is too long is cut; the way down to it may be of any depth that is read. */
START_TEST(a_long_path_is_cut)
{
    enum { STEPS = 10 };
    static const char key[] = "0123456789012345678", cut[] = "...";
    struct tree_node nodes[STEPS + 1] = {{.kind = TREE_MAP}};
    char path[CONFIG_PATH_MAX], wanted[CONFIG_PATH_MAX + sizeof(key)] = "";

    for (size_t i = 1; i <= STEPS; i++) {
        nodes[i] = (struct tree_node){.kind = TREE_MAP, .key = key, .parent = &nodes[i - 1]};
        (void)snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted), "%s%s", i > 1 ? "." : "", key);
        wanted[CONFIG_PATH_MAX - 1] = '\0';
        tree_path(&nodes[i], NULL, path);
        ck_assert_str_eq(path, wanted);
    }
    tree_path(&nodes[STEPS], cut, path); /* there is no place left for it */
    ck_assert_str_eq(path, wanted);
    tree_path(&nodes[1], cut, path);
    ck_assert_str_eq(path, "0123456789012345678....");
    tree_path(&nodes[0], cut, path);
    ck_assert_str_eq(path, cut);
}
END_TEST

START_TEST(only_a_map_has_children)
{
    struct tree_node child = {.kind = TREE_SCALAR, .key = "a", .text = ""}, list = {.kind = TREE_LIST, .first = &child}, map = list;

    map.kind = TREE_MAP;
    ck_assert_ptr_eq(tree_child(&map, "a"), &child);
    ck_assert_ptr_null(tree_child(&map, "b"));
    ck_assert_ptr_null(tree_child(&list, "a"));
}
END_TEST

Suite *yaml_tree_suite(void)
{
    Suite *suite = suite_create("yaml_tree");
    TCase *tcase = tcase_create("all"), *native = tcase_create("native");

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, hostile_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, size_case, 0, ARRAY_LEN(sizes));
    tcase_add_test(tcase, too_many_values);
    tcase_add_test(tcase, a_long_path_is_cut);
    tcase_add_test(tcase, only_a_map_has_children);
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(native, 60);
    NATIVE_ONLY(native, "thousands of rounds");
    tcase_add_test(native, cut_off_anywhere);
    tcase_add_test(native, any_byte_changed);
    suite_add_tcase(suite, native);
    return suite;
}
