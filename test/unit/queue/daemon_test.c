#include "queue/daemon.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/queue/suites.h"

START_TEST(find_by_id)
{
    static const char body[] = "[{\"id\":\"00000000-0000-4000-8000-000000000003\",\"name\":\"c\"},"
                               "{\"id\":\"00000000-0000-4000-8000-000000000001\",\"name\":\"a\"},"
                               "{\"id\":\"F0000000-0000-4000-8000-000000000002\",\"name\":\"b\"}]";
    static const struct {
        const char *id, *name;
    } cases[] = {
        {"00000000-0000-4000-8000-000000000001", "a"},  {"f0000000-0000-4000-8000-000000000002", "b"},
        {"00000000-0000-4000-8000-000000000003", "c"},  {"00000000-0000-4000-8000-000000000002", NULL},
        {"00000000-0000-0000-0000-000000000000", NULL}, {"ffffffff-ffff-ffff-ffff-ffffffffffff", NULL},
    };
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    struct error err = {0};

    ck_assert_msg(daemon_list_decode(body, strlen(body), 0, &daemons, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct daemon_row *row;
        struct uuid id;

        ck_assert(uuid_parse(cases[i].id, &id));
        row = daemon_list_find(&daemons, &id);
        ck_assert_msg((row != NULL) == (cases[i].name != NULL), "%s", cases[i].id);
        if (row)
            ck_assert_str_eq(row->name, cases[i].name);
    }
}
END_TEST

START_TEST(nothing_is_found_in_an_empty_list)
{
    const struct daemon_list none = {0};
    const struct uuid id = {.bytes = {1}};

    ck_assert_ptr_null(daemon_list_find(&none, &id));
}
END_TEST

START_TEST(names_of_status)
{
    ck_assert_str_eq(daemon_status_name(DAEMON_IDLE), "idle");
    ck_assert_str_eq(daemon_status_name(DAEMON_BUSY), "busy");
    ck_assert_str_eq(daemon_status_name(DAEMON_OFFLINE), "offline");
}
END_TEST

Suite *daemon_suite(void)
{
    Suite *suite = suite_create("daemon");
    TCase *tcase = tcase_create("daemon");

    tcase_add_test(tcase, find_by_id);
    tcase_add_test(tcase, nothing_is_found_in_an_empty_list);
    tcase_add_test(tcase, names_of_status);
    suite_add_tcase(suite, tcase);
    return suite;
}
