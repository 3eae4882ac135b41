/* workshop_map.c - the data of a ConfigMap as a workshop: what is read and written plainly again is read as the same; what is refused
 * says so in one line.
 *
 * A line "key=value" is an entry. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/duration.h"
#include "base/timestamp.h"
#include "queue/workshop.h"
#include "test/fuzz/fuzz.h"

enum { ENTRIES_MAX = 16, DAY_MS = 86400000 };

/* Cuts text in place. */
static size_t cut_entries(char *text, struct workshop_entry entries[ENTRIES_MAX])
{
    size_t n = 0;

    for (char *line = text, *end; line && n < ENTRIES_MAX; line = end) {
        char *value = strchr(line, '=');

        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        value = value && (!end || value < end) ? value : NULL;
        if (!value)
            continue;
        *value = '\0';
        entries[n++] = (struct workshop_entry){line, value + 1};
    }
    return n;
}

static void law_sound(const struct workshop *workshop)
{
    LAW(strcmp(workshop->name, "fuzz") == 0);
    LAW(workshop->queue[0] != '\0' && strlen(workshop->queue) <= WORKSHOP_NAME_MAX);
    LAW(workshop->users >= 1 && workshop->users <= WORKSHOP_USERS_MAX);
    LAW(workshop->start_unix_ms < workshop->end_unix_ms && workshop->lead_ms >= 0 && workshop->lead_ms <= DAY_MS);
}

static void law_round_trip(const struct workshop *workshop, const struct zone *zone)
{
    CLEANUP(buffer_clear) struct buffer users = BUFFER_INIT(32);
    char start[TIMESTAMP_TEXT_MAX], end[TIMESTAMP_TEXT_MAX], lead[DURATION_TEXT_MAX];
    struct workshop again = {0};
    struct error err = {0};

    timestamp_format_millis(workshop->start_unix_ms, start);
    timestamp_format_millis(workshop->end_unix_ms, end);
    duration_format(workshop->lead_ms, lead);
    (void)buffer_printf(&users, "%lld", (long long)workshop->users);
    const struct workshop_entry entries[] = {
        {"queue", workshop->queue}, {"start", start}, {"end", end}, {"users", buffer_text(&users)}, {"lead", lead}};
    const struct workshop_map map = {.name = "fuzz", .entries = entries, .n = ARRAY_LEN(entries), .zone = zone};

    LAW(workshop_read(&map, &again, &err) == 0);
    LAW(again.start_unix_ms == workshop->start_unix_ms && again.end_unix_ms == workshop->end_unix_ms);
    LAW(again.users == workshop->users && again.lead_ms == workshop->lead_ms && strcmp(again.queue, workshop->queue) == 0);
    workshop_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct zone utc = {0};
    char *text = text_of(data, size);
    struct workshop_entry entries[ENTRIES_MAX];
    const struct workshop_map map = {.name = "fuzz", .entries = entries, .n = cut_entries(text, entries), .zone = &utc};
    struct workshop workshop;
    struct error err = {0};

    fill(&workshop, sizeof(workshop));
    if (workshop_read(&map, &workshop, &err) < 0) {
        LAW(is_filled(&workshop, sizeof(workshop)));
        law_error_is_told(&err);
    } else {
        law_sound(&workshop);
        if (workshop.start_unix_ms >= 0 && workshop.end_unix_ms <= INT64_C(253402300799999)) /* what can be written again */
            law_round_trip(&workshop, &utc);
        workshop_clear(&workshop);
    }
    free(text);
    return 0;
}
