/* lease_rules_test.c - who may take a lease and when, and what is written. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/json.h"
#include "kube/lease_rules.h"
#include "kube/microtime.h"
#include "test/unit/kube/suites.h"

/* One reading after the other by "me"; the record's last letter stands for its renewTime. */
static const struct {
    struct lease_record first;
    int64_t first_ms;
    struct lease_record second;
    int64_t second_ms;
    bool first_may, second_may;
} readings[] = {
    /* nobody holds it */
    {{"", "", "", 0, 0}, 1000, {"", "", "", 0, 0}, 2000, true, true},
    /* another one renews: never */
    {{"other", "a", "q", 15, 1}, 1000, {"other", "b", "q", 15, 1}, 20000, false, false},
    /* another one is silent: after its duration, counted from when we saw it first, whatever its stamps say */
    {{"other", "a", "q", 15, 1}, 1000, {"other", "a", "q", 15, 1}, 16000, false, false},
    {{"other", "a", "q", 15, 1}, 1000, {"other", "a", "q", 15, 1}, 16001, false, true},
    /* whatever of it changes shows that somebody is there */
    {{"other", "a", "q", 15, 1}, 1000, {"other", "a", "r", 15, 1}, 16001, false, false},
    {{"other", "a", "q", 15, 1}, 1000, {"other", "a", "q", 16, 1}, 16001, false, false},
    {{"other", "a", "q", 15, 1}, 1000, {"other", "a", "q", 15, 2}, 16001, false, false},
    /* released */
    {{"other", "a", "q", 15, 1}, 1000, {"", "b", "b", 1, 1}, 3000, false, true},
    /* a third one took it */
    {{"other", "a", "q", 15, 1}, 1000, {"third", "b", "b", 15, 2}, 17000, false, false},
    /* ours already: the answer to our write was lost */
    {{"me", "a", "q", 15, 1}, 1000, {"me", "a", "q", 15, 1}, 2000, true, true},
    /* without a duration it has run out at once */
    {{"other", "a", "q", 0, 1}, 1000, {"other", "a", "q", 0, 1}, 1001, false, true},
    {{"other", "a", "q", INT64_MAX, 1}, 1000, {"other", "a", "q", INT64_MAX, 1}, 100000000, false, false},
};

START_TEST(reading_case)
{
    struct lease_state state = {.self = "me"};

    ck_assert_int_eq(lease_observe(&state, &readings[_i].first, readings[_i].first_ms), readings[_i].first_may);
    ck_assert_int_eq(lease_observe(&state, &readings[_i].second, readings[_i].second_ms), readings[_i].second_may);
    ck_assert(!lease_is_led(&state, readings[_i].second_ms)); /* only a write that was accepted makes a leader */
}
END_TEST

START_TEST(leading_ends_by_itself)
{
    const struct lease_record mine = {"me", "a", "a", 15, 1}, theirs = {"other", "b", "b", 15, 2};
    struct lease_state state = {.self = "me"};

    lease_renewed(&state, &mine, 1000);
    ck_assert(lease_is_led(&state, 1000));
    ck_assert(lease_is_led(&state, 10999));
    ck_assert(!lease_is_led(&state, 11000)); /* others may take it at 16000 */
    lease_renewed(&state, &mine, 12000);
    ck_assert(lease_is_led(&state, 13000));
    ck_assert(!lease_observe(&state, &theirs, 13000));
    ck_assert(!lease_is_led(&state, 13000));
    lease_renewed(&state, &theirs, 14000);
    ck_assert(!lease_is_led(&state, 14000));
}
END_TEST

static const struct {
    const char *before, *after; /* of lease_claim by "me" at 2026-01-02T03:04:05.678Z */
} claims[] = {
    {"{\"metadata\":{\"name\":\"l\",\"resourceVersion\":\"7\",\"labels\":{\"a\":\"b\"}}}",
     "{\"metadata\":{\"name\":\"l\",\"resourceVersion\":\"7\",\"labels\":{\"a\":\"b\"}},\"spec\":{\"holderIdentity\":\"me\","
     "\"leaseTransitions\":1,"
     "\"acquireTime\":\"2026-01-02T03:04:05.678000Z\",\"renewTime\":\"2026-01-02T03:04:05.678000Z\",\"leaseDurationSeconds\":15}}"},
    {"{\"spec\":null}", "{\"spec\":{\"holderIdentity\":\"me\",\"leaseTransitions\":1,\"leaseDurationSeconds\":15,"
                        "\"acquireTime\":\"2026-01-02T03:04:05.678000Z\",\"renewTime\":\"2026-01-02T03:04:05.678000Z\"}}"},
    {"{\"spec\":{\"holderIdentity\":\"me\",\"leaseTransitions\":4,\"leaseDurationSeconds\":20,\"acquireTime\":\"q\",\"renewTime\":\"q\","
     "\"strategy\":\"kept\"}}",
     "{\"spec\":{\"holderIdentity\":\"me\",\"leaseTransitions\":4,\"leaseDurationSeconds\":15,\"acquireTime\":\"q\","
     "\"renewTime\":\"2026-01-02T03:04:05.678000Z\",\"strategy\":\"kept\"}}"},
    {"{\"spec\":{\"holderIdentity\":\"other\",\"leaseTransitions\":4,\"leaseDurationSeconds\":20,\"acquireTime\":\"q\",\"renewTime\":\"q\"}"
     "}",
     "{\"spec\":{\"holderIdentity\":\"me\",\"leaseTransitions\":5,\"leaseDurationSeconds\":15,"
     "\"acquireTime\":\"2026-01-02T03:04:05.678000Z\",\"renewTime\":\"2026-01-02T03:04:05.678000Z\"}}"},
};

