#include "apiservice/route.h"

#include <string.h>

static bool segment_is(const char *segment, const char *text, size_t len)
{
    return strncmp(segment, text, len) == 0 && segment[len] == '\0';
}

bool route_matches(const char *pattern, const struct target *target, const char *values[ROUTE_VALUES_MAX])
{
    size_t n_values = 0, at = 0;

    while (*++pattern != '\0') { /* behind each slash */
        size_t len = strcspn(pattern, "/");

        if (at == target->n_segments)
            return false;
        if (*pattern == '{' && n_values < ROUTE_VALUES_MAX)
            values[n_values++] = target->segments[at];
        else if (!segment_is(target->segments[at], pattern, len))
            return false;
        at++;
        pattern += len;
        if (*pattern == '\0')
            break;
    }
    return at == target->n_segments;
}
