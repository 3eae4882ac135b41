#include "queue/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "queue/zone_rule.h"

static const int64_t hour_s = 3600;

void zone_clear(struct zone *zone)
{
    free(zone->transitions);
    *zone = (struct zone){0};
}

/* --- the file: TZif --- */

enum { HEADER_LEN = 44, COUNTS = 6, TYPE_LEN = 6, OFFSET_MAX_S = 26 * 3600 };

/* In the order of the header. */
enum { UT_MARKS, STANDARD_MARKS, LEAPS, TRANSITIONS, TYPES, NAME_BYTES };

struct reader {
    const unsigned char *bytes;
    size_t left;
};

/* NULL when there are not so many left. */
static const unsigned char *take(struct reader *reader, size_t len)
{
    const unsigned char *taken = reader->bytes;

    if (reader->left < len)
        return NULL;
    reader->bytes += len;
    reader->left -= len;
    return taken;
}

static uint32_t big_endian_32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t big_endian_64(const unsigned char *bytes)
{
    return (int64_t)((uint64_t)big_endian_32(bytes) << 32 | big_endian_32(bytes + 4));
}

static bool take_header(struct reader *reader, uint32_t counts[COUNTS])
{
    const unsigned char *header = take(reader, HEADER_LEN);

    if (!header || memcmp(header, "TZif", 4) != 0 || header[4] < '2')
        return false;
    for (size_t i = 0; i < COUNTS; i++) {
        counts[i] = big_endian_32(header + 20 + 4 * i);
        if (counts[i] > ZONE_FILE_MAX)
            return false;
    }
    return true;
}

/* The block of version 1, with its times of 32 bits, is there for old readers. */
static bool skip_block(struct reader *reader, const uint32_t counts[COUNTS])
{
    size_t len = counts[TRANSITIONS] * (size_t)5 + counts[TYPES] * (size_t)TYPE_LEN + counts[NAME_BYTES] + counts[LEAPS] * (size_t)8 +
                 counts[STANDARD_MARKS] + counts[UT_MARKS];

    return take(reader, len) != NULL;
}

static bool take_transitions(struct reader *reader, const uint32_t counts[COUNTS], struct zone *out, struct error *err)
{
    size_t n = counts[TRANSITIONS];
    const unsigned char *times = take(reader, n * 8), *indices = take(reader, n), *types = take(reader, counts[TYPES] * (size_t)TYPE_LEN);

    if (!times || !indices || !types || counts[TYPES] == 0 || n > ZONE_TRANSITIONS_MAX)
        return false;
    out->transitions = calloc(n + 1, sizeof(*out->transitions)); /* never of nothing */
    if (!out->transitions) {
        (void)error_no_memory(err);
        return false;
    }
    out->n_transitions = n;
    out->first_offset_s = (int32_t)big_endian_32(types);
    for (size_t i = 0; i < n; i++) {
        if (indices[i] >= counts[TYPES])
            return false;
        out->transitions[i].unix_s = big_endian_64(times + 8 * i);
        out->transitions[i].offset_s = (int32_t)big_endian_32(types + (size_t)TYPE_LEN * indices[i]);
    }
    return true;
}

static bool is_plausible(const struct zone *zone)
{
    if (zone->first_offset_s > OFFSET_MAX_S || zone->first_offset_s < -OFFSET_MAX_S)
        return false;
    for (size_t i = 0; i < zone->n_transitions; i++) {
        const struct zone_transition *transition = &zone->transitions[i];

        if (transition->offset_s > OFFSET_MAX_S || transition->offset_s < -OFFSET_MAX_S)
            return false;
        if (i > 0 && transition->unix_s <= transition[-1].unix_s)
            return false;
    }
    return true;
}

