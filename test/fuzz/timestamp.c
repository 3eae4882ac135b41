/* timestamp.c - stamps and HTTP dates: read as the C library's calendar says; what is printed is read back. */
#include "base/timestamp.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kube/microtime.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/reference.h"

static const int64_t most_ms = INT64_C(253402300799999); /* the last one of the year 9999 */

static void law_round_trip(int64_t ms)
{
    char text[TIMESTAMP_TEXT_MAX];
    int64_t again = -1;

    timestamp_format_millis(ms, text);
    LAW(strlen(text) == strlen("2026-01-02T03:04:05.678Z"));
    LAW(timestamp_parse(text, &again) && again == ms);
    microtime_format(ms, text);
    LAW(strlen(text) == strlen("2026-01-02T03:04:05.678000Z"));
    LAW(timestamp_parse(text, &again) && again == ms);
    timestamp_format(ms, text);
    LAW(strlen(text) == strlen("2026-01-02T03:04:05Z"));
    LAW(timestamp_parse(text, &again) && again == ms / 1000 * 1000);
    timestamp_format_http_date(ms, text);
    LAW(timestamp_parse_http_date(text, &again) && again == ms / 1000 * 1000);
}

/* Whatever the number: in the buffer, and ended. */
static void law_bounded(int64_t ms)
{
    char text[3][TIMESTAMP_TEXT_MAX];

    timestamp_format(ms, text[0]);
    timestamp_format_millis(ms, text[1]);
    timestamp_format_http_date(ms, text[2]);
    for (size_t i = 0; i < 3; i++)
        LAW(strnlen(text[i], TIMESTAMP_TEXT_MAX) < TIMESTAMP_TEXT_MAX);
}

static bool http_date_slowly(const char *text, int64_t *out_ms)
{
    struct tm tm = {0}, same;
    const char *rest;
    char month[4];
    int64_t leap;

    /* Any name of a day, with its comma; two digits each. */
    if (strlen(text) != 29 || strncmp(text + 3, ", ", 2) != 0 || strspn(text + 5, "0123456789") != 2 ||
        strspn(text + 12, "0123456789") != 4 || strspn(text + 17, "0123456789") != 2 || strspn(text + 20, "0123456789") != 2 ||
        strspn(text + 23, "0123456789") != 2)
        return false;
    if (text[7] != ' ' || text[11] != ' ' || text[16] != ' ')
        return false;
    rest = strptime(text + 5, "%d %b %Y %H:%M:%S GMT", &tm);
    if (!rest || *rest != '\0' || strcmp(text + 25, " GMT") != 0 || tm.tm_year < 70)
        return false;
    LAW(strftime(month, sizeof(month), "%b", &tm) == 3);
    if (strncmp(month, text + 8, 3) != 0) /* strptime takes small letters for capitals */
        return false;
    leap = tm.tm_sec == 60;
    tm.tm_sec -= (int)leap;
    same = tm;
    *out_ms = (timegm(&same) + leap) * 1000;
    return same.tm_mday == tm.tm_mday && same.tm_mon == tm.tm_mon && same.tm_hour == tm.tm_hour && same.tm_sec == tm.tm_sec &&
           *out_ms <= most_ms;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t number = number_of(data, size);
    char *text = text_of(data, size);
    int64_t ms = -1, expected;

    if (timestamp_parse(text, &ms)) {
        LAW(reference_stamp(text, &expected) && ms == expected);
        law_round_trip(ms);
    } else {
        LAW(!reference_stamp(text, &expected) && ms == -1);
    }
    ms = -1;
    if (timestamp_parse_http_date(text, &ms)) {
        LAW(http_date_slowly(text, &expected) && ms == expected);
        law_round_trip(ms);
    } else {
        LAW(!http_date_slowly(text, &expected) && ms == -1);
    }
    law_round_trip((int64_t)(number % ((uint64_t)most_ms + 1)));
    law_bounded((int64_t)number);
    free(text);
    return 0;
}
