#include "queue/zone.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "test/unit/queue/fixture.h"
#include "test/unit/queue/suites.h"

/* --- a small file: two transitions, then a rule --- */

static void add_32(struct buffer *out, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        (void)buffer_add_char(out, (char)(value >> shift & 0xff));
}

static void add_64(struct buffer *out, int64_t value)
{
    add_32(out, (uint32_t)((uint64_t)value >> 32));
    add_32(out, (uint32_t)value);
}

static void add_header(struct buffer *out, char version, uint32_t transitions, uint32_t types, uint32_t name_bytes)
{
    (void)buffer_add_text(out, "TZif");
    (void)buffer_add_char(out, version);
    for (int i = 0; i < 15; i++)
        (void)buffer_add_char(out, '\0');
    for (int i = 0; i < 3; i++)
        add_32(out, 0); /* marks and leap seconds */
    add_32(out, transitions);
    add_32(out, types);
    add_32(out, name_bytes);
}

static void add_type(struct buffer *out, int32_t offset_s)
{
    add_32(out, (uint32_t)offset_s);
    (void)buffer_append(out, "\0\0", 2);
}

struct small {
    int64_t times[2];
    int32_t offsets[2];
    const char *footer;
    unsigned char indices[2];
    char version;
};

static const struct small good = {{1000000, 2000000}, {3600, 7200}, "\nCET-1CEST,M3.5.0,M10.5.0/3\n", {1, 0}, '2'};

static void write_small(const struct small *small, struct buffer *out)
{
    add_header(out, small->version, 0, 1, 1);
    add_type(out, 0);
    (void)buffer_add_char(out, '\0');
    add_header(out, small->version, 2, 2, 4);
    add_64(out, small->times[0]);
    add_64(out, small->times[1]);
    (void)buffer_append(out, small->indices, 2);
    add_type(out, small->offsets[0]);
    add_type(out, small->offsets[1]);
    (void)buffer_append(out, "CET\0", 4);
    (void)buffer_add_text(out, small->footer);
}

START_TEST(a_small_file)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(4096);
    CLEANUP(zone_clear) struct zone zone = {0};
    struct error err = {0};

    write_small(&good, &bytes);
    ck_assert_msg(zone_parse(bytes.data, bytes.len, &zone, &err) == 0, "%s", err.text);
    ck_assert_int_eq(zone_offset_s(&zone, 999999), 3600);
    ck_assert_int_eq(zone_offset_s(&zone, 1000000), 7200);
    ck_assert_int_eq(zone_offset_s(&zone, 1999999), 7200);
    ck_assert_int_eq(zone_offset_s(&zone, unix_ms_of("2026-07-01T00:00:00Z") / 1000), 7200);
    ck_assert_int_eq(zone_offset_s(&zone, unix_ms_of("2026-12-01T00:00:00Z") / 1000), 3600);
}
END_TEST

/* No beginning of it is a file, and none is read beyond its end (the sanitizer sees that). */
START_TEST(a_cut_file_is_refused)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(4096);

    write_small(&good, &bytes);
    for (size_t len = 0; len < bytes.len; len++) {
        struct zone zone = {.n_transitions = 77};
        struct error err = {0};
        char *exact = malloc(len + 1);

        ck_assert_ptr_nonnull(exact);
        memcpy(exact, bytes.data, len);
        ck_assert_int_eq(zone_parse(exact, len, &zone, &err), -1);
        ck_assert_uint_eq(zone.n_transitions, 77);
        ck_assert(err.text[0] != '\0');
        free(exact);
    }
}
END_TEST

/* Whatever a byte is changed to: a refusal, or a zone that can be asked. */
START_TEST(a_damaged_file_does_no_harm)
{
    static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(4096);

    write_small(&good, &bytes);
    for (size_t at = 0; at < bytes.len; at++)
        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
            CLEANUP(zone_clear) struct zone zone = {0};
            struct error err = {0};
            char kept = bytes.data[at];

            bytes.data[at] = (char)values[i];
            if (zone_parse(bytes.data, bytes.len, &zone, &err) == 0) {
                int32_t offset_s = zone_offset_s(&zone, 1500000);

                ck_assert(offset_s >= -26 * 3600 && offset_s <= 26 * 3600);
            }
            bytes.data[at] = kept;
        }
}
END_TEST

