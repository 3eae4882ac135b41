/* zone.c - TZif files: where a zone is accepted, a moment goes to local time and back, an hour that is shown twice to one of its two. */
#include "queue/zone.h"

#include <string.h>

#include "test/fuzz/fuzz.h"

enum { MOMENTS = 24 };

static void law_there_and_back(const struct zone *zone, int64_t unix_s)
{
    int64_t local = unix_s + zone_offset_s(zone, unix_s);
    int64_t earlier = zone_to_unix(zone, local, ZONE_EARLIER), later = zone_to_unix(zone, local, ZONE_LATER);

    LAW(earlier <= unix_s && unix_s <= later);
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
