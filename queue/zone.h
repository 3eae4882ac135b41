/* zone.h - a time zone of the IANA database: the local time of an hour and a weekday, and back. Pure, but for zone_load.
 *
 * Shape    the transitions of a TZif file, and the rule in its footer for all time after them; {0} is UTC
 * Bounds   a file of ZONE_FILE_MAX bytes, ZONE_TRANSITIONS_MAX transitions; only version 2 and newer, as zic has written since 2006
 * Units    *_s: seconds; unix: UTC, local: what a clock on the wall shows, counted as if it were UTC
 * Owner    {0} / zone_clear
 * Source   RFC 8536 (TZif); POSIX.1-2017 8.3 (TZ), with the hours -167 to 167 that RFC 8536 3.3.1 adds */
#ifndef QUEUE_ZONE_H
#define QUEUE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

enum { ZONE_FILE_MAX = 64 * 1024, ZONE_TRANSITIONS_MAX = 4000, ZONE_NAME_MAX = 64 };

struct zone_transition {
    int64_t unix_s;
    int32_t offset_s; /* east of UTC, from then on */
};

/* "Mm.w.d/time" and its two other forms. */
struct zone_change {
    enum { ZONE_BY_WEEKDAY, ZONE_BY_DAY_WITHOUT_LEAP, ZONE_BY_DAY } form;
    int month, week, weekday; /* ZONE_BY_WEEKDAY: week 5 is the last; Sunday is 0 */
    int day;                  /* of the year: without leap 1 to 365, the 29th of February never counted; else 0 to 365 */
    int32_t time_s;           /* local time, before the change */
};

struct zone_rule {
    int32_t standard_s, summer_s; /* offsets; the same when there is no summer time */
    struct zone_change to_summer, to_standard;
};

struct zone {
    int32_t first_offset_s; /* before the first transition */
    struct zone_transition *transitions;
    size_t n_transitions;
    bool has_rule;
    struct zone_rule rule;
};

/* What a local time means that the clock shows twice, or never. */
enum zone_choice { ZONE_EARLIER, ZONE_LATER };

void zone_clear(struct zone *zone);
int zone_parse(const void *bytes, size_t len, struct zone *out, struct error *err) MUST_CHECK;
/* From the system's database; "UTC" without. The name must be one. */
int zone_load(const char *name, struct zone *out, struct error *err) MUST_CHECK;

int32_t zone_offset_s(const struct zone *zone, int64_t unix_s);
int64_t zone_to_unix(const struct zone *zone, int64_t local_s, enum zone_choice choice);
/* 0: Monday 00:00 to 01:00 local time, to 167. */
int zone_hour_of_week(const struct zone *zone, int64_t unix_s);

#endif
