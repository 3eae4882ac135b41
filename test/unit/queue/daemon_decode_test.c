#include "queue/daemon.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

#define ID "8caea9af-cf36-5fc0-bcdf-ede65015975d"
#define ID_2 "5edd5dfe-8120-5412-8005-65b19d174e4d"
#define JOB "fc430145-b60f-5322-a952-73fb930f344f"
#define JOB_2 "e6e08c8a-2d67-546b-8948-47d797d10e29"

static int decode(const char *text, struct daemon_list *out, struct error *err)
{
    return daemon_list_decode(text, strlen(text), unix_ms_of(FIXTURE_CLOCK), out, err);
}

static void read_recorded(const char *name, struct daemon_list *out)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(65536);
    struct error err = {0};

    fixture_read(name, &body);
    ck_assert_msg(daemon_list_decode(body.data, body.len, unix_ms_of(FIXTURE_CLOCK), out, &err) == 0, "%s", err.text);
}

/* --- the recorded lists --- */

static const struct {
    const char *fixture, *id, *name;
    enum daemon_status status;
    const char *job, *tags, *last_seen;
} recorded[] = {
    {"provisionerdaemons.json", "4f66bea0-848f-554e-b70e-80f1b4fba39b", "coder-provisioner-us-7d5c9f4b6-z9w2c", DAEMON_IDLE, "",
     "cluster=us-1", "2026-09-14T07:59:50.770Z"},
    {"provisionerdaemons.json", "7ff2158e-f976-5b8a-a10c-9dc9a940abb3", "coder-provisioner-6c9f7d8b5d-x2k8q", DAEMON_BUSY,
     "7e436f55-35af-523c-bdbf-e2affa1cbcd1", "", "2026-09-14T07:59:20.500Z"},
    {"provisionerdaemons.json", ID_2, "coder-provisioner-eu-0", DAEMON_BUSY, JOB_2, "cluster=eu-1", "2026-09-14T07:59:44.100Z"},
    {"provisionerdaemons.json", ID, "coder-provisioner-6c9f7d8b5d-m4tzp", DAEMON_BUSY, JOB, "", "2026-09-14T07:59:31.902Z"},
    {"provisionerdaemons-with-offline.json", "c499ab99-6298-5303-b4b8-125b93855e90", "coder-provisioner-6c9f7d8b5d-q7n5d", DAEMON_OFFLINE,
     "", "", "2026-09-14T06:47:12.300Z"},
    {"provisionerdaemons-with-offline.json", "959b4cec-744d-5e49-93a4-0fb38ccff97e", "coder-provisioner-6c9f7d8b5d-l8v4r", DAEMON_OFFLINE,
     "", "", NULL},
};

START_TEST(recorded_case)
{
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    CLEANUP(buffer_clear) struct buffer tags = BUFFER_INIT(256);
    char job[UUID_TEXT_LEN + 1];
    const struct daemon_row *row;
    struct uuid id;

    read_recorded(recorded[_i].fixture, &daemons);
    ck_assert(uuid_parse(recorded[_i].id, &id));
    row = daemon_list_find(&daemons, &id);
    ck_assert_ptr_nonnull(row);
    uuid_print(&row->current_job, job);
    tags_print(&row->tags, &tags);
    ck_assert_str_eq(row->name, recorded[_i].name);
    ck_assert_int_eq(row->status, recorded[_i].status);
    ck_assert_str_eq(uuid_is_nil(&row->current_job) ? "" : job, recorded[_i].job);
    ck_assert_str_eq(buffer_text(&tags), recorded[_i].tags);
    ck_assert_int_eq(row->last_seen_unix_ms, recorded[_i].last_seen ? unix_ms_of(recorded[_i].last_seen) : 0);
    ck_assert(!row->built_in && !row->user_scoped);
}
END_TEST

/* --- one daemon, read leniently --- */

