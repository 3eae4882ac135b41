/* What the leader does next: every fact that may be so, with the step that follows. */
#include "adapter/certificate_plan.h"

#include <check.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/adapter/suites.h"

#define MINUTE (INT64_C(60) * 1000)

static const int64_t now_ms = INT64_C(1795300000000), day_ms = INT64_C(24) * 3600 * 1000;

/* A pair, in words. */
enum pair_is { NONE, BROKEN, NOT_YET, OVER, FRESH, DUE, ALMOST_DUE, MISNAMED, TOO_LONG };

static struct own_pair make_pair(enum pair_is is)
{
    struct own_pair pair = {.there = is != NONE, .whole = is != NONE && is != BROKEN, .named = is != MISNAMED};
    int64_t left = 80 * day_ms;

    if (is == OVER)
        left = 0;
    if (is == DUE)
        left = 30 * day_ms;
    if (is == ALMOST_DUE)
        left = 30 * day_ms + MINUTE;
    if (is == TOO_LONG)
        left = 100 * day_ms;
    pair.begins_unix_ms = is == NOT_YET ? now_ms + 1 : now_ms - day_ms;
    pair.ends_unix_ms = now_ms + left;
    return pair;
}

static const struct plan_row {
    const char *what;
    struct {
        bool follows, unread, missing, untidy, unpublished;
    } not_so;
    enum pair_is serving, next;
    enum registration registration;
    enum certificate_step step;
    int64_t settled_ms;
    int64_t wait_ms; /* 0: not looked at */
} rows[] = {
    /* who and whether */
    {"a follower never writes", {.follows = true}, NONE, NONE, REGISTRATION_OURS, CERTIFICATE_WAIT, 0, INT64_MAX},
    {"a follower, all due",
     {.follows = true, .untidy = true, .unpublished = true},
     DUE,
     DUE,
     REGISTRATION_OURS,
     CERTIFICATE_WAIT,
     MINUTE,
     INT64_MAX},
    {"the Secret was not read", {.unread = true}, NONE, NONE, REGISTRATION_OURS, CERTIFICATE_WAIT, 0, INT64_MAX},
    {"the Secret is missing: it is not ours to make", {.missing = true}, NONE, NONE, REGISTRATION_OURS, CERTIFICATE_WAIT, 0, INT64_MAX},
    /* the first one, and repairs */
    {"empty", {.unpublished = true}, NONE, NONE, REGISTRATION_OURS, CERTIFICATE_ISSUE, 0, 0},
    {"empty, nobody to tell", {0}, NONE, NONE, REGISTRATION_MISSING, CERTIFICATE_ISSUE, 0, 0},
    {"empty, the APIService unread", {0}, NONE, NONE, REGISTRATION_UNKNOWN, CERTIFICATE_ISSUE, 0, 0},
    {"broken", {0}, BROKEN, NONE, REGISTRATION_OURS, CERTIFICATE_ISSUE, MINUTE, 0},
    {"broken, and untidy: first the certificate", {.untidy = true}, BROKEN, NONE, REGISTRATION_OURS, CERTIFICATE_ISSUE, MINUTE, 0},
    {"expired", {0}, OVER, NONE, REGISTRATION_OURS, CERTIFICATE_ISSUE, MINUTE, 0},
    {"everything expired", {.untidy = true, .unpublished = true}, OVER, OVER, REGISTRATION_OURS, CERTIFICATE_ISSUE, 0, 0},
    {"from the future", {0}, NOT_YET, NONE, REGISTRATION_OURS, CERTIFICATE_ISSUE, MINUTE, 0},
    {"broken, but the next is there", {.unpublished = true}, BROKEN, FRESH, REGISTRATION_OURS, CERTIFICATE_SWITCH, 0, 0},
    {"expired while caBundle could not be written", {.unpublished = true}, OVER, FRESH, REGISTRATION_OURS, CERTIFICATE_SWITCH, 0, 0},
    {"broken, and the next too", {0}, BROKEN, BROKEN, REGISTRATION_OURS, CERTIFICATE_ISSUE, 0, 0},
    /* caBundle */
    {"made, not yet told", {.unpublished = true}, FRESH, NONE, REGISTRATION_OURS, CERTIFICATE_PUBLISH, 0, 0},
    {"somebody else's", {.unpublished = true}, FRESH, NONE, REGISTRATION_FOREIGN, CERTIFICATE_WAIT, 0, 0},
    {"with insecureSkipTLSVerify", {.unpublished = true}, FRESH, NONE, REGISTRATION_INSECURE, CERTIFICATE_WAIT, 0, 0},
    {"missing", {.unpublished = true}, FRESH, NONE, REGISTRATION_MISSING, CERTIFICATE_WAIT, 0, 0},
    {"not read", {.unpublished = true}, FRESH, NONE, REGISTRATION_UNKNOWN, CERTIFICATE_WAIT, 0, 0},
    {"an expired CA leaves ca.crt before caBundle",
     {.untidy = true, .unpublished = true},
     FRESH,
     NONE,
     REGISTRATION_OURS,
     CERTIFICATE_TIDY,
     0,
     0},
    /* renewal */
    {"all is well", {0}, FRESH, NONE, REGISTRATION_OURS, CERTIFICATE_WAIT, MINUTE, 50 * INT64_C(86400000)},
    {"a minute before it is due", {0}, ALMOST_DUE, NONE, REGISTRATION_OURS, CERTIFICATE_WAIT, MINUTE, MINUTE},
    {"due", {0}, DUE, NONE, REGISTRATION_OURS, CERTIFICATE_PREPARE, MINUTE, 0},
    {"due, but caBundle first", {.unpublished = true}, DUE, NONE, REGISTRATION_OURS, CERTIFICATE_PUBLISH, 0, 0},
    {"due, nobody to tell", {0}, DUE, NONE, REGISTRATION_FOREIGN, CERTIFICATE_PREPARE, MINUTE, 0},
    {"the Service has another name", {0}, MISNAMED, NONE, REGISTRATION_OURS, CERTIFICATE_PREPARE, MINUTE, 0},
    {"the lifetime was made shorter", {0}, TOO_LONG, NONE, REGISTRATION_OURS, CERTIFICATE_PREPARE, MINUTE, 0},
    {"prepared, not yet told", {.unpublished = true}, DUE, FRESH, REGISTRATION_OURS, CERTIFICATE_PUBLISH, 0, 0},
    {"told just now", {0}, DUE, FRESH, REGISTRATION_OURS, CERTIFICATE_WAIT, 0, MINUTE},
    {"told, all but a second ago", {0}, DUE, FRESH, REGISTRATION_OURS, CERTIFICATE_WAIT, MINUTE - 1000, 1000},
    {"told a minute ago", {0}, DUE, FRESH, REGISTRATION_OURS, CERTIFICATE_SWITCH, MINUTE, 0},
    {"caBundle was reset in that minute", {.unpublished = true}, DUE, FRESH, REGISTRATION_OURS, CERTIFICATE_PUBLISH, 0, 0},
    {"nobody to tell, just now", {0}, DUE, FRESH, REGISTRATION_MISSING, CERTIFICATE_WAIT, 0, MINUTE},
    {"nobody to tell, a minute later", {0}, DUE, FRESH, REGISTRATION_FOREIGN, CERTIFICATE_SWITCH, MINUTE, 0},
    {"the APIService unread: no switch", {0}, DUE, FRESH, REGISTRATION_UNKNOWN, CERTIFICATE_WAIT, MINUTE, 30 * INT64_C(86400000)},
    {"the next is broken", {0}, DUE, BROKEN, REGISTRATION_OURS, CERTIFICATE_TIDY, MINUTE, 0},
    {"the next has expired", {0}, DUE, OVER, REGISTRATION_OURS, CERTIFICATE_TIDY, MINUTE, 0},
};

