/* refresh_readers.c - readers who wait: every path is polled once more, then a snapshot is built, then they are told. */
#include "adapter/refresh_inside.h"
#include "base/clock.h"

void refresh_tell_readers(struct refresh *refresh)
{
    refresh->round = ROUND_NONE;
    if (refresh->options.readers)
        read_desk_answered(refresh->options.readers);
}

static bool is_awaited(const struct poll_slot *slot)
{
    for (enum poll_path path = 0; slot->poller && path < POLL_PATHS; path++)
        if (slot->awaited[path])
            return true;
    return false;
}

void refresh_look_at_round(struct refresh *refresh)
{
    if (refresh->round != ROUND_POLLING)
        return;
    for (size_t i = 0; i < refresh->n_slots; i++)
        if (is_awaited(&refresh->slots[i]))
            return;
    refresh->round = ROUND_POLLED;
    refresh_want_build(refresh);
}

void refresh_note_answer(struct refresh *refresh, struct poll_slot *slot, enum poll_path path)
{
    slot->awaited[path] = false;
    slot->answered_boot_ms[path] = clock_boot_ms();
    refresh_look_at_round(refresh);
}

/* What was answered just now is not asked again, so that one organization that rests does not have the others polled at every read. */
static bool hurry(struct poll_slot *slot, int64_t now_boot_ms)
{
    bool any = false;

    for (enum poll_path path = POLL_DAEMONS; slot->poller && path <= POLL_JOBS; path++) {
        slot->awaited[path] = now_boot_ms - slot->answered_boot_ms[path] > READ_AGE_MAX_MS && poller_hurry(slot->poller, path);
        any = any || slot->awaited[path];
    }
    return any;
}

void refresh_now(struct refresh *refresh)
{
    int64_t now_boot_ms = clock_boot_ms();
    bool any = false;

    if (refresh->round != ROUND_NONE)
        return;
    for (size_t i = 0; i < refresh->n_slots && !refresh->stopped; i++)
        any = hurry(&refresh->slots[i], now_boot_ms) || any;
    if (any)
        refresh->round = ROUND_POLLING;
    else
        refresh_tell_readers(refresh);
}
