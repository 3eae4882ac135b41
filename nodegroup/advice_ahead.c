#include <math.h>
#include <stdio.h>

#include "nodegroup/advice.h"
#include "nodegroup/resilience_resize.h"

/* "in 9 to 16 days" */
static void describe_time(const struct advice_outlook *outlook, char *out, size_t size)
{
    double earliest = ceil(outlook->earliest_days), latest = ceil(outlook->latest_days);

    if (latest < 0)
        (void)snprintf(out, size, "in %.0f days or later", earliest);
    else if (latest > earliest)
        (void)snprintf(out, size, "in %.0f to %.0f days", earliest, latest);
    else if (latest > 0)
        (void)snprintf(out, size, "in about %.0f day%s", latest, latest > 1 ? "s" : "");
    else
        (void)snprintf(out, size, "already");
}

void advice_look_ahead(const struct advice_input *input, size_t *most, struct advice_list *out)
{
    static const char *const names[] = {[RESOURCE_CPU] = "cpu", [RESOURCE_MEMORY] = "memory"};
    uint32_t type = resize_usual_node(input->placement);
    char type_text[160], time[64];

    if (!input->history || type == UINT32_MAX || !advice_is_as_known(input) ||
        advice_wants_more(out)) /* else the line is, or will be, another */
        return;
    advice_describe_node(input->placement, type, type_text, sizeof(type_text));
    for (int r = RESOURCE_CPU; r <= RESOURCE_MEMORY; r++) {
        const struct advice_outlook *outlook = &input->history->ahead[r];
        double size = (double)input->placement->nodes[type].allocatable.of[r], more;
        struct advice *advice;

        if (!outlook->crosses || !(size > 0))
            continue;
        more = fmin(fmax(1, ceil(outlook->missing / size)), 1e6);
        *most = (size_t)more > *most ? (size_t)more : *most;
        describe_time(outlook, time, sizeof(time));
        advice = advice_add(out, ADVICE_ADD_NODE, ADVICE_WARNING);
        (void)snprintf(advice->text, sizeof(advice->text),
                       "Add %.0f node%s like %s: by the forecast the %s in use passes %s what the group carries after a loss", more,
                       more > 1 ? "s" : "", type_text, names[r], time);
        (void)snprintf(advice->why, sizeof(advice->why), "within four weeks the mean of a day comes %.1f %s above that line",
                       outlook->missing / (r == RESOURCE_CPU ? 1000 : 1024.0 * 1024 * 1024), r == RESOURCE_CPU ? "cores" : "GiB");
    }
}
