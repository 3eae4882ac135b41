#include <stdlib.h>
#include <string.h>

#include "queue/workshop.h"
#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

static struct zone stockholm(void)
{
    struct zone zone = {0};
    struct error err = {0};

    ck_assert_msg(zone_load("Europe/Stockholm", &zone, &err) == 0, "%s", err.text);
    return zone;
}

START_TEST(a_whole_one)
{
    static const struct workshop_entry entries[] = {
        {"queue", "gpu"}, {"start", "2026-11-25T09:00"}, {"end", "2026-11-25T17:00:00+01:00"}, {"users", "25"}, {"lead", "20m"}};
    CLEANUP(workshop_clear) struct workshop workshop = {0};
    CLEANUP(zone_clear) struct zone zone = stockholm();
    struct error err = {0};

    ck_assert_msg(workshop_read(&(struct workshop_map){"autumn", entries, ARRAY_LEN(entries), &zone}, &workshop, &err) == 0, "%s",
                  err.text);
    ck_assert_str_eq(workshop.name, "autumn");
    ck_assert_str_eq(workshop.queue, "gpu");
    ck_assert_int_eq(workshop.start_unix_ms, unix_ms_of("2026-11-25T08:00:00Z"));
    ck_assert_int_eq(workshop.end_unix_ms, unix_ms_of("2026-11-25T16:00:00Z"));
    ck_assert_int_eq(workshop.users, 25);
    ck_assert_int_eq(workshop.lead_ms, 1200000);
}
END_TEST

START_TEST(the_least)
{
    static const struct workshop_entry entries[] = {{"start", "2026-07-01T09:00"}, {"end", "2026-07-01T17:00"}, {"users", "1"}};
    CLEANUP(workshop_clear) struct workshop workshop = {0};
    CLEANUP(zone_clear) struct zone zone = stockholm();
    struct error err = {0};

    ck_assert_msg(workshop_read(&(struct workshop_map){"w", entries, ARRAY_LEN(entries), &zone}, &workshop, &err) == 0, "%s", err.text);
    ck_assert_str_eq(workshop.queue, "default");
    ck_assert_int_eq(workshop.lead_ms, 900000);
    ck_assert_int_eq(workshop.start_unix_ms, unix_ms_of("2026-07-01T07:00:00Z")); /* summer time */
}
END_TEST

/* A night over which the clocks change: from the earlier of two starts to the later of two ends. */
START_TEST(the_clocks_change)
{
    static const struct workshop_entry entries[] = {{"start", "2026-10-25T02:30"}, {"end", "2026-10-25T02:45"}, {"users", "1"}};
    CLEANUP(workshop_clear) struct workshop workshop = {0};
    CLEANUP(zone_clear) struct zone zone = stockholm();
    struct error err = {0};

    ck_assert_msg(workshop_read(&(struct workshop_map){"w", entries, ARRAY_LEN(entries), &zone}, &workshop, &err) == 0, "%s", err.text);
    ck_assert_int_eq(workshop.start_unix_ms, unix_ms_of("2026-10-25T00:30:00Z"));
    ck_assert_int_eq(workshop.end_unix_ms, unix_ms_of("2026-10-25T01:45:00Z"));
}
END_TEST

#define REST                     \
    {"end", "2026-11-25T17:00"}, \
    {                            \
        "users", "5"             \
    }

