#include "nodegroup/pod_list.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/nodegroup/suites.h"

enum { NAMES = 400, ROUNDS = 5000, LISTS = 8 };

/* --- names --- */

static const struct {
    const char *name, *stem, *ending;
} names[] = {
    {"app-7c9d8f6b5-x7zkq", "app-7c9d8f6b5-", "x7zkq"},
    {"web-0", "web-", "0"},
    {"web-123456", "web-", "123456"},
    {"web-1234567", "web-1234567", ""}, /* does not fit behind the dash */
    {"node-exporter", "node-exporter", ""},
    {"single", "", "single"},
    {"singles", "singles", ""},
    {"web-", "web-", ""},
    {"-", "-", ""},
    {"a.b-c", "a.b-", "c"},
};

static struct pod make_pod(struct pod_shape *shape, char stem[POD_NAME_MAX + 1], const char *namespace, const char *name)
{
    struct pod pod = {.shape = shape};

    (void)snprintf(stem, POD_NAME_MAX + 1, "%.*s", (int)pod_stem_len(name), name);
    (void)snprintf(pod.ending, sizeof(pod.ending), "%s", name + pod_stem_len(name));
    *shape = (struct pod_shape){.namespace = namespace, .stem = stem};
    return pod;
}

START_TEST(name_case)
{
    char stem[POD_NAME_MAX + 1], name[POD_NAME_MAX + 1], longer[POD_NAME_MAX + 1];
    struct pod_shape shape;
    struct pod pod = make_pod(&shape, stem, "coder", names[_i].name);

    ck_assert_str_eq(stem, names[_i].stem);
    ck_assert_str_eq(pod.ending, names[_i].ending);
    ck_assert_str_eq(pod_name(&pod, name), names[_i].name);
    ck_assert(pod_is_named(&pod, "coder", names[_i].name));
    ck_assert(!pod_is_named(&pod, "code", names[_i].name));
    (void)snprintf(longer, sizeof(longer), "%s0", names[_i].name);
    ck_assert(!pod_is_named(&pod, "coder", longer));
    ck_assert(!pod_is_named(&pod, "coder", names[_i].name + 1));
}
END_TEST

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* Each with each: as if the names had never been cut. */
START_TEST(order_is_that_of_the_whole_names)
{
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char stem[POD_NAME_MAX + 1], other_stem[POD_NAME_MAX + 1];
        struct pod_shape shape, other_shape;
        struct pod pod = make_pod(&shape, stem, "b", names[_i].name), other = make_pod(&other_shape, other_stem, "b", names[i].name);

        ck_assert_msg(sign(pod_compare(&pod, &other)) == sign(strcmp(names[_i].name, names[i].name)), "%s, %s", names[_i].name,
                      names[i].name);
    }
}
END_TEST

START_TEST(equal_names_go_by_their_namespaces)
{
    char stem[POD_NAME_MAX + 1], other_stem[POD_NAME_MAX + 1];
    struct pod_shape shape, other_shape;
    struct pod pod = make_pod(&shape, stem, "a", "web-0"), other = make_pod(&other_shape, other_stem, "b", "web-0");

    ck_assert_int_lt(pod_compare(&pod, &other), 0);
    ck_assert_int_gt(pod_compare(&other, &pod), 0);
}
END_TEST

/* --- the list, beside an array that says which names are in it --- */

static struct pod_shape shapes[NAMES];
static char stems[NAMES][POD_NAME_MAX + 1];
static bool there[NAMES];

/* Many of one owner, one name in several namespaces, many without an owner. */
static struct pod pod_of(size_t i)
{
    static const char *const namespaces[] = {"a", "b", "coder"};
    static const char *const forms[][2] = {{"app-7c9d8f6b5-", ""}, {"w-", "-runner"}, {"web-", ""}};
    char name[64];

    (void)snprintf(name, sizeof(name), "%s%zu%s", forms[i % ARRAY_LEN(forms)][0], i / 9, forms[i % ARRAY_LEN(forms)][1]);
    return make_pod(&shapes[i], stems[i], namespaces[i / 3 % ARRAY_LEN(namespaces)], name);
}

static struct pod *find(const struct pod_list *list, size_t i)
{
    const struct pod pod = pod_of(i);
    char name[POD_NAME_MAX + 1];

    return pod_list_find(list, pod.shape->namespace, pod_name(&pod, name));
}

static void same_as_told(const struct pod_list *list)
{
    size_t n = 0;

    for (size_t i = 0; i < NAMES; i++) {
        const struct pod *pod = find(list, i);

        ck_assert_msg((pod != NULL) == there[i], "pod %zu", i);
        ck_assert(!pod || pod->shape == &shapes[i]);
        n += there[i];
    }
    ck_assert_uint_eq(list->len, n);
}

/* Comes when it is not there, else goes. */
static void turn(struct pod_list *list, size_t i)
{
    const struct pod pod = pod_of(i);
    struct pod *known = find(list, i);

    ck_assert((known != NULL) == there[i]);
    if (known)
        pod_list_remove(list, known);
    else
        ck_assert_int_eq(pod_list_add(list, &pod), 0);
    there[i] = !there[i];
}

/* With another secret start each: other collisions, other runs across the end of the slots. */
START_TEST(pods_come_and_go)
{
    CLEANUP(pod_list_clear) struct pod_list list = {0};
    uint32_t chance = (uint32_t)_i + 1;

    memset(there, 0, sizeof(there));
    same_as_told(&list);
    for (size_t i = 0; i < NAMES; i++) /* grows several times */
        turn(&list, i);
    same_as_told(&list);
    for (size_t i = 0; i < ROUNDS; i++) {
        chance = chance * 1664525 + 1013904223;
        turn(&list, (chance >> 8) % NAMES);
        if (i % 500 == 0)
            same_as_told(&list);
    }
    for (size_t i = 0; i < NAMES; i++) /* all go, and room stays as it was */
        if (there[i])
            turn(&list, i);
    same_as_told(&list);
    ck_assert_uint_eq(list.len, 0);
    ck_assert_uint_le(list.size, 4UL * NAMES);
    turn(&list, 0);
    same_as_told(&list);
}
END_TEST

Suite *pod_list_suite(void)
{
    Suite *suite = suite_create("pod_list");
    TCase *tests = tcase_create("pod_list");

    tcase_add_loop_test(tests, name_case, 0, (int)ARRAY_LEN(names));
    tcase_add_loop_test(tests, order_is_that_of_the_whole_names, 0, (int)ARRAY_LEN(names));
    tcase_add_test(tests, equal_names_go_by_their_namespaces);
    tcase_add_loop_test(tests, pods_come_and_go, 0, LISTS);
    suite_add_tcase(suite, tests);
    return suite;
}
