/* refresh_inside.h - what the files of the refresh share. Nobody else includes it.
 *
 * Shape    refresh_polls.c    pollers ask Coder; each answer goes to the worker, which decodes it
 *          refresh_schedule.c workspaces that Coder will start soon (autostart)
 *          refresh_build.c    the worker models what changed and builds the next snapshot; the loop publishes it
 *          refresh_readers.c  readers who wait for a poll (refresh: on-read)
 *          refresh.c          the configuration in force; the start and the end
 * Threads  the loop's, except what is named _work: the worker's. state is the worker's while busy > 0 */
#ifndef ADAPTER_REFRESH_INSIDE_H
#define ADAPTER_REFRESH_INSIDE_H

#include <stdatomic.h>

#include "adapter/cluster_told.h"
#include "adapter/coder_history.h"
#include "adapter/coder_state.h"
#include "adapter/refresh.h"

/* One organization's poller and how its paths went last. */
struct poll_slot {
    struct poller *poller; /* NULL: none (any more) */
    bool failing[POLL_PATHS];
    bool awaited[POLL_PATHS];             /* readers wait for its next answer */
    int64_t answered_boot_ms[POLL_PATHS]; /* well or badly; 0: never */
};

/* Readers wait for every awaited path, then for the next build that begins after the last of them, then they are told. */
enum reader_round { ROUND_NONE, ROUND_POLLING, ROUND_POLLED, ROUND_BUILDING };

struct refresh {
    struct refresh_options options;
    struct config *config; /* in force; the state's specs point into it */
    struct config *next;   /* waits until the worker rests */
    struct coder_client *client;
    struct poll_slot *slots; /* one per organization of the state */
    size_t n_slots;
    struct coder_state state;      /* the worker's while busy > 0 */
    struct coder_state next_state; /* of next, empty */
    unsigned busy;                 /* errands that the worker has */
    struct loop_timer *build_timer;
    struct loop_timer *poll_timer; /* runs when polling could not begin */
    bool build_wanted, building, stopped;
    int64_t built_boot_us, build_took_us;
    enum reader_round round;
    struct cluster_told told;
    struct zone zone;                        /* of the configuration in force */
    struct coder_history *history;           /* NULL: nothing is kept */
    struct schedule_reader *schedule_reader; /* NULL: no queue wants it */
    struct node_watch *nodes;                /* NULL: none */
    atomic_bool settled;
};

/* --- refresh_polls.c --- */

int refresh_start_polling(struct refresh *refresh, struct error *err) MUST_CHECK;
/* unsettled_too: also those whose answer the worker still has. */
void refresh_drop_pollers(struct refresh *refresh, bool unsettled_too);

/* --- refresh_schedule.c --- */

int refresh_start_schedule(struct refresh *refresh, struct error *err) MUST_CHECK;
/* The worker rests. */
void refresh_drop_schedule(struct refresh *refresh);

/* --- refresh_build.c --- */

void refresh_start_build(void *context); /* the build timer's callback */
/* A snapshot is due: as soon as builds may cost that much again. */
void refresh_want_build(struct refresh *refresh);

/* --- refresh_readers.c --- */

void refresh_tell_readers(struct refresh *refresh);
/* The path was answered, well or badly. */
void refresh_note_answer(struct refresh *refresh, struct poll_slot *slot, enum poll_path path);
void refresh_look_at_round(struct refresh *refresh);

/* --- refresh.c --- */

/* Durations and learned hours are to be kept over a restart. */
bool refresh_wants_history(const struct config *config);
/* One errand of the worker is done. */
void refresh_rest(struct refresh *refresh);

#endif
