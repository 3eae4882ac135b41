/* clock.h - the only place that asks what time it is.
 *
 * Units    milliseconds. boot: CLOCK_BOOTTIME, for ages and deadlines (goes on in suspend, never jumps);
 *          unix: UTC since 1970, for stamps on the wire
 * Threads  any */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_boot_ms(void);
int64_t clock_unix_ms(void);
int64_t clock_boot_us(void); /* microseconds, for durations */

#endif
