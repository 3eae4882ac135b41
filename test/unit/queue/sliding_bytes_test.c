#include "queue/sliding_bytes.h"

#include <stdlib.h>
#include <string.h>

#include "test/unit/queue/suites.h"

static const int64_t now_ms = INT64_C(1789372800000);
#define MINUTE INT64_C(60000)

static void fill(struct sliding *sliding)
{
    for (int i = 0; i < 400; i++) {
        const struct sliding_sample sample = {(enum sliding_metric)(i % SLIDING_METRICS), (enum job_type)(i % JOB_TYPES),
                                              i * (int64_t)i * 7, now_ms - i % 66 * MINUTE};

        ck_assert_int_eq(sliding_add(sliding, &sample), 0);
        sliding_add_outcome(sliding, sample.type, (enum outcome)(i % OUTCOMES), sample.at_unix_ms);
    }
}

static void write_filled(struct buffer *out)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};
    struct error err = {0};

    fill(&sliding);
    ck_assert_msg(sliding_write(&sliding, now_ms, out, &err) == 0, "%s", err.text);
}

START_TEST(what_is_read_says_the_same)
{
    CLEANUP(sliding_clear) struct sliding before = {0};
    CLEANUP(sliding_clear) struct sliding after = {0};
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SLIDING_BYTES_MAX);
    CLEANUP(buffer_clear) struct buffer again = BUFFER_INIT(SLIDING_BYTES_MAX);
    struct error err = {0};

    fill(&before);
    write_filled(&bytes);
    ck_assert_msg(sliding_read(bytes.data, bytes.len, now_ms, &after, &err) == 0, "%s", err.text);
    ck_assert_int_eq(after.kept_until_unix_ms, now_ms);
    for (int type = 0; type < JOB_TYPES; type++)
        for (enum sliding_metric metric = 0; metric < SLIDING_METRICS; metric++) {
            struct sliding_summary was = {0}, is = {0};

            ck_assert(sliding_summarize(&before, metric, (enum job_type)type, now_ms, &was) ==
                      sliding_summarize(&after, metric, (enum job_type)type, now_ms, &is));
            ck_assert_mem_eq(&was, &is, sizeof(was));
        }
    ck_assert_int_eq(sliding_write(&after, now_ms, &again, &err), 0);
    ck_assert_uint_eq(again.len, bytes.len);
    ck_assert_mem_eq(again.data, bytes.data, bytes.len);
}
END_TEST

START_TEST(nothing_and_everything_fit)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};
    CLEANUP(sliding_clear) struct sliding read = {0};
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SLIDING_BYTES_MAX);
    struct error err = {0};

    ck_assert_int_eq(sliding_write(&sliding, now_ms, &bytes, &err), 0);
    ck_assert_int_eq(sliding_read(bytes.data, bytes.len, now_ms, &read, &err), 0);
    for (int64_t at = now_ms - 60 * MINUTE; at <= now_ms; at += 10 * MINUTE)
        for (int type = 0; type < JOB_TYPES; type++)
            for (enum sliding_metric metric = 0; metric < SLIDING_METRICS; metric++)
                for (size_t bucket = 0; bucket < QUANTILE_BUCKETS; bucket++) {
                    const struct sliding_sample sample = {metric, (enum job_type)type, quantile_bucket_ms(bucket), at};

                    ck_assert_int_eq(sliding_add(&sliding, &sample), 0);
                }
    buffer_reset(&bytes);
    ck_assert_msg(sliding_write(&sliding, now_ms, &bytes, &err) == 0, "%s", err.text);
    ck_assert_int_eq(sliding_read(bytes.data, bytes.len, now_ms, &read, &err), 0);
}
END_TEST

START_TEST(what_has_gone_by_since_is_left_out)
{
    CLEANUP(sliding_clear) struct sliding read = {0};
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SLIDING_BYTES_MAX);
    struct sliding_summary summary;
    struct error err = {0};

    write_filled(&bytes);
    ck_assert_int_eq(sliding_read(bytes.data, bytes.len, now_ms + 120 * MINUTE, &read, &err), 0);
    ck_assert(!sliding_summarize(&read, SLIDING_RUN, JOB_WORKSPACE_BUILD, now_ms + 120 * MINUTE, &summary));
    for (size_t i = 0; i < SLIDING_SLICES; i++)
        ck_assert_ptr_null(read.slices[i].counts[SLIDING_RUN][JOB_WORKSPACE_BUILD]);
}
END_TEST

