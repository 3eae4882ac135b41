/* requestheader_test.c - the lists of the ConfigMap, and who a front proxy says it is. */
#include "apiservice/requestheader.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/apiservice/fake_request.h"
#include "test/unit/apiservice/suites.h"

#define USER "\"requestheader-username-headers\":\"[\\\"X-Remote-User\\\",\\\"X-Old-User\\\"]\""
#define REST \
    "\"requestheader-group-headers\":\"[\\\"X-Remote-Group\\\"]\",\"requestheader-extra-headers-prefix\":\"[\\\"X-Remote-Extra-\\\"]\""
#define UID "\"requestheader-uid-headers\":\"[\\\"X-Remote-Uid\\\"]\""

static struct requestheader_config read_config(const char *text)
{
    struct requestheader_config config = {0};
    json_t *data = json_loads(text, 0, NULL);
    struct error err = {0};

    ck_assert_ptr_nonnull(data);
    ck_assert_msg(requestheader_config_read(data, &config, &err) == 0, "%s", err.text);
    json_decref(data);
    return config;
}

/* "user|uid|group,group|key=value,value;key=value" */
static void describe(const struct kube_user *user, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "%s|%s|", user->name, user->uid ? user->uid : "-");

    for (size_t i = 0; i < user->groups.len; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%s", i > 0 ? "," : "", user->groups.items[i]);
    len += (size_t)snprintf(out + len, size - len, "|");
    for (size_t i = 0; i < user->n_extra; i++) {
        len += (size_t)snprintf(out + len, size - len, "%s%s=", i > 0 ? ";" : "", user->extra[i].key);
        for (size_t j = 0; j < user->extra[i].values.len; j++)
            len += (size_t)snprintf(out + len, size - len, "%s%s", j > 0 ? "," : "", user->extra[i].values.items[j]);
    }
}

static const struct {
    const char *config;
    struct fake_header headers[FAKE_HEADERS_MAX];
    const char *user; /* NULL: none is named */
} cases[] = {
    {"{" USER "," REST "," UID "}", {{"X-Remote-User", "anna"}}, "anna|-||"},
    {"{" USER "," REST "," UID "}", {{"x-remote-user", "anna"}, {"X-REMOTE-UID", "7"}}, "anna|7||"},
    {"{" USER "," REST "}", {{"X-Remote-User", "anna"}, {"X-Remote-Uid", "7"}}, "anna|-||"}, /* older API servers let it through */
    {"{" USER "," REST "}", {{"X-Remote-User", "anna"}, {"X-Remote-User", "root"}}, "anna|-||"},
    {"{" USER "," REST "}", {{"X-Remote-User", ""}, {"X-Remote-User", "root"}}, NULL},
    {"{" USER "," REST "}", {{"X-Remote-User", ""}, {"X-Old-User", "otto"}}, "otto|-||"},
    {"{" USER "," REST "}", {{"X-Remote-Group", "system:masters"}}, NULL},
    {"{" USER "," REST "}", {{"X-Remote-User-Name", "anna"}}, NULL},
    {"{" USER "," REST "}",
     {{"X-Remote-User", "anna"}, {"X-Remote-Group", "b"}, {"Accept", "*/*"}, {"X-Remote-Group", "a,c"}, {"X-Remote-Group", ""}},
     "anna|-|b,a,c|"},
    {"{" USER "," REST "}",
     {{"X-Remote-User", "anna"},
      {"X-Remote-Extra-Scopes%2fkey", "a"},
      {"X-Remote-Extra-Authentication.kubernetes.io%2Fcredential-Id", "JTI=1"},
      {"x-remote-extra-SCOPES%2Fkey", "b"}},
     "anna|-||authentication.kubernetes.io/credential-id=JTI=1;scopes/key=a,b"},
    {"{" USER "," REST "}",
     {{"X-Remote-User", "anna"}, {"X-Remote-Extra-A%zz", "1"}, {"X-Remote-Extra-B%00", "2"}, {"X-Remote-Extra-C%2", "3"}},
     "anna|-||a%zz=1;b%00=2;c%2=3"},
    {"{" USER "," REST "}", {{"X-Remote-User", "anna"}, {"X-Remote-Extra-", "1"}}, "anna|-||=1"},
    {"{" REST "}", {{"X-Remote-User", "anna"}}, NULL},
    {"{\"requestheader-username-headers\":\"\"}", {{"X-Remote-User", "anna"}}, NULL},
    {"{\"requestheader-username-headers\":\"[]\"}", {{"X-Remote-User", "anna"}}, NULL},
    {"{\"requestheader-username-headers\":\"[\\\"X-Remote-User\\\"]\"}",
     {{"X-Remote-User", "anna"}, {"X-Remote-Group", "g"}, {"X-Remote-Extra-A", "1"}},
     "anna|-||"},
};