static const struct small refused[] = {
    {{1000000, 2000000}, {3600, 7200}, "\n\n", {1, 0}, '\0'},   /* version 1 */
    {{2000000, 1000000}, {3600, 7200}, "\n\n", {1, 0}, '2'},    /* times go back */
    {{1000000, 2000000}, {3600, 7200}, "\n\n", {1, 2}, '2'},    /* no such type */
    {{1000000, 2000000}, {3600, 999999}, "\n\n", {1, 0}, '2'},  /* eleven days east */
    {{1000000, 2000000}, {3600, 7200}, "\nCET\n", {1, 0}, '2'}, /* no rule */
    {{1000000, 2000000}, {3600, 7200}, "CET-1\n", {1, 0}, '2'}, /* no newline */
    {{1000000, 2000000}, {3600, 7200}, "\nCET-1", {1, 0}, '2'}, /* no end */
};

START_TEST(refused_case)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(4096);
    struct zone zone = {0};
    struct error err = {0};

    write_small(&refused[_i], &bytes);
    ck_assert_int_eq(zone_parse(bytes.data, bytes.len, &zone, &err), -1);
    ck_assert(strstr(err.text, "TZif"));
}
END_TEST

/* --- the system's database, beside what the C library makes of it --- */

static const char *const names[] = {"Europe/Stockholm", "Europe/Dublin",       "America/New_York", "America/St_Johns",
                                    "Asia/Kolkata",     "Australia/Lord_Howe", "Pacific/Chatham",  "Africa/Casablanca",
                                    "America/Nuuk",     "Asia/Gaza",           "Pacific/Apia",     "UTC"};

static void compare(const struct zone *zone, const char *name, int64_t unix_s)
{
    time_t moment = (time_t)unix_s;
    struct tm tm = {0};

    if (!localtime_r(&moment, &tm) || zone_offset_s(zone, unix_s) != tm.tm_gmtoff ||
        zone_hour_of_week(zone, unix_s) != (tm.tm_wday + 6) % 7 * 24 + tm.tm_hour)
        ck_abort_msg("%s at %jd: offset %d, not %ld; hour of the week %d", name, (intmax_t)unix_s, (int)zone_offset_s(zone, unix_s),
                     tm.tm_gmtoff, zone_hour_of_week(zone, unix_s));
}

/* Every transition, and all years until 2100 in steps that meet every hour. */
START_TEST(as_the_c_library)
{
    CLEANUP(zone_clear) struct zone zone = {0};
    struct error err = {0};

    ck_assert_msg(zone_load(names[_i], &zone, &err) == 0, "%s", err.text);
    ck_assert_int_eq(setenv("TZ", names[_i], 1), 0); /* NOLINT(concurrency-mt-unsafe): one thread */
    tzset();                                         /* NOLINT(concurrency-mt-unsafe): one thread */
    for (int64_t unix_s = 0; unix_s < INT64_C(4102444800); unix_s += 37 * 3600 + 1801)
        compare(&zone, names[_i], unix_s);
    for (size_t i = 0; i < zone.n_transitions; i++) {
        compare(&zone, names[_i], zone.transitions[i].unix_s - 1);
        compare(&zone, names[_i], zone.transitions[i].unix_s);
    }
}
END_TEST

/* There and back: each moment is one of the two that its local time may mean. */
START_TEST(back_to_utc)
{
    CLEANUP(zone_clear) struct zone zone = {0};
    struct error err = {0};

    ck_assert_msg(zone_load(names[_i], &zone, &err) == 0, "%s", err.text);
    for (int64_t unix_s = 86400; unix_s < INT64_C(4102444800); unix_s += 41 * 3600 + 301) {
        int64_t local_s = unix_s + zone_offset_s(&zone, unix_s);
        int64_t earlier_s = zone_to_unix(&zone, local_s, ZONE_EARLIER), later_s = zone_to_unix(&zone, local_s, ZONE_LATER);

        if ((earlier_s != unix_s && later_s != unix_s) || earlier_s > later_s)
            ck_abort_msg("%s at %jd: %jd or %jd", names[_i], (intmax_t)unix_s, (intmax_t)earlier_s, (intmax_t)later_s);
    }
}
END_TEST