static const struct {
    struct workshop_entry entries[5];
    const char *says;
} refused[] = {
    {{{0}}, "workshop w: users is missing; want a whole number from 1 to 100000"},
    {{{"start", "2026-11-25T09:00"}, {"users", "5"}}, "end is missing; want a time, like"},
    {{{"start", "25.11.2026"}, REST}, "start: '25.11.2026' is wrong; want a time"},
    {{{"start", "2026-02-30T09:00"}, REST}, "start: '2026-02-30T09:00' is wrong"},
    {{{"start", "2026-11-25T09:00:00.000000000000000000000000000000000"}, REST}, "start"},
    {{{"start", "evil\n\x1b[2Jline"}, REST}, "start: 'evil\\n\\x1b[2Jline' is wrong"},
    {{{"start", "2026-11-25T17:00"}, REST}, "end is not after start"},
    {{{"start", "2026-11-25T09:00"}, {"end", "2026-11-25T17:00"}, {"users", "0"}}, "users: '0' is wrong"},
    {{{"start", "2026-11-25T09:00"}, {"end", "2026-11-25T17:00"}, {"users", "-5"}}, "users: '-5' is wrong"},
    {{{"start", "2026-11-25T09:00"}, {"end", "2026-11-25T17:00"}, {"users", "5 "}}, "users"},
    {{{"start", "2026-11-25T09:00"}, {"end", "2026-11-25T17:00"}, {"users", ""}}, "users: '' is wrong"},
    {{{"start", "2026-11-25T09:00"}, {"end", "2026-11-25T17:00"}, {"users", "100001"}}, "users"},
    {{{"start", "2026-11-25T09:00"}, {"end", "2026-11-25T17:00"}, {"users", "99999999999999999999"}}, "users"},
    {{{"start", "2026-11-25T09:00"}, REST, {"lead", "25h"}}, "lead: '25h' is wrong; want a duration up to 24h"},
    {{{"start", "2026-11-25T09:00"}, REST, {"lead", "soon"}}, "lead"},
    {{{"start", "2026-11-25T09:00"}, REST, {"queue", ""}}, "queue: '' is wrong"},
    {{{"start", "2026-11-25T09:00"}, REST, {"us\rer", "7"}}, "unknown key 'us\\x0der'; known are"},
    {{{"start", "2026-11-25T09:00"}, REST, {"user", "7"}}, "unknown key 'user'; known are queue, start, end, users, lead"},
};

START_TEST(refused_case)
{
    struct workshop workshop = {.users = 42};
    struct zone utc = {0};
    struct error err = {0};
    size_t n = 0;

    while (n < ARRAY_LEN(refused[_i].entries) && refused[_i].entries[n].key)
        n++;
    ck_assert_int_eq(workshop_read(&(struct workshop_map){"w", refused[_i].entries, n, &utc}, &workshop, &err), -1);
    ck_assert_msg(strstr(err.text, refused[_i].says), "no '%s' in: %s", refused[_i].says, err.text);
    ck_assert_int_eq(workshop.users, 42);
}
END_TEST

static const struct {
    const char *text, *stamp; /* NULL: refused */
} times[] = {
    {"2026-11-25T09:00:00Z", "2026-11-25T09:00:00Z"},
    {"2026-11-25T09:00:00.5+02:00", "2026-11-25T07:00:00.5Z"},
    {"2026-11-25 09:00", "2026-11-25T08:00:00Z"},
    {"2026-11-25T09:00:30", "2026-11-25T08:00:30Z"},
    {"2026-11-25T09:00:30.25", "2026-11-25T08:00:30.25Z"},
    {"2026-11-25T09:00Z", NULL},
    {"2026-11-25", NULL},
    {"2026-11-25T09", NULL},
    {"", NULL},
    {"2026-11-25T24:00", NULL},
};

START_TEST(time_case)
{
    CLEANUP(zone_clear) struct zone zone = stockholm();
    int64_t ms = 42;

    ck_assert_msg(workshop_time_parse(times[_i].text, &zone, ZONE_EARLIER, &ms) == (times[_i].stamp != NULL), "'%s'", times[_i].text);
    ck_assert_int_eq(ms, times[_i].stamp ? unix_ms_of(times[_i].stamp) : 42);
}
END_TEST

Suite *workshop_map_suite(void)
{
    Suite *suite = suite_create("workshop_map");
    TCase *tcase = tcase_create("workshop_map");

    tcase_add_test(tcase, a_whole_one);
    tcase_add_test(tcase, the_least);
    tcase_add_test(tcase, the_clocks_change);
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    tcase_add_loop_test(tcase, time_case, 0, ARRAY_LEN(times));
    suite_add_tcase(suite, tcase);
    return suite;
}
