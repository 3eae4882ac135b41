/* series_csv.c - CSV text into an hourly series, in two passes over the text: the span of time, then the sums. */
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/timestamp.h"
#include "nodegroup/series.h"

enum { LINE_MAX_BYTES = 256, SHOWN_MAX = 40 };

static const int64_t hour_ms = 3600000;
static const double unix_seconds_max = 253402300799.0; /* the end of the year 9999 */
static const double value_max = 1e18;                  /* sums of these stay exact enough, and finite */

struct reader {
    const char *text;
    size_t len, at, line; /* line: of the row that was read last */
};

struct row {
    char time[LINE_MAX_BYTES], value[LINE_MAX_BYTES];
    int64_t hour;
    double number; /* NaN: a gap */
};

void series_clear(struct series *series)
{
    free(series->values);
    *series = (struct series){0};
}

/* Copies a field without blanks and quotes around it; what could not be printed becomes "?". */
static void take_field(const char *from, size_t len, char out[LINE_MAX_BYTES])
{
    size_t n = 0;

    while (len > 0 && strchr(" \t\r", from[len - 1]))
        len--;
    while (len > 0 && strchr(" \t", *from)) {
        from++;
        len--;
    }
    if (len >= 2 && from[0] == '"' && from[len - 1] == '"') {
        from++;
        len -= 2;
    }
    for (; n < len && n < LINE_MAX_BYTES - 1; n++) {
        out[n] = from[n];
        if (from[n] < 0x20 || from[n] >= 0x7f)
            out[n] = '?';
    }
    out[n] = '\0';
}

/* 1: a line with its fields; 0: the text ended. Empty lines are passed over. */
static int next_line(struct reader *reader, struct row *row, struct error *err)
{
    while (reader->at < reader->len) {
        const char *begin = reader->text + reader->at, *end = memchr(begin, '\n', reader->len - reader->at), *comma;
        size_t len = end ? (size_t)(end - begin) : reader->len - reader->at;

        reader->at += len + (end ? 1 : 0);
        reader->line++;
        if (len == 0 || (len == 1 && *begin == '\r'))
            continue;
        if (len >= LINE_MAX_BYTES)
            return error_set(err, ERROR_LIMIT, "line %zu: %zu bytes long, at most %d are read", reader->line, len, LINE_MAX_BYTES - 1);
        comma = memchr(begin, ',', len);
        if (!comma)
            return error_set(err, ERROR_INVALID, "line %zu: one column; expected two, time and value, with a comma between them",
                             reader->line);
        if (memchr(comma + 1, ',', len - (size_t)(comma + 1 - begin)))
            return error_set(err, ERROR_INVALID, "line %zu: more than two columns; keep time and value only", reader->line);
        take_field(begin, (size_t)(comma - begin), row->time);
        take_field(comma + 1, len - (size_t)(comma + 1 - begin), row->value);
        return 1;
    }
    return 0;
}

static bool parse_number(const char *text, double *out)
{
    char *end = NULL;
    double number;

    if (strspn(text, "0123456789+-.eE") != strlen(text) || *text == '\0') /* strtod would also take hex and words */
        return false;
    errno = 0;
    number = strtod(text, &end);
    if (*end != '\0' || !isfinite(number))
        return false;
    *out = number;
    return true;
}

static bool parse_hour(const char *text, int64_t *out)
{
    int64_t unix_ms = 0;
    double seconds = 0.0;

    if (parse_number(text, &seconds)) {
        if (seconds < 0 || seconds > unix_seconds_max)
            return false;
        *out = (int64_t)seconds / 3600;
        return true;
    }
    if (!timestamp_parse(text, &unix_ms) || unix_ms < 0)
        return false;
    *out = unix_ms / hour_ms;
    return true;
}

static bool parse_value(const char *text, double *out)
{
    if (*text == '\0' || strcasecmp(text, "nan") == 0 || strcasecmp(text, "null") == 0) {
        *out = (double)NAN;
        return true;
    }
    return parse_number(text, out) && fabs(*out) <= value_max;
}

static bool is_header(const struct reader *reader, const struct row *row)
{
    double number;
    int64_t hour;

    return reader->line == 1 && !parse_hour(row->time, &hour) && !parse_number(row->value, &number);
}

/* 1: a row; 0: no more. */
static int next_row(struct reader *reader, struct row *row, struct error *err)
{
    int found = next_line(reader, row, err);

    if (found == 1 && is_header(reader, row))
        found = next_line(reader, row, err);
    if (found <= 0)
        return found;
    if (!parse_hour(row->time, &row->hour))
        return error_set(err, ERROR_INVALID,
                         "line %zu: time \"%.*s\": expected RFC 3339 with a zone (2026-01-02T03:04:05Z) or Unix seconds", reader->line,
                         SHOWN_MAX, row->time);
    if (!parse_value(row->value, &row->number))
        return error_set(err, ERROR_INVALID, "line %zu: value \"%.*s\": expected a finite number up to 1e18, or nothing for a gap",
                         reader->line, SHOWN_MAX, row->value);
    return 1;
}

/* A file that a spreadsheet wrote may begin with a byte order mark. */
static struct reader reader_of(const char *text, size_t len)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t skip = len >= 3 && memcmp(text, mark, 3) == 0 ? 3 : 0;

    return (struct reader){.text = text, .len = len, .at = skip};
}

static int find_span(struct reader reader, struct series *out, struct error *err)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    struct row row = {0};
    int found;

    while ((found = next_row(&reader, &row, err)) == 1) {
        first = row.hour < first ? row.hour : first;
        last = row.hour > last ? row.hour : last;
        if (last - first >= SERIES_HOURS_MAX)
            return error_set(err, ERROR_LIMIT, "line %zu: the file spans more than ten years; is the time %.*s right?", reader.line,
                             SHOWN_MAX, row.time);
    }
    if (found < 0)
        return -1;
    if (first > last)
        return error_set(err, ERROR_INVALID, "no row with a time and a value");
    out->first_hour = first;
    out->len = (size_t)(last - first) + 1;
    return 0;
}

static void free_counts(uint32_t **counts)
{
    free(*counts);
}

static int fill_hours(struct reader reader, struct series *out, struct error *err)
{
    CLEANUP(free_counts) uint32_t *counts = calloc(out->len > 0 ? out->len : 1, sizeof(*counts));
    struct row row = {0};

    assert(out->len > 0);
    out->values = calloc(out->len, sizeof(*out->values));
    if (!out->values || !counts)
        return error_no_memory(err);
    while (next_row(&reader, &row, err) == 1) { /* the first pass has seen that every row is right */
        size_t i = (size_t)(row.hour - out->first_hour);

        if (isfinite(row.number)) {
            out->values[i] += row.number;
            counts[i]++;
        }
    }
    for (size_t i = 0; i < out->len; i++) {
        out->values[i] = counts[i] > 0 ? out->values[i] / counts[i] : (double)NAN;
        out->n_known += counts[i] > 0;
    }
    return 0;
}

int series_read_csv(const char *text, size_t len, struct series *out, struct error *err)
{
    CLEANUP(series_clear) struct series made = {0};

    if (find_span(reader_of(text, len), &made, err) < 0 || fill_hours(reader_of(text, len), &made, err) < 0)
        return -1;
    *out = made;
    made = (struct series){0};
    return 0;
}