/* Behind the block, between two newlines; it may be empty. */
static bool take_footer(struct reader *reader, struct zone *out)
{
    char text[128];
    const unsigned char *end;
    size_t len;

    if (reader->left < 2 || reader->bytes[0] != '\n')
        return false;
    end = memchr(reader->bytes + 1, '\n', reader->left - 1);
    len = end ? (size_t)(end - reader->bytes) - 1 : sizeof(text);
    if (len >= sizeof(text))
        return false;
    memcpy(text, reader->bytes + 1, len);
    text[len] = '\0';
    out->has_rule = len > 0;
    return len == 0 || zone_rule_parse(text, &out->rule);
}

static bool take_names_and_marks(struct reader *reader, const uint32_t counts[COUNTS])
{
    return take(reader, counts[NAME_BYTES] + counts[LEAPS] * (size_t)12 + counts[STANDARD_MARKS] + counts[UT_MARKS]) != NULL;
}

int zone_parse(const void *bytes, size_t len, struct zone *out, struct error *err)
{
    CLEANUP(zone_clear) struct zone zone = {0};
    struct reader reader = {.bytes = bytes, .left = len};
    struct error inner = {0};
    uint32_t counts[COUNTS];

    if (!take_header(&reader, counts) || !skip_block(&reader, counts) || !take_header(&reader, counts))
        return error_set(err, ERROR_INVALID, "not a TZif file of version 2 or newer");
    if (!take_transitions(&reader, counts, &zone, &inner) || !take_names_and_marks(&reader, counts) || !take_footer(&reader, &zone) ||
        !is_plausible(&zone)) {
        if (inner.code == ERROR_MEMORY)
            return error_no_memory(err);
        return error_set(err, ERROR_INVALID, "damaged TZif file");
    }
    *out = zone;
    zone = (struct zone){0};
    return 0;
}

int zone_load(const char *name, struct zone *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(ZONE_FILE_MAX);
    char path[sizeof("/usr/share/zoneinfo/") + ZONE_NAME_MAX];
    int len = snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);

    if (strcmp(name, "UTC") == 0) {
        *out = (struct zone){0};
        return 0;
    }
    if (len < 0 || (size_t)len >= sizeof(path) || strstr(name, ".."))
        return error_set(err, ERROR_INVALID, "time zone %.*s: not a name", ZONE_NAME_MAX, name);
    if (file_read(path, &bytes, err) < 0 || zone_parse(buffer_text(&bytes), bytes.len, out, err) < 0)
        return error_wrap(err, "time zone %s", name);
    return 0;
}

/* --- the clock on the wall --- */

static size_t transitions_until(const struct zone *zone, int64_t unix_s)
{
    size_t low = 0, high = zone->n_transitions;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (zone->transitions[middle].unix_s <= unix_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int32_t zone_offset_s(const struct zone *zone, int64_t unix_s)
{
    size_t passed = transitions_until(zone, unix_s);

    if (passed == zone->n_transitions && zone->has_rule)
        return zone_rule_offset_s(&zone->rule, unix_s);
    return passed > 0 ? zone->transitions[passed - 1].offset_s : zone->first_offset_s;
}

int64_t zone_to_unix(const struct zone *zone, int64_t local_s, enum zone_choice choice)
{
    /* The offsets half a day or more before and after, beyond any offset: they differ when the clock was set between them. */
    int64_t before_s = local_s - zone_offset_s(zone, local_s - 15 * hour_s), after_s = local_s - zone_offset_s(zone, local_s + 15 * hour_s);
    bool before_fits = before_s + zone_offset_s(zone, before_s) == local_s, after_fits = after_s + zone_offset_s(zone, after_s) == local_s;
    int64_t earlier_s = before_s < after_s ? before_s : after_s;

    if (before_fits != after_fits)
        return before_fits ? before_s : after_s;
    return choice == ZONE_EARLIER ? earlier_s : before_s + after_s - earlier_s;
}

int zone_hour_of_week(const struct zone *zone, int64_t unix_s)
{
    const int64_t monday_s = 72 * hour_s; /* 1970-01-01 was a Thursday: three days after a Monday */
    const int64_t week_s = 168 * hour_s;
    int64_t local_s = unix_s + zone_offset_s(zone, unix_s) + monday_s;

    return (int)((local_s % week_s + week_s) % week_s / hour_s);
}