static const struct {
    const char *members; /* behind the id */
    enum daemon_status status;
    bool built_in, user_scoped;
} lenient[] = {
    /* the status that Coder says stands, whatever the stamps */
    {",\"status\":\"idle\"", DAEMON_IDLE, false, false},
    {",\"status\":\"busy\",\"last_seen_at\":null", DAEMON_BUSY, false, false},
    {",\"status\":\"offline\",\"last_seen_at\":\"2026-09-14T08:00:00Z\"", DAEMON_OFFLINE, false, false},
    /* none, or one that we don't know: by last_seen_at, 90 s, and current_job */
    {"", DAEMON_OFFLINE, false, false},
    {",\"status\":null,\"last_seen_at\":null", DAEMON_OFFLINE, false, false},
    {",\"last_seen_at\":\"2026-09-14T07:58:40Z\"", DAEMON_IDLE, false, false},
    {",\"last_seen_at\":\"2026-09-14T07:58:39.999Z\"", DAEMON_OFFLINE, false, false},
    {",\"last_seen_at\":\"2026-09-14T08:00:00Z\",\"current_job\":null", DAEMON_IDLE, false, false},
    {",\"last_seen_at\":\"2026-09-14T08:00:00Z\",\"current_job\":{\"id\":\"" JOB "\"}", DAEMON_BUSY, false, false},
    {",\"last_seen_at\":\"2026-09-14T07:00:00Z\",\"current_job\":{\"id\":\"" JOB "\"}", DAEMON_OFFLINE, false, false},
    {",\"last_seen_at\":\"2026-09-14T10:00:00+02:00\",\"status\":\"resting\"", DAEMON_IDLE, false, false},
    {",\"last_seen_at\":\"2026-09-14T09:30:00Z\",\"status\":\"\"", DAEMON_IDLE, false, false}, /* ahead of the clock */
    /* who it is */
    {",\"status\":\"idle\",\"key_name\":\"built-in\"", DAEMON_IDLE, true, false},
    {",\"status\":\"idle\",\"key_id\":\"00000000-0000-0000-0000-000000000001\"", DAEMON_IDLE, true, false},
    {",\"status\":\"idle\",\"key_name\":\"psk\",\"key_id\":\"00000000-0000-0000-0000-000000000003\"", DAEMON_IDLE, false, false},
    {",\"status\":\"idle\",\"key_name\":null,\"key_id\":null", DAEMON_IDLE, false, false},
    {",\"status\":\"idle\",\"tags\":{\"scope\":\"user\",\"owner\":\"u1\"}", DAEMON_IDLE, false, true},
    {",\"status\":\"idle\",\"tags\":{\"scope\":\"organization\",\"owner\":\"\"}", DAEMON_IDLE, false, false},
    {",\"status\":\"idle\",\"previous_job\":7,\"provisioners\":null,\"version\":{}", DAEMON_IDLE, false, false},
};

START_TEST(lenient_case)
{
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    struct error err = {0};
    char text[1024];

    (void)snprintf(text, sizeof(text), "[{\"id\":\"" ID "\"%s}]", lenient[_i].members);
    ck_assert_msg(decode(text, &daemons, &err) == 0, "%s: %s", text, err.text);
    ck_assert_uint_eq(daemons.len, 1);
    ck_assert_msg(daemons.items[0].status == lenient[_i].status, "%s: %s", text, daemon_status_name(daemons.items[0].status));
    ck_assert(daemons.items[0].built_in == lenient[_i].built_in);
    ck_assert(daemons.items[0].user_scoped == lenient[_i].user_scoped);
}
END_TEST

/* Cut at 63 bytes, not inside a character. */
START_TEST(a_long_name_is_cut)
{
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    struct error err = {0};
    char name[80] = "", text[256];

    memset(name, 'n', 62);
    (void)snprintf(text, sizeof(text), "[{\"id\":\"" ID "\",\"name\":\"%s\xc3\xa9\"}]", name);
    ck_assert_int_eq(decode(text, &daemons, &err), 0);
    ck_assert_str_eq(daemons.items[0].name, name);
}
END_TEST

static const struct {
    const char *members; /* behind the id */
    bool known;          /* that it last ran JOB */
} previous[] = {
    {",\"previous_job\":{\"id\":\"" JOB "\",\"status\":\"failed\"}", true},
    {"", false},
    {",\"previous_job\":null", false},
    {",\"previous_job\":\"" JOB "\"", false},
    {",\"previous_job\":{\"id\":7}", false},
    {",\"previous_job\":{\"id\":\"job-1\"}", false},
    {",\"previous_job\":[{\"id\":\"" JOB "\"}]", false},
};

START_TEST(previous_case)
{
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    struct error err = {0};
    char text[256];
    struct uuid job = {{0}};

    (void)snprintf(text, sizeof(text), "[{\"id\":\"" ID "\"%s}]", previous[_i].members);
    ck_assert_msg(decode(text, &daemons, &err) == 0, "%s: %s", text, err.text);
    ck_assert(!previous[_i].known || uuid_parse(JOB, &job));
    ck_assert_msg(uuid_equal(&daemons.items[0].previous_job, &job), "%s", text);
}
END_TEST

/* --- what is refused --- */

