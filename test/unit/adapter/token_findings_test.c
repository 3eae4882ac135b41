/* What Coder says of the token, as lines of check-config --online. */
#include "adapter/token_findings.h"

#include <string.h>

#include "test/unit/adapter/suites.h"

struct row {
    const char *body;
    enum error_code code; /* why there is no body */
    enum finding_level level;
    const char *says;
};

static const struct row users[] = {
    {"{\"username\":\"ada\",\"roles\":[]}", ERROR_NONE, FINDING_OK, "ok coder: the token is that of user ada, roles of the site: none\n"},
    {"{\"username\":\"ada\"}", ERROR_NONE, FINDING_OK, "roles of the site: none\n"},
    {"{\"username\":\"ada\",\"roles\":[{\"name\":\"auditor\"},{\"name\":\"member\"}]}", ERROR_NONE, FINDING_OK,
     "roles of the site: auditor, member\n"},
    {"{\"username\":\"ada\",\"roles\":[{\"name\":\"auditor\"},7,{\"name\":7}]}", ERROR_NONE, FINDING_OK, "site: auditor, ?, ?\n"},
    {"{\"username\":\"ada\",\"roles\":[{\"name\":\"owner\"},{\"name\":\"auditor\"}]}", ERROR_NONE, FINDING_WARNING,
     "the token is that of user ada with the site's role Owner"},
    {"{\"username\":\"a\\nda\"}", ERROR_NONE, FINDING_OK, "user a\\nda,"},
    {"{}", ERROR_NONE, FINDING_WARNING, "whose the token is cannot be read: username: "},
    {"{\"username\":7}", ERROR_NONE, FINDING_WARNING, "whose the token is cannot be read: username: expected "},
    {"<html>", ERROR_NONE, FINDING_WARNING, "whose the token is cannot be read: not JSON"},
    {"", ERROR_FORBIDDEN, FINDING_OK, "whose the token is cannot be read: the reason"}, /* a token with scopes need not say it */
    {"", ERROR_TIMEOUT, FINDING_WARNING, "whose the token is cannot be read: the reason"},
};

static const struct row workspaces[] = {
    {"{\"workspaces\":[],\"count\":0}", ERROR_NONE, FINDING_OK, "ok coder: the token may list workspaces, for autostart\n"},
    {"{\"count\":0}", ERROR_NONE, FINDING_ERROR, "autostart raises nothing: "},
    {"[]", ERROR_NONE, FINDING_ERROR, "autostart raises nothing: "},
    {"", ERROR_FORBIDDEN, FINDING_ERROR, "error coder: autostart raises nothing: the reason\n"},
};

static void check(const struct row *row, void (*tell)(const struct buffer *body, const struct error *err, struct findings *out))
{
    CLEANUP(findings_clear) struct findings out = FINDINGS_INIT;
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(1024);
    struct error err = {0};

    ck_assert_int_eq(buffer_add_text(&body, row->body), 0);
    if (row->code != ERROR_NONE)
        error_set(&err, row->code, "the reason");
    tell(&body, &err, &out);
    ck_assert_msg(strstr(buffer_text(&out.text), row->says) != NULL, "%s", buffer_text(&out.text));
    for (enum finding_level i = 0; i < FINDING_LEVELS; i++)
        ck_assert_uint_eq(out.counts[i], i == row->level);
}

START_TEST(user_case)
{
    check(&users[_i], token_findings_user);
}
END_TEST

START_TEST(workspaces_case)
{
    check(&workspaces[_i], token_findings_workspaces);
}
END_TEST

Suite *token_findings_suite(void)
{
    Suite *suite = suite_create("token_findings");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, user_case, 0, ARRAY_LEN(users));
    tcase_add_loop_test(tcase, workspaces_case, 0, ARRAY_LEN(workspaces));
    suite_add_tcase(suite, tcase);
    return suite;
}