static struct certificate_facts facts_of(const struct plan_row *row)
{
    return (struct certificate_facts){
        .leads = !row->not_so.follows,
        .secret_known = !row->not_so.unread,
        .secret_exists = !row->not_so.unread && !row->not_so.missing,
        .serving = make_pair(row->serving),
        .next = make_pair(row->next),
        .bundle_tidy = !row->not_so.untidy,
        .bundle_first_end_unix_ms = now_ms + 200 * day_ms,
        .registration = row->registration,
        .published = !row->not_so.unpublished,
        .settled_ms = row->settled_ms,
        .lifetime_ms = 90 * day_ms,
        .now_unix_ms = now_ms,
    };
}

START_TEST(plan_case)
{
    const struct certificate_facts facts = facts_of(&rows[_i]);
    struct certificate_plan plan = certificate_plan(&facts);

    ck_assert_msg(plan.step == rows[_i].step, "%s: step %d, want %d (%s)", rows[_i].what, (int)plan.step, (int)rows[_i].step, plan.why);
    ck_assert_msg(rows[_i].wait_ms == 0 || plan.wait_ms == rows[_i].wait_ms, "%s: waits %lld ms", rows[_i].what, (long long)plan.wait_ms);
    ck_assert_int_ge(plan.wait_ms, 0);
    ck_assert_ptr_nonnull(plan.why);
}
END_TEST

