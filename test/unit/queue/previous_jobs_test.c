/* Jobs that no list of active jobs had. */
#include "queue/previous_jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/queue/suites.h"

enum { STEPS_MAX = 5, ROWS_MAX = 4 };

static struct uuid uuid_of(int number)
{
    struct uuid uuid = {0};

    memcpy(uuid.bytes, &number, sizeof(number));
    return uuid;
}

/* A list of daemons, each with its number and that of its previous job (0: none), and the jobs that left the active list before it. */
struct step {
    int left[ROWS_MAX];
    struct {
        int daemon, job;
    } rows[ROWS_MAX];
    const char *found; /* the jobs */
    bool again;        /* the list before, unread since */
};

static const struct {
    const char *why;
    struct step steps[STEPS_MAX];
} cases[] = {
    {"nothing at the first list: those had ended before", {{.rows = {{1, 10}, {2, 20}}, .found = ""}}},
    {"a new one is found, once",
     {{.rows = {{1, 10}, {2, 20}}, .found = ""}, {.rows = {{1, 11}, {2, 20}}, .found = "11 "}, {.rows = {{1, 11}, {2, 20}}, .found = ""}}},
    {"the first job of all", {{.rows = {{1, 0}}, .found = ""}, {.rows = {{1, 10}}, .found = "10 "}}},
    {"none any more", {{.rows = {{1, 10}}, .found = ""}, {.rows = {{1, 0}}, .found = ""}}},
    {"one that left the active list was counted",
     {{.rows = {{1, 10}, {2, 0}}, .found = ""}, {{11, 21}, .rows = {{1, 11}, {2, 22}}, .found = "22 "}}},
    {"also when that was some lists of active jobs ago",
     {{.rows = {{1, 10}}, .found = ""}, {{11}, .rows = {{1, 10}}, .found = "", .again = true}, {{12, 9}, .rows = {{1, 11}}, .found = ""}}},
    {"what left before the last list of daemons is no longer kept in mind",
     {{.rows = {{1, 10}}, .found = ""}, {{11}, .rows = {{1, 11}}, .found = ""}, {.rows = {{1, 12}}, .found = "12 "}}},
    {"of a daemon that is new it is not known when it ran the job",
     {{.rows = {{1, 10}}, .found = ""}, {.rows = {{1, 10}, {2, 20}}, .found = ""}}},
    {"nor of one that is back",
     {{.rows = {{1, 10}, {2, 20}}, .found = ""}, {.rows = {{1, 10}}, .found = ""}, {.rows = {{1, 10}, {2, 21}}, .found = ""}}},
    {"several at once", {{.rows = {{1, 10}, {2, 20}, {3, 0}}, .found = ""}, {.rows = {{1, 11}, {2, 21}, {3, 30}}, .found = "11 21 30 "}}},
};

static void play(struct previous_jobs *previous, const struct step *step, int64_t read_ms, char out[64])
{
    struct daemon_row rows[ROWS_MAX] = {0};
    struct daemon_list daemons = {.items = rows};
    CLEANUP(previous_found_clear) struct previous_found found = {0};
    struct error err = {0};
    size_t used = 0;

    for (size_t i = 0; i < ROWS_MAX && step->left[i]; i++) {
        struct uuid job = uuid_of(step->left[i]);

        previous_jobs_note_left(previous, &job);
    }
    for (; daemons.len < ROWS_MAX && step->rows[daemons.len].daemon; daemons.len++)
        rows[daemons.len] = (struct daemon_row){.id = uuid_of(step->rows[daemons.len].daemon),
                                                .previous_job = uuid_of(step->rows[daemons.len].job)};
    ck_assert_int_eq(previous_jobs_find(previous, &daemons, read_ms, &found, &err), 0);
    out[0] = '\0';
    for (size_t i = 0; i < found.n; i++)
        used += (size_t)snprintf(out + used, 64 - used, "%d ", step->rows[found.daemons[i]].job);
}

START_TEST(list_case)
{
    CLEANUP(previous_jobs_clear) struct previous_jobs previous = {0};
    int64_t read_ms = 1000;

    for (size_t i = 0; i < STEPS_MAX && cases[_i].steps[i].found; i++) {
        char found[64];

        read_ms += cases[_i].steps[i].again ? 0 : 5000;
        play(&previous, &cases[_i].steps[i], read_ms, found);
        ck_assert_msg(strcmp(found, cases[_i].steps[i].found) == 0, "%s, list %zu: '%s'", cases[_i].why, i, found);
    }
}
END_TEST

/* Lists of daemons fail while thousands of jobs come and go: rather none than one twice. */
START_TEST(too_many_have_left)
{
    static const struct step first = {.rows = {{1, 10}}}, second = {.rows = {{1, 11}}}, third = {.rows = {{1, 12}}};
    CLEANUP(previous_jobs_clear) struct previous_jobs previous = {0};
    char found[64];

    play(&previous, &first, 1, found);
    for (int i = 0; i <= PREVIOUS_LEFT_MAX; i++) {
        struct uuid job = uuid_of(1000 + i);

        previous_jobs_note_left(&previous, &job);
    }
    ck_assert_uint_le(previous.left_capacity, PREVIOUS_LEFT_MAX);
    play(&previous, &second, 2, found);
    ck_assert_str_eq(found, "");
    ck_assert_ptr_null(previous.left);
    play(&previous, &third, 3, found);
    ck_assert_str_eq(found, "12 ");
}
END_TEST

Suite *previous_jobs_suite(void)
{
    Suite *suite = suite_create("previous_jobs");
    TCase *tcase = tcase_create("previous_jobs");

    tcase_add_loop_test(tcase, list_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, too_many_have_left);
    suite_add_tcase(suite, tcase);
    return suite;
}
