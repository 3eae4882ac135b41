#include "test/fault/rounds.h"

#include <stdio.h>
#include <string.h>

#include "test/fault/failing.h"

enum { ROUNDS_MAX = 20000, FILLING = 0x5a };

void fault_fill(void *out, size_t size)
{
    memset(out, FILLING, size);
}

enum fault_outcome fault_refused(const void *out, size_t size)
{
    const unsigned char *bytes = out;

    for (size_t i = 0; i < size; i++)
        if (bytes[i] != FILLING)
            return FAULT_TOUCHED;
    return FAULT_REFUSED;
}

static struct failing_report run(const struct fault_action *action, size_t nth, enum failing_mode mode, enum fault_outcome *outcome,
                                 struct error *err)
{
    *err = (struct error){0};
    failing_arm(nth, mode);
    *outcome = action->act(err);
    return failing_disarm();
}

static void check_refused(const char *where, const struct fault_action *action, enum fault_outcome outcome, const struct error *err)
{
    if (outcome == FAULT_DONE && action->may_do_without)
        return;
    ck_assert_msg(outcome != FAULT_DONE, "%s: an allocation failed and nobody says so", where);
    ck_assert_msg(outcome != FAULT_TOUCHED, "%s: *out is not as it was", where);
    ck_assert_msg(outcome != FAULT_DAMAGED, "%s: the result is damaged and nobody says so", where);
    ck_assert_msg(err->text[0] != '\0', "%s: the error has no text", where);
    ck_assert_msg(err->code == ERROR_MEMORY, "%s: another error than that of memory: %s", where, err->text);
}

static void run_mode(const struct fault_action *action, enum failing_mode mode)
{
    struct failing_report report = {.failed = 1};
    enum fault_outcome outcome;
    struct error err;
    char where[160];
    size_t nth = 0;

    while (report.failed > 0) {
        ck_assert_msg(++nth <= ROUNDS_MAX, "%s: more than %d allocations", action->name, ROUNDS_MAX);
        report = run(action, nth, mode, &outcome, &err);
        (void)snprintf(where, sizeof(where), "%s, allocation %zu %s", action->name, nth,
                       mode == FAILING_FROM ? "and all after it" : "alone");
        ck_assert_msg(report.leaked == 0, "%s: %zu blocks leaked", where, report.leaked);
        if (report.failed > 0)
            check_refused(where, action, outcome, &err);
    }
    ck_assert_msg(outcome == FAULT_DONE, "%s: refused without a failure: %s", action->name, err.text);
    ck_assert_msg(nth > action->allocations_least, "%s: only %zu allocations", action->name, nth - 1);
}

void fault_rounds(const struct fault_action *action)
{
    for (enum failing_mode mode = FAILING_FROM; mode < FAILING_MODES; mode++)
        run_mode(action, mode);
}
