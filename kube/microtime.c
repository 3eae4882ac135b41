#include "kube/microtime.h"

#include <stdio.h>
#include <string.h>

void microtime_format(int64_t unix_ms, char out[TIMESTAMP_TEXT_MAX])
{
    char millis[TIMESTAMP_TEXT_MAX];

    timestamp_format_millis(unix_ms, millis);
    (void)snprintf(out, TIMESTAMP_TEXT_MAX, "%.*s000Z", (int)strcspn(millis, "Z"), millis);
}