/* An old CA leaves at its time, also when that comes before the next renewal. */
START_TEST(waits_for_the_end_of_the_first_ca)
{
    struct certificate_facts facts = facts_of(&(struct plan_row){.serving = FRESH, .registration = REGISTRATION_OURS});

    facts.bundle_first_end_unix_ms = now_ms + 5 * MINUTE;
    ck_assert_int_eq(certificate_plan(&facts).step, CERTIFICATE_WAIT);
    ck_assert_int_eq(certificate_plan(&facts).wait_ms, 5 * MINUTE);
}
END_TEST

START_TEST(settles_for_a_minute_or_a_tenth)
{
    ck_assert_int_eq(certificate_settling_ms(90 * day_ms), MINUTE);
    ck_assert_int_eq(certificate_settling_ms(10 * MINUTE), MINUTE);
    ck_assert_int_eq(certificate_settling_ms(MINUTE), 6000);
}
END_TEST

static unsigned bit(enum certificate_problem problem)
{
    return 1U << problem;
}

START_TEST(tells_what_is_wrong)
{
    struct certificate_facts facts = facts_of(&(struct plan_row){.serving = FRESH, .registration = REGISTRATION_OURS});

    ck_assert_uint_eq(certificate_problems(&facts), 0);
    facts.registration = REGISTRATION_FOREIGN;
    ck_assert_uint_eq(certificate_problems(&facts), bit(CERTIFICATE_REGISTRATION_FOREIGN));
    facts.registration = REGISTRATION_INSECURE;
    ck_assert_uint_eq(certificate_problems(&facts), bit(CERTIFICATE_REGISTRATION_INSECURE));
    facts.registration = REGISTRATION_MISSING;
    ck_assert_uint_eq(certificate_problems(&facts), bit(CERTIFICATE_REGISTRATION_MISSING));
    facts.serving = make_pair(OVER);
    ck_assert_uint_eq(certificate_problems(&facts), bit(CERTIFICATE_REGISTRATION_MISSING) | bit(CERTIFICATE_NO_GOOD));
    facts.leads = false;
    ck_assert_uint_eq(certificate_problems(&facts), bit(CERTIFICATE_NO_GOOD));
    facts.secret_exists = false;
    ck_assert_uint_eq(certificate_problems(&facts), bit(CERTIFICATE_SECRET_MISSING));
    facts.secret_known = false;
    ck_assert_uint_eq(certificate_problems(&facts), 0);
    for (unsigned i = 0; i < CERTIFICATE_PROBLEMS; i++) {
        ck_assert_ptr_nonnull(certificate_problem_name(i));
        ck_assert_ptr_nonnull(certificate_problem_text(i));
    }
}
END_TEST

Suite *certificate_plan_suite(void)
{
    Suite *suite = suite_create("certificate_plan");
    TCase *tcase = tcase_create("certificate_plan");

    tcase_add_loop_test(tcase, plan_case, 0, ARRAY_LEN(rows));
    tcase_add_test(tcase, waits_for_the_end_of_the_first_ca);
    tcase_add_test(tcase, settles_for_a_minute_or_a_tenth);
    tcase_add_test(tcase, tells_what_is_wrong);
    suite_add_tcase(suite, tcase);
    return suite;
}
