/* Who waits for a poll, for how long, and who is told when. */
#include "apiservice/read_desk.h"

#include <check.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "test/unit/apiservice/suites.h"

enum { TICKETS = 3, POLL_TAKES_MS = 30 };

/* A desk on a loop that ends when everybody was resumed. */
struct world {
    struct loop *loop;
    struct loop_timer *poll_end;
    struct read_desk *desk;
    struct read_ticket tickets[TICKETS];
    int64_t began_ms, resumed_ms[TICKETS];
    size_t n_resumed, n_polls;
    bool never_answers, answers_at_once, second_comes_later;
};

static struct world *world; /* the test's; resume has no context but the ticket's place */

static void on_resume(void *context)
{
    int64_t *at = context;

    ck_assert_int_eq(*at, 0); /* once */
    *at = clock_boot_ms() - world->began_ms;
    if (++world->n_resumed == TICKETS)
        loop_stop(world->loop);
}

static void wait_for_poll(size_t i)
{
    read_desk_wait(world->desk, &world->tickets[i], on_resume, &world->resumed_ms[i]);
}

static void on_poll(void *context)
{
    struct world *self = context;

    self->n_polls++;
    if (self->answers_at_once) {
        read_desk_answered(self->desk);
    } else if (!self->never_answers) {
        loop_timer_after(self->poll_end, POLL_TAKES_MS);
    }
    if (self->second_comes_later && self->n_polls == 1)
        wait_for_poll(TICKETS - 1);
}

static void on_poll_end(void *context)
{
    struct world *self = context;

    read_desk_note(self->desk, clock_boot_ms());
    read_desk_answered(self->desk);
}

static void world_open(struct world *self)
{
    struct error err = {0};

    world = self;
    self->loop = loop_new(&err);
    ck_assert_msg(self->loop != NULL, "%s", err.text);
    self->desk = read_desk_new(self->loop, on_poll, self, &err);
    ck_assert_msg(self->desk != NULL, "%s", err.text);
    self->poll_end = loop_timer_new(self->loop, on_poll_end, self);
    self->began_ms = clock_boot_ms() - 1; /* so that no time is 0 */
}

static void world_close(struct world *self)
{
    read_desk_free(self->desk);
    loop_timer_free(self->poll_end);
    loop_free(self->loop);
}

static void run(struct world *self)
{
    struct error err = {0};

    ck_assert_msg(loop_run(self->loop, &err) == 0, "%s", err.text);
}

static const struct {
    bool never_answers, answers_at_once, second_comes_later;
    int64_t least_ms, most_ms; /* until the last one was resumed */
} waits[] = {
    {false, false, false, POLL_TAKES_MS, READ_WAIT_MAX_MS - 100},
    {false, false, true, POLL_TAKES_MS, READ_WAIT_MAX_MS - 100},
    {false, true, false, 0, READ_WAIT_MAX_MS - 100},
    {true, false, false, READ_WAIT_MAX_MS, READ_WAIT_MAX_MS + 900},
};

START_TEST(one_poll_for_all)
{
    struct world self = {.never_answers = waits[_i].never_answers,
                         .answers_at_once = waits[_i].answers_at_once,
                         .second_comes_later = waits[_i].second_comes_later};

    world_open(&self);
    for (size_t i = 0; i < (waits[_i].second_comes_later ? TICKETS - 1 : TICKETS); i++)
        wait_for_poll(i);
    run(&self);
    ck_assert_uint_eq(self.n_polls, 1);
    for (size_t i = 0; i < TICKETS; i++) {
        ck_assert(self.tickets[i].waited && !self.tickets[i].waits);
        ck_assert_int_ge(self.resumed_ms[i], waits[_i].least_ms);
        ck_assert_int_le(self.resumed_ms[i], waits[_i].most_ms);
    }
    world_close(&self);
}
END_TEST

/* Before the loop has seen them, and after. */
START_TEST(closing_resumes)
{
    struct world self = {.never_answers = true};

    world_open(&self);
    wait_for_poll(0);
    wait_for_poll(1);
    ck_assert_uint_eq(self.n_resumed, 0);
    read_desk_close(self.desk);
    ck_assert_uint_eq(self.n_resumed, 2);
    wait_for_poll(2); /* too late: at once */
    ck_assert_uint_eq(self.n_resumed, 3);
    world_close(&self);
}
END_TEST

static const struct {
    int64_t age_ms;
    bool on, due;
} ages[] = {
    {0, true, false}, {READ_AGE_MAX_MS, true, false}, {READ_AGE_MAX_MS + 1, true, true}, {1000000, true, true}, {1000000, false, false},
};

START_TEST(due_case)
{
    struct world self = {0};

    world_open(&self);
    ck_assert(!read_desk_is_due(self.desk, 5000000)); /* off at first */
    read_desk_switch(self.desk, ages[_i].on);
    read_desk_note(self.desk, 4000000);
    ck_assert(read_desk_is_due(self.desk, 4000000 + ages[_i].age_ms) == ages[_i].due);
    world_close(&self);
}
END_TEST

Suite *read_desk_suite(void)
{
    Suite *suite = suite_create("read_desk");
    TCase *tcase = tcase_create("read_desk");

    tcase_add_loop_test(tcase, one_poll_for_all, 0, ARRAY_LEN(waits));
    tcase_add_test(tcase, closing_resumes);
    tcase_add_loop_test(tcase, due_case, 0, ARRAY_LEN(ages));
    suite_add_tcase(suite, tcase);
    return suite;
}
