/* history_place.h - what the fuzz targets of a history's file share: where the file is, and the laws of what is read of it.
 *
 * Threads  one
 * Owner    the folder is removed when the program ends */
#ifndef TEST_FUZZ_HISTORY_PLACE_H
#define TEST_FUZZ_HISTORY_PLACE_H

#include "nodegroup/history.h"

#define HISTORY_PLACE_BEGIN_UNIX_MS INT64_C(1789344000000) /* the start of a day */
#define HISTORY_PLACE_DAY_MS INT64_C(86400000)
#define HISTORY_PLACE_PIECE_MS 240000

/* The path of the file, in a fresh folder at the first call. */
const char *history_place_path(void);
/* No file is there, nor what lies beside one. */
void history_place_clear(void);

/* Each bucket from three days before the begin to a day after it is in its grid, in order and within its bounds.
 * *n of them; -1: it could not be read. */
int history_place_read(struct history *history, const char *series, enum history_tier tier, size_t *n, struct error *err) MUST_CHECK;
/* An hour of pieces from the begin on. */
void history_place_add_hour(struct history *history, const char *series);

#endif
