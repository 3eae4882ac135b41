/* duration.h - durations as Go writes them: "1m30s", "100ms", "1h", "0s", and the days and weeks of our configuration. Pure.
 *
 * Units    milliseconds; what is below a millisecond is cut
 * Source   Go time.ParseDuration; besides its units (ns us ms s m h) d is 24 h and w is 168 h ("26w", "30d") */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdbool.h>
#include <stdint.h>

enum { DURATION_TEXT_MAX = 40 };

/* Negative, overlong or unit-less text ("5", but "0" is fine) is false; *out is then untouched. */
bool duration_parse(const char *text, int64_t *out_ms);
/* As Go prints it: "1m30s", "1.5s", "250ms", "2h0m0s" shortened to "2h", "0s". */
void duration_format(int64_t ms, char out[DURATION_TEXT_MAX]);

#endif