static const struct {
    const char *name, *local, *earlier, *later;
} local_times[] = {
    {"Europe/Stockholm", "2026-11-25T09:00:00Z", "2026-11-25T08:00:00Z", "2026-11-25T08:00:00Z"},
    {"Europe/Stockholm", "2026-07-01T09:00:00Z", "2026-07-01T07:00:00Z", "2026-07-01T07:00:00Z"},
    /* hours around the changes, which mean one moment only */
    {"Europe/Stockholm", "2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z"},
    {"Europe/Stockholm", "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
    {"Europe/Stockholm", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z"},
    /* the hour that is skipped, and the one that comes twice */
    {"Europe/Stockholm", "2026-03-29T02:30:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"},
    {"Europe/Stockholm", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"},
    {"America/New_York", "2026-11-01T01:30:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"},
    {"Asia/Kolkata", "2026-11-25T09:00:00Z", "2026-11-25T03:30:00Z", "2026-11-25T03:30:00Z"},
    {"UTC", "2026-11-25T09:00:00Z", "2026-11-25T09:00:00Z", "2026-11-25T09:00:00Z"},
};

START_TEST(local_time_case)
{
    CLEANUP(zone_clear) struct zone zone = {0};
    struct error err = {0};
    int64_t local_s = unix_ms_of(local_times[_i].local) / 1000;

    ck_assert_msg(zone_load(local_times[_i].name, &zone, &err) == 0, "%s", err.text);
    ck_assert_int_eq(zone_to_unix(&zone, local_s, ZONE_EARLIER), unix_ms_of(local_times[_i].earlier) / 1000);
    ck_assert_int_eq(zone_to_unix(&zone, local_s, ZONE_LATER), unix_ms_of(local_times[_i].later) / 1000);
}
END_TEST

START_TEST(hours_of_the_week)
{
    struct zone utc = {0};

    ck_assert_int_eq(zone_hour_of_week(&utc, unix_ms_of("2026-11-23T00:00:00Z") / 1000), 0); /* a Monday */
    ck_assert_int_eq(zone_hour_of_week(&utc, unix_ms_of("2026-11-25T09:59:59Z") / 1000), 57);
    ck_assert_int_eq(zone_hour_of_week(&utc, unix_ms_of("2026-11-29T23:59:59Z") / 1000), 167);
    ck_assert_int_eq(zone_hour_of_week(&utc, -1), 3 * 24 - 1);
}
END_TEST

static const char *const unknown[] = {"",
                                      "No/Such_Zone",
                                      "../../etc/passwd",
                                      "Europe/../../../etc/passwd",
                                      "Europe",
                                      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                      "tzdata.zi"};

START_TEST(unknown_case)
{
    struct zone zone = {0};
    struct error err = {0};

    ck_assert_int_eq(zone_load(unknown[_i], &zone, &err), -1);
    ck_assert_msg(strncmp(err.text, "time zone ", 10) == 0, "%s", err.text);
}
END_TEST

Suite *zone_suite(void)
{
    Suite *suite = suite_create("zone");
    TCase *tcase = tcase_create("zone");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, a_small_file);
    tcase_add_test(tcase, a_cut_file_is_refused);
    tcase_add_test(tcase, a_damaged_file_does_no_harm);
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    tcase_add_loop_test(tcase, as_the_c_library, 0, ARRAY_LEN(names));
    tcase_add_loop_test(tcase, back_to_utc, 0, ARRAY_LEN(names));
    tcase_add_loop_test(tcase, local_time_case, 0, ARRAY_LEN(local_times));
    tcase_add_test(tcase, hours_of_the_week);
    tcase_add_loop_test(tcase, unknown_case, 0, ARRAY_LEN(unknown));
    suite_add_tcase(suite, tcase);
    return suite;
}
