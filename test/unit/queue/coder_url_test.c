#include "queue/coder_url.h"

#include <string.h>

#include "queue/coder_client.h"
#include "test/unit/queue/suites.h"

#define FIRST_ID "4ea6ae5d-be31-5631-ae1d-ad219cf00a6c"
#define SECOND_ID "00000000-0000-0000-0000-0000000000ff"

static const struct uuid ids[] = {
    {{0x4e, 0xa6, 0xae, 0x5d, 0xbe, 0x31, 0x56, 0x31, 0xae, 0x1d, 0xad, 0x21, 0x9c, 0xf0, 0x0a, 0x6c}},
    {{[15] = 0xff}},
};

/* Whole addresses: Coder refuses any parameter that it does not know. */
static const struct {
    struct coder_address address;
    const char *url;
} cases[] = {
    {{"https://coder.example.com", "default", CODER_ACTIVE_JOBS, 10000},
     "https://coder.example.com/api/v2/organizations/default/provisionerjobs?status=pending,running,canceling&limit=10000"},
    {{"https://coder.example.com/", "acme", CODER_DAEMONS, 10000},
     "https://coder.example.com/api/v2/organizations/acme/provisionerdaemons?limit=10000"},
    {{"http://127.0.0.1:3000//", "20b65688-77aa-59a7-b24c-dace09ddbc4c", CODER_ORGANIZATION, 0},
     "http://127.0.0.1:3000/api/v2/organizations/20b65688-77aa-59a7-b24c-dace09ddbc4c"},
    {{"https://example.com/coder", "a", CODER_DAEMONS, 1}, "https://example.com/coder/api/v2/organizations/a/provisionerdaemons?limit=1"},
    {{"http://h", "a b/c?d#e%f&g", CODER_ORGANIZATION, 0}, "http://h/api/v2/organizations/a%20b%2Fc%3Fd%23e%25f%26g"},
    {{"http://h", "\xc3\xa9quipe-1.x_~", CODER_ORGANIZATION, 0}, "http://h/api/v2/organizations/%C3%A9quipe-1.x_~"},
    {{"http://h", "../users", CODER_ORGANIZATION, 0}, "http://h/api/v2/organizations/..%2Fusers"},
    {{"http://h", "...", CODER_ORGANIZATION, 0}, "http://h/api/v2/organizations/..."},
    {{"http://h", "a b", CODER_JOBS_BY_ID, 1, ids}, "http://h/api/v2/organizations/a%20b/provisionerjobs?ids=" FIRST_ID "&limit=1"},
    {{"http://h/", "acme", CODER_JOBS_BY_ID, 2, ids},
     "http://h/api/v2/organizations/acme/provisionerjobs?ids=" FIRST_ID "," SECOND_ID "&limit=2"},
    {{"http://h", "-", CODER_USER}, "http://h/api/v2/users/me"},
    {{"http://h/", "-", CODER_WORKSPACES, 50, .offset = 100}, "http://h/api/v2/workspaces?offset=100&limit=50"},
    {{"http://h", "", CODER_ACTIVE_JOBS, 1}, NULL},
    {{"http://h", ".", CODER_ACTIVE_JOBS, 1}, NULL},
    {{"http://h", "..", CODER_ACTIVE_JOBS, 1}, NULL},
};

START_TEST(url_case)
{
    CLEANUP(buffer_clear) struct buffer url = BUFFER_INIT(CODER_URL_MAX);
    struct error err = {0};
    int result = coder_url_make(&cases[_i].address, &url, &err);

    ck_assert_int_eq(result, cases[_i].url ? 0 : -1);
    if (cases[_i].url)
        ck_assert_str_eq(buffer_text(&url), cases[_i].url);
    else
        ck_assert_int_eq(err.code, ERROR_INVALID);
}
END_TEST

START_TEST(an_address_has_a_limit)
{
    CLEANUP(buffer_clear) struct buffer url = BUFFER_INIT(CODER_URL_MAX);
    struct error err = {0};
    char organization[CODER_URL_MAX];
    struct uuid many[CODER_IDS_MAX];
    struct coder_address address = {"http://h", organization, CODER_DAEMONS, 1};

    memset(organization, '/', sizeof(organization));
    organization[sizeof(organization) - 1] = '\0';
    ck_assert_int_eq(coder_url_make(&address, &url, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    organization[10] = '\0';
    memset(many, 0xab, sizeof(many));
    address = (struct coder_address){"http://h", organization, CODER_JOBS_BY_ID, CODER_IDS_MAX, many};
    ck_assert_int_eq(coder_url_make(&address, &url, &err), 0);
    ck_assert_uint_lt(url.len, 4096);
    address = (struct coder_address){"http://h", organization, CODER_DAEMONS, 1};
    ck_assert_int_eq(coder_url_make(&address, &url, &err), 0); /* the buffer is good again */
}
END_TEST

Suite *coder_url_suite(void)
{
    Suite *suite = suite_create("coder_url");
    TCase *tcase = tcase_create("coder_url");

    tcase_add_loop_test(tcase, url_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, an_address_has_a_limit);
    suite_add_tcase(suite, tcase);
    return suite;
}
