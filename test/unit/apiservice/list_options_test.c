/* Query parameters besides labelSelector. */
#include "apiservice/list_options.h"

#include <check.h>
#include <string.h>

#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

static const struct {
    const char *query;
    int status;         /* 0: accepted */
    const char *answer; /* recorded, with the same message; NULL: none */
} cases[] = {
    {"", 0, NULL},
    {"?limit=500", 0, NULL},
    {"?limit=-1", 0, NULL},
    {"?timeout=5s&timeoutSeconds=3", 0, NULL},
    {"?watch=false", 0, NULL},
    {"?watch=FALSE", 0, NULL},
    {"?watch=0", 0, NULL},
    {"?fieldSelector=", 0, NULL},
    {"?unknown=%3Cnil%3E&pretty=true&resourceVersion=5", 0, NULL},
    {"?watch=false&watch=true&limit=1&limit=x", 0, NULL}, /* the first counts */
    {"?watch=true&watch=false", 405, NULL},
    {"?watch=true", 405, "ref/badwatch.http"},
    {"?watch=maybe", 405, "ref/badwatch.http"},
    {"?watch=1", 405, NULL},
    {"?watch", 405, NULL},
    {"?limit=5&watch=true", 405, NULL},
    {"?limit=abc", 400, "ref/badlimit.http"},
    {"?limit=", 400, NULL},
    {"?limit=9223372036854775808", 400, NULL},
    {"?timeout=abc", 400, "ref/badtimeout.http"},
    {"?timeoutSeconds=abc", 400, "ref/badtimeout2.http"},
    {"?timeoutSeconds=1s", 400, NULL},
    {"?resourceVersion=5&resourceVersionMatch=Exact", 0, NULL},
    {"?resourceVersionMatch=", 0, NULL},
    {"?resourceVersion=5&resourceVersionMatch=NotOlderThan", 0, NULL},
    {"?resourceVersion=5&resourceVersionMatch=Foo", 422, "ref/rv.http"},
    {"?fieldSelector=metadata.name%3Dx", 400, NULL},
};

static void check_message(const struct response *response, const char *recorded)
{
    json_t *ours = response_json(response);
    json_t *theirs = recorded ? fixture_answer_json(recorded) : json_incref(ours);

    ck_assert_str_eq(json_text_at(ours, "message"), json_text_at(theirs, "message"));
    ck_assert(!recorded || json_equal(ours, theirs));
    json_decref(ours);
    json_decref(theirs);
}

START_TEST(are_checked)
{
    CLEANUP(target_clear) struct target target = {0};
    struct response response;
    struct error err = {0};
    char text[256];

    (void)snprintf(text, sizeof(text), "/m%s", cases[_i].query);
    ck_assert_int_eq(target_parse(text, &target, &err), 0);
    response_init(&response);
    ck_assert(list_options_accepted(&target, &response) == (cases[_i].status == 0));
    ck_assert_int_eq(response.status, cases[_i].status);
    if (cases[_i].status != 0)
        check_message(&response, cases[_i].answer);
    response_clear(&response);
}
END_TEST

Suite *list_options_suite(void)
{
    Suite *suite = suite_create("list_options");
    TCase *tcase = tcase_create("list_options");

    tcase_add_loop_test(tcase, are_checked, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