/* More changes of hands than the API's type can count: it begins anew. */
static const struct {
    const char *transitions;
    json_int_t next;
} counts[] = {{"2147483646", 2147483647}, {"2147483647", 1}, {"9007199254740993", 1}};

static json_t *parse(const char *text)
{
    struct error err = {0};
    json_t *value = NULL;

    ck_assert_msg(json_read(text, strlen(text), &value, &err) == 0, "%s", err.text);
    return value;
}

START_TEST(claim_case)
{
    const struct lease_state state = {.self = "me"};
    CLEANUP(json_decrefp) json_t *lease = parse(claims[_i].before), *expected = parse(claims[_i].after);
    struct error err = {0};

    ck_assert_int_eq(lease_claim(&state, lease, 1767323045678, &err), 0);
    ck_assert_msg(json_equal(lease, expected), "%s", json_dumps(lease, 0));
}
END_TEST

START_TEST(count_case)
{
    const struct lease_state state = {.self = "me"};
    CLEANUP(json_decrefp) json_t *lease = NULL;
    char text[128];
    struct error err = {0};

    (void)snprintf(text, sizeof(text), "{\"spec\":{\"holderIdentity\":\"other\",\"leaseTransitions\":%s}}", counts[_i].transitions);
    lease = parse(text);
    ck_assert_int_eq(lease_claim(&state, lease, 0, &err), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(lease, "spec"), "leaseTransitions")), counts[_i].next);
}
END_TEST

START_TEST(given_up)
{
    CLEANUP(json_decrefp)
    json_t *lease = parse("{\"spec\":{\"holderIdentity\":\"me\",\"leaseTransitions\":4,\"leaseDurationSeconds\":15}}");
    struct lease_record record = {0};
    struct lease_state other = {.self = "other"};
    struct error err = {0};

    ck_assert_int_eq(lease_give_up(lease, 1767323045678, &err), 0);
    ck_assert_int_eq(lease_record_read(lease, &record, &err), 0);
    ck_assert_str_eq(record.holder, "");
    ck_assert_int_eq(record.duration_s, 1); /* 0 is refused by the API server */
    ck_assert_int_eq(record.transitions, 4);
    ck_assert(lease_observe(&other, &record, 1));
}
END_TEST

static const struct {
    const char *text, *error;
} bad[] = {
    {"[7]", "a Lease: expected object, got array"},
    {"{\"spec\":7}", "spec: expected object, got integer"},
    {"{\"spec\":{\"holderIdentity\":7}}", "spec: holderIdentity: expected string, got integer"},
    {"{\"spec\":{\"leaseDurationSeconds\":\"15\"}}", "spec: leaseDurationSeconds: expected integer, got string"},
    {"{\"spec\":{\"leaseTransitions\":\"1\"}}", "spec: leaseTransitions: expected integer, got string"},
    {"{\"spec\":{\"acquireTime\":7}}", "spec: acquireTime: expected string, got integer"},
    {"{\"spec\":{\"renewTime\":\"2026-01-02T03:04:05.678000Z and more and more\"}}", "spec: renewTime: longer than 31 bytes"},
};

START_TEST(bad_case)
{
    CLEANUP(json_decrefp) json_t *lease = parse(bad[_i].text);
    struct lease_record record = {.holder = "untouched"};
    struct error err = {0};

    ck_assert_int_eq(lease_record_read(lease, &record, &err), -1);
    ck_assert_str_eq(err.text, bad[_i].error);
    ck_assert_str_eq(record.holder, "untouched");
}
END_TEST

START_TEST(microtime)
{
    char text[TIMESTAMP_TEXT_MAX];
    int64_t back = 0;

    microtime_format(1767323045678, text);
    ck_assert_str_eq(text, "2026-01-02T03:04:05.678000Z");
    ck_assert(timestamp_parse(text, &back));
    ck_assert_int_eq(back, 1767323045678);
    microtime_format(0, text);
    ck_assert_str_eq(text, "1970-01-01T00:00:00.000000Z");
}
END_TEST

Suite *lease_rules_suite(void)
{
    Suite *suite = suite_create("kube/lease_rules");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, reading_case, 0, ARRAY_LEN(readings));
    tcase_add_test(tcase, leading_ends_by_itself);
    tcase_add_loop_test(tcase, claim_case, 0, ARRAY_LEN(claims));
    tcase_add_loop_test(tcase, count_case, 0, ARRAY_LEN(counts));
    tcase_add_test(tcase, given_up);
    tcase_add_loop_test(tcase, bad_case, 0, ARRAY_LEN(bad));
    tcase_add_test(tcase, microtime);
    suite_add_tcase(suite, tcase);
    return suite;
}
