#include "queue/zone_rule.h"

#include "base/attributes.h"
#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

#define HOURS(hours) ((int32_t)((hours)*3600))

static const struct {
    const char *rule, *stamp;
    int32_t offset_s;
} cases[] = {
    {"UTC0", "2026-06-01T00:00:00Z", 0},
    {"JST-9", "2026-06-01T00:00:00Z", HOURS(9)},
    {"<+0545>-5:45", "2026-06-01T00:00:00Z", HOURS(5.75)},
    {"XXX12:34:56", "2026-06-01T00:00:00Z", -45296},
    /* the European Union: the last Sundays of March and October, 01:00 UTC */
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59Z", HOURS(1)},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", HOURS(2)},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59Z", HOURS(2)},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", HOURS(1)},
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2028-03-26T01:00:00Z", HOURS(2)}, /* a leap year */
    {"CET-1CEST,M3.5.0,M10.5.0/3", "2099-12-31T23:59:59Z", HOURS(1)},
    /* the second Sunday of March, the first of November */
    {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", HOURS(-5)},
    {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", HOURS(-4)},
    {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T05:59:59Z", HOURS(-4)},
    {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", HOURS(-5)},
    /* southern: summer over the turn of the year; half an hour on Lord Howe Island */
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-01-01T00:00:00Z", HOURS(11)},
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-04-04T15:00:00Z", HOURS(10.5)},
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-10-03T15:30:00Z", HOURS(11)},
    /* the other way round: Ireland's winter time is its "summer", with a negative difference */
    {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-15T00:00:00Z", 0},
    {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-15T00:00:00Z", HOURS(1)},
    /* negative and large times: Greenland */
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", HOURS(-2)},
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", HOURS(-1)},
    {"EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-27T23:59:59Z", HOURS(2)}, /* Gaza: 50 hours after a Thursday */
    {"EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-28T00:00:00Z", HOURS(3)},
    /* days of the year */
    {"AAA0BBB,J60,J61", "2028-02-29T12:00:00Z", 0}, /* J60 is the 1st of March, leap year or not */
    {"AAA0BBB,J60,J61", "2028-03-01T12:00:00Z", HOURS(1)},
    {"AAA0BBB,J60,J61", "2027-03-01T12:00:00Z", HOURS(1)},
    {"AAA0BBB,59,60", "2028-02-29T12:00:00Z", HOURS(1)}, /* counted from 0, the 29th of February too */
    {"AAA0BBB,59,60", "2027-03-01T12:00:00Z", HOURS(1)},
};

START_TEST(offset_case)
{
    struct zone_rule rule = {0};

    ck_assert(zone_rule_parse(cases[_i].rule, &rule));
    ck_assert_msg(zone_rule_offset_s(&rule, unix_ms_of(cases[_i].stamp) / 1000) == cases[_i].offset_s, "%s at %s: %d", cases[_i].rule,
                  cases[_i].stamp, (int)zone_rule_offset_s(&rule, unix_ms_of(cases[_i].stamp) / 1000));
}
END_TEST

static const char *const refused[] = {
    "",
    "CET",
    "CE-1",
    "CET-1 ",
    "CET-25",
    "CET-1CEST",
    "CET-1CEST,M3.5.0",
    "CET-1CEST,M3.5.0,M10.5.0/3x",
    "CET-1CEST,M13.5.0,M10.5.0/3",
    "CET-1CEST,M3.6.0,M10.5.0/3",
    "CET-1CEST,M3.0.0,M10.5.0/3",
    "CET-1CEST,M3.5.7,M10.5.0/3",
    "CET-1CEST,M3.5.0/168,M10.5.0",
    "CET-1CEST,J0,J300",
    "CET-1CEST,366,1",
    "CET-99999999999999999999",
    "<+01-1",
    "<+01>-1:60",
};

START_TEST(refused_case)
{
    struct zone_rule rule = {.standard_s = 42};

    ck_assert_msg(!zone_rule_parse(refused[_i], &rule), "'%s'", refused[_i]);
    ck_assert_int_eq(rule.standard_s, 42);
}
END_TEST

Suite *zone_rule_suite(void)
{
    Suite *suite = suite_create("zone_rule");
    TCase *tcase = tcase_create("zone_rule");

    tcase_add_loop_test(tcase, offset_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    suite_add_tcase(suite, tcase);
    return suite;
}
