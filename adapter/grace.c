#include "adapter/grace.h"

#include <inttypes.h>

static int64_t most_ms(const struct grace_measured *measured)
{
    return measured->longest_ms > measured->p99_ms ? measured->longest_ms : measured->p99_ms;
}

int64_t grace_of_workload(const json_t *workload)
{
    const json_t *template = json_object_get(json_object_get(workload, "spec"), "template");
    const json_t *pod = json_object_get(template, "spec"), *grace = json_object_get(pod, "terminationGracePeriodSeconds");

    if (!json_is_object(pod))
        return -1;
    return json_is_integer(grace) && json_integer_value(grace) >= 0 ? json_integer_value(grace) : GRACE_DEFAULT_S;
}

int64_t grace_wanted_s(const struct grace_measured *measured)
{
    const int64_t step_ms = (int64_t)GRACE_STEP_S * 1000;

    return (most_ms(measured) / step_ms + 1) * GRACE_STEP_S;
}

bool grace_is_short(int64_t grace_s, const struct grace_measured *measured)
{
    return grace_s >= 0 && grace_s < INT64_MAX / 1000 && grace_s * 1000 < most_ms(measured);
}

static void add_seconds(struct buffer *out, const char *name, int64_t ms)
{
    if (ms > 0)
        (void)buffer_printf(out, ",\"%s\":%" PRId64 ".%03" PRId64, name, ms / 1000, ms % 1000);
    else
        (void)buffer_printf(out, ",\"%s\":null", name);
}

void grace_json(int64_t grace_s, const struct grace_measured *measured, struct buffer *out)
{
    bool is_short = grace_is_short(grace_s, measured);

    if (grace_s >= 0)
        (void)buffer_printf(out, "{\"terminationGracePeriodSeconds\":%" PRId64, grace_s);
    else
        (void)buffer_add_text(out, "{\"terminationGracePeriodSeconds\":null");
    add_seconds(out, "p99Seconds", measured->p99_ms);
    add_seconds(out, "longestSeconds", measured->longest_ms);
    (void)buffer_printf(out, ",\"tooShort\":%s", is_short ? "true" : "false");
    if (is_short)
        (void)buffer_printf(out, ",\"wantedSeconds\":%" PRId64 "}", grace_wanted_s(measured));
    else
        (void)buffer_add_text(out, ",\"wantedSeconds\":null}");
}
