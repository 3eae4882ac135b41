/* coder_clock.h - how far Coder's clock is from ours. Pure.
 *
 * Units    milliseconds; positive: Coder's clock is ahead
 * Source   its Date header, which has whole seconds and was written somewhere during the transfer: what lies within that
 *          uncertainty is taken for 0, so that the ages of jobs do not flutter */
#ifndef QUEUE_CODER_CLOCK_H
#define QUEUE_CODER_CLOCK_H

#include <stdint.h>

/* date_unix_ms: 0 when the answer had none. received_unix_ms: our clock at the end of a transfer that took duration_ms. */
int64_t coder_clock_offset_ms(int64_t date_unix_ms, int64_t received_unix_ms, int64_t duration_ms);

#endif
