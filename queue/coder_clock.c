#include "queue/coder_clock.h"

#include <stdlib.h>

enum { NOISE_MS = 1500 };

int64_t coder_clock_offset_ms(int64_t date_unix_ms, int64_t received_unix_ms, int64_t duration_ms)
{
    int64_t middle = received_unix_ms - duration_ms / 2;
    int64_t offset = date_unix_ms + 500 - middle; /* a cut second is half a second behind on average */

    if (date_unix_ms == 0 || llabs(offset) <= NOISE_MS + duration_ms / 2)
        return 0;
    return offset;
}