START_TEST(a_clock_that_was_set_back)
{
    CLEANUP(sliding_clear) struct sliding read = {0};
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SLIDING_BYTES_MAX);
    struct error err = {0};

    write_filled(&bytes);
    ck_assert_int_eq(sliding_read(bytes.data, bytes.len, now_ms - MINUTE / 60, &read, &err), 0);
    ck_assert_int_eq(read.kept_until_unix_ms, now_ms - MINUTE / 60); /* no wait to come is left out */
}
END_TEST

/* --- hostile bytes --- */

static int refuse(const char *bytes, size_t len, int64_t at_unix_ms)
{
    struct sliding read = {.watched_from_unix_ms = 77};
    struct error err = {0};
    int result = sliding_read(bytes, len, at_unix_ms, &read, &err);

    if (result < 0) {
        ck_assert_int_eq(err.code, ERROR_INVALID);
        ck_assert_ptr_nonnull(strstr(err.text, "byte"));
        ck_assert_int_eq(read.watched_from_unix_ms, 77); /* untouched */
        read = (struct sliding){0};
    }
    sliding_clear(&read);
    return result;
}

START_TEST(whatever_is_cut_off_is_refused)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SLIDING_BYTES_MAX);

    write_filled(&bytes);
    ck_assert_int_eq(refuse(bytes.data, bytes.len, now_ms), 0);
    for (size_t len = 0; len < bytes.len; len++)
        ck_assert_msg(refuse(bytes.data, len, now_ms) < 0, "%zu of %zu bytes", len, bytes.len);
    ck_assert_int_eq(buffer_add_char(&bytes, '\0'), 0);
    ck_assert_int_lt(refuse(bytes.data, bytes.len, now_ms), 0);
}
END_TEST

static const struct {
    const char *why;
    size_t at;
    unsigned char value;
} changes[] = {
    {"not ours", 0, 'X'},
    {"another version", 4, 1},
    {"more slices than there are", 13, SLIDING_SLICES + 1},
    {"fewer slices than follow", 13, 1},
    {"a slice of the far future", 14 + 5, 1},
    {"a slice below zero", 14 + 7, 0xff},
    {"a sum that is too large", 14 + 8 + 64 + 2 + 6, 0x7f},
    {"a sum below zero", 14 + 8 + 64 + 2 + 7, 0xff},
    {"a bucket that does not exist", 14 + 8 + 64 + 2 + 8 + 1, 0x7f},
};

START_TEST(change_case)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SLIDING_BYTES_MAX);

    write_filled(&bytes);
    bytes.data[changes[_i].at] = (char)changes[_i].value;
    ck_assert_msg(refuse(bytes.data, bytes.len, now_ms) < 0, "%s", changes[_i].why);
}
END_TEST

START_TEST(a_clock_that_went_back_refuses_its_future)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SLIDING_BYTES_MAX);

    write_filled(&bytes);
    ck_assert_int_lt(refuse(bytes.data, bytes.len, now_ms - 60 * MINUTE), 0);
}
END_TEST

/* Whatever is taken can be written and read again. */
START_TEST(any_changed_byte_is_refused_or_means_something)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SLIDING_BYTES_MAX);
    size_t taken = 0;

    write_filled(&bytes);
    srandom(5);
    for (int round = 0; round < 3000; round++) {
        size_t at = (size_t)random() % bytes.len;
        char was = bytes.data[at];

        bytes.data[at] = (char)random();
        taken += refuse(bytes.data, bytes.len, now_ms) == 0;
        bytes.data[at] = was;
    }
    ck_assert_uint_gt(taken, 0);
    ck_assert_uint_lt(taken, 3000);
}
END_TEST

Suite *sliding_bytes_suite(void)
{
    Suite *suite = suite_create("sliding_bytes");
    TCase *tcase = tcase_create("sliding_bytes");

    tcase_add_test(tcase, what_is_read_says_the_same);
    tcase_add_test(tcase, nothing_and_everything_fit);
    tcase_add_test(tcase, what_has_gone_by_since_is_left_out);
    tcase_add_test(tcase, a_clock_that_was_set_back);
    tcase_add_test(tcase, whatever_is_cut_off_is_refused);
    tcase_add_loop_test(tcase, change_case, 0, ARRAY_LEN(changes));
    tcase_add_test(tcase, a_clock_that_went_back_refuses_its_future);
    tcase_add_test(tcase, any_changed_byte_is_refused_or_means_something);
    suite_add_tcase(suite, tcase);
    return suite;
}