static const struct {
    const char *body, *error;
} refused[] = {
    {"{}", "expected a JSON array"},
    {"[{\"id\":\"" ID "\"}", "truncated"},
    {"[[]]", "element 0: expected object, got array"},
    {"[{}]", "element 0: id: expected string, got nothing"},
    {"[{\"id\":\"" ID "\"},{\"id\":\"\"}]", "element 1: id: empty"},
    {"[{\"id\":\"pod-1\"}]", "element 0: id: expected UUID"},
    {"[{\"id\":\"" ID "\",\"status\":1}]", "element 0: status: expected string, got integer"},
    {"[{\"id\":\"" ID "\",\"name\":{}}]", "element 0: name: expected string, got object"},
    {"[{\"id\":\"" ID "\",\"tags\":\"a=b\"}]", "element 0: tags: expected object of strings, got string"},
    {"[{\"id\":\"" ID "\",\"last_seen_at\":\"now\"}]", "element 0: last_seen_at: expected RFC 3339"},
    {"[{\"id\":\"" ID "\",\"last_seen_at\":5}]", "element 0: last_seen_at: expected string, got integer"},
    {"[{\"id\":\"" ID "\",\"current_job\":\"" JOB "\"}]", "element 0: current_job: expected object, got string"},
    {"[{\"id\":\"" ID "\",\"current_job\":{\"id\":9}}]", "element 0: current_job: id: expected string, got integer"},
    {"[{\"id\":\"" ID "\",\"key_name\":9}]", "element 0: key_name: expected string, got integer"},
    {"[{\"id\":\"" ID "\",\"key_id\":[]}]", "element 0: key_id: expected string, got array"},
};

START_TEST(refused_case)
{
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    struct error err = {0};

    ck_assert_int_eq(decode(refused[_i].body, &daemons, &err), -1);
    ck_assert_msg(strstr(err.text, refused[_i].error), "'%s' is not in: %s", refused[_i].error, err.text);
    ck_assert_ptr_null(daemons.items);
}
END_TEST

/* --- the list as a whole --- */

#define ROW(id, status, job) "{\"id\":\"" id "\",\"status\":\"" status "\",\"current_job\":" job ",\"tags\":{\"k\":\"" status "\"}}"
#define DOES(job) "{\"id\":\"" job "\"}"

static const struct {
    const char *body;
    size_t len;
    enum daemon_status status; /* of ID */
} repeated[] = {
    {"[" ROW(ID, "idle", "null") "," ROW(ID, "busy", DOES(JOB)) "," ROW(ID_2, "idle", "null") "]", 2, DAEMON_BUSY},
    {"[" ROW(ID, "busy", DOES(JOB)) "," ROW(ID_2, "idle", "null") "," ROW(ID, "idle", "null") "]", 2, DAEMON_BUSY},
    {"[" ROW(ID, "offline", "null") "," ROW(ID, "idle", "null") "]", 1, DAEMON_IDLE},
    {"[" ROW(ID, "busy", DOES(JOB)) "," ROW(ID, "busy", DOES(JOB_2)) "," ROW(ID, "busy", DOES(JOB)) "]", 1, DAEMON_BUSY},
};

START_TEST(repeated_case)
{
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    struct error err = {0};
    const struct daemon_row *row;
    struct uuid id;

    ck_assert_msg(decode(repeated[_i].body, &daemons, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(daemons.len, repeated[_i].len);
    ck_assert(uuid_parse(ID, &id));
    row = daemon_list_find(&daemons, &id);
    ck_assert_ptr_nonnull(row);
    ck_assert_int_eq(row->status, repeated[_i].status);
    ck_assert_str_eq(tags_get(&row->tags, "k"), daemon_status_name(row->status)); /* the row's own tags */
}
END_TEST

static int decode_many(size_t n, struct daemon_list *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT((size_t)4 * 1024 * 1024);

    for (size_t i = 0; i < n; i++)
        ck_assert_int_eq(buffer_printf(&body, "%c{\"id\":\"00000000-0000-4000-8000-%012zx\"}", i == 0 ? '[' : ',', i), 0);
    ck_assert_int_eq(buffer_add_char(&body, ']'), 0);
    return daemon_list_decode(body.data, body.len, 0, out, err);
}

START_TEST(a_full_page_is_truncated)
{
    CLEANUP(daemon_list_clear) struct daemon_list daemons = {0};
    struct error err = {0};

    ck_assert_int_eq(decode_many(DAEMON_LIST_MAX, &daemons, &err), -1);
    ck_assert_int_eq(err.code, ERROR_LIMIT);
    ck_assert_msg(strstr(err.text, "truncated"), "%s", err.text);
    ck_assert_int_eq(decode_many(DAEMON_LIST_MAX - 1, &daemons, &err), 0);
    ck_assert_uint_eq(daemons.len, DAEMON_LIST_MAX - 1);
}
END_TEST

Suite *daemon_decode_suite(void)
{
    Suite *suite = suite_create("daemon_decode");
    TCase *tcase = tcase_create("daemon_decode");

    tcase_add_loop_test(tcase, recorded_case, 0, ARRAY_LEN(recorded));
    tcase_add_loop_test(tcase, lenient_case, 0, ARRAY_LEN(lenient));
    tcase_add_test(tcase, a_long_name_is_cut);
    tcase_add_loop_test(tcase, previous_case, 0, ARRAY_LEN(previous));
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    tcase_add_loop_test(tcase, repeated_case, 0, ARRAY_LEN(repeated));
    tcase_add_test(tcase, a_full_page_is_truncated);
    suite_add_tcase(suite, tcase);
    return suite;
}
