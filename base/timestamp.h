/* timestamp.h - RFC 3339 stamps and HTTP dates, to and from Unix milliseconds. Pure.
 *
 * Units    *_unix_ms: UTC; years 1970 to 9999
 * Source   RFC 3339 5.6 as Go writes it: 0 to 9 fraction digits, Z or a numeric offset; RFC 9110 5.6.7 (IMF-fixdate) */
#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>

enum { TIMESTAMP_TEXT_MAX = 32 };

/* Fractions below a millisecond are cut. False when it is not a stamp; *out is then untouched. */
bool timestamp_parse(const char *text, int64_t *out_unix_ms);
/* "2026-01-02T03:04:05Z": whole seconds, cut, as metav1.Time has it */
void timestamp_format(int64_t unix_ms, char out[TIMESTAMP_TEXT_MAX]);
/* "2026-01-02T03:04:05.678Z" */
void timestamp_format_millis(int64_t unix_ms, char out[TIMESTAMP_TEXT_MAX]);
/* "Sun, 06 Nov 1994 08:49:37 GMT" */
bool timestamp_parse_http_date(const char *text, int64_t *out_unix_ms);
void timestamp_format_http_date(int64_t unix_ms, char out[TIMESTAMP_TEXT_MAX]);

#endif