START_TEST(header_case)
{
    const struct request request = fake_request("GET", "/", cases[_i].headers);
    CLEANUP(requestheader_config_clear) struct requestheader_config config = read_config(cases[_i].config);
    CLEANUP(principal_clear) struct principal principal = PRINCIPAL_INIT;
    char text[512] = "";

    ck_assert(requestheader_read(&config, &request, &principal) == (cases[_i].user != NULL));
    ck_assert(!principal.arena.failed);
    if (!cases[_i].user)
        return;
    describe(&principal.user, text, sizeof(text));
    ck_assert_str_eq(text, cases[_i].user);
}
END_TEST

START_TEST(too_many_extra_values_fail)
{
    static struct fake_header headers[REQUESTHEADER_EXTRA_MAX + 3] = {{"X-Remote-User", "anna"}};
    CLEANUP(requestheader_config_clear) struct requestheader_config config = read_config("{" USER "," REST "}");
    CLEANUP(principal_clear) struct principal principal = PRINCIPAL_INIT;
    const struct request request = fake_request("GET", "/", headers);

    for (size_t i = 0; i <= REQUESTHEADER_EXTRA_MAX; i++)
        headers[i + 1] = (struct fake_header){"X-Remote-Extra-Scopes", "a"};
    ck_assert(requestheader_read(&config, &request, &principal));
    ck_assert(principal.arena.failed);
}
END_TEST

static const struct {
    const char *names; /* NULL: no key */
    const char *name;
    bool allowed;
} allowed[] = {
    {"[\\\"a\\\",\\\"front-proxy-client\\\"]", "front-proxy-client", true},
    {"[\\\"a\\\"]", "front-proxy-client", false},
    {"[\\\"a\\\"]", "A", false},
    {"[\\\"a\\\"]", "", false},
    {"[]", "anybody", true},
    {"", "anybody", true},
    {NULL, "anybody", true},
};

START_TEST(allowed_case)
{
    char text[128] = "{}";

    if (allowed[_i].names)
        (void)snprintf(text, sizeof(text), "{\"requestheader-allowed-names\":\"%s\"}", allowed[_i].names);
    {
        CLEANUP(requestheader_config_clear) struct requestheader_config config = read_config(text);

        ck_assert(requestheader_allows(&config, allowed[_i].name) == allowed[_i].allowed);
    }
}
END_TEST

static const struct {
    const char *config, *why;
} broken[] = {
    {"{\"requestheader-username-headers\":\"X-Remote-User\"}", "requestheader-username-headers: "},
    {"{\"requestheader-username-headers\":\"{}\"}", "expected a JSON array of strings, got object"},
    {"{\"requestheader-group-headers\":\"[1]\"}", "requestheader-group-headers: item 0: expected a string, got integer"},
    {"{\"requestheader-uid-headers\":7}", "requestheader-uid-headers: expected string, got integer"},
};

START_TEST(broken_case)
{
    struct requestheader_config config = {0};
    json_t *data = json_loads(broken[_i].config, 0, NULL);
    struct error err = {0};

    ck_assert_int_eq(requestheader_config_read(data, &config, &err), -1);
    ck_assert_msg(strstr(err.text, broken[_i].why) != NULL, "%s", err.text);
    json_decref(data);
}
END_TEST

Suite *requestheader_suite(void)
{
    Suite *suite = suite_create("requestheader");
    TCase *tcase = tcase_create("requestheader");

    tcase_add_loop_test(tcase, header_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, too_many_extra_values_fail);
    tcase_add_loop_test(tcase, allowed_case, 0, ARRAY_LEN(allowed));
    tcase_add_loop_test(tcase, broken_case, 0, ARRAY_LEN(broken));
    suite_add_tcase(suite, tcase);
    return suite;
}
