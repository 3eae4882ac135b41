/* zone.c - TZif files: where a zone is accepted, a moment goes to local time and back, an hour that is shown twice to one of its two. */
#include "queue/zone.h"

#include <stdlib.h>
#include <string.h>

#include "test/fuzz/fuzz.h"

enum { MOMENTS = 24, DAY_S = 86400, HOURS_2_S = 7200, FARTHEST_S = 14 * 3600, OLD_S = 1500000000 };

static bool is_usual_change(const struct zone_change *change)
{
    return change->form == ZONE_BY_WEEKDAY && change->time_s >= 0 && change->time_s <= DAY_S;
}

/* A file may claim changes so large or so close that one local time comes a third time. */
static bool is_plausible(const struct zone *zone)
{
    const struct zone_rule *rule = &zone->rule;

    for (size_t i = 0; i < zone->n_transitions; i++) {
        if (abs(zone->transitions[i].offset_s) > DAY_S ||
            (i > 0 && zone->transitions[i].unix_s - zone->transitions[i - 1].unix_s < INT64_C(4) * DAY_S))
            return false;
    }
    return abs(zone->first_offset_s) <= DAY_S &&
           (!zone->has_rule ||
            (abs(rule->standard_s) <= FARTHEST_S && abs(rule->summer_s - rule->standard_s) <= HOURS_2_S &&
             is_usual_change(&rule->to_summer) && is_usual_change(&rule->to_standard) && rule->to_summer.month != rule->to_standard.month &&
             (zone->n_transitions == 0 || zone->transitions[zone->n_transitions - 1].unix_s < OLD_S)));
}

static void law_there_and_back(const struct zone *zone, int64_t unix_s)
{
    int64_t local = unix_s + zone_offset_s(zone, unix_s);
    int64_t earlier = zone_to_unix(zone, local, ZONE_EARLIER), later = zone_to_unix(zone, local, ZONE_LATER);

    LAW(earlier <= later);
    LAW(!is_plausible(zone) || (earlier <= unix_s && unix_s <= later));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct zone zone;

    fill(&zone, sizeof(zone));
    if (zone_parse(data, size, &zone, &err) < 0) {
        LAW(is_filled(&zone, sizeof(zone)));
        law_error_is_told(&err);
        return 0;
    }
    LAW(zone.n_transitions <= ZONE_TRANSITIONS_MAX);
    for (size_t i = 1; i < zone.n_transitions; i++)
        LAW(zone.transitions[i - 1].unix_s < zone.transitions[i].unix_s);
    for (size_t i = 0; i < MOMENTS; i++)
        law_there_and_back(&zone, (int64_t)(1577836800 + i * 2629800 + number_of(data, size) % 1000000));
    zone_clear(&zone);
    return 0;
}
