#include "emulator/demo_table.h"

#include <stdio.h>
#include <string.h>

static const char bold[] = "\033[1m", green[] = "\033[32m", yellow[] = "\033[33m", plain[] = "\033[0m";

void demo_write_clock(int64_t ms, struct buffer *out)
{
    int64_t seconds = (ms + 500) / 1000;

    (void)buffer_printf(out, "%lld:%02d", (long long)(seconds / 60), (int)(seconds % 60));
}

static const char *clock_text(int64_t ms, char *out, size_t size)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(32);

    demo_write_clock(ms, &text);
    (void)snprintf(out, size, "%s", buffer_text(&text));
    return out;
}

void demo_write_header(bool colours, struct buffer *out)
{
    (void)buffer_printf(out, "%s%6s  %7s  %6s  %12s  %11s  %s%s\n", colours ? bold : "", "time", "waiting", "active", "provisioners",
                        "oldest wait", "# active  . waiting", colours ? plain : "");
}

static void write_bar(int64_t len, char of, const char *colour, struct buffer *out)
{
    if (len > 0 && colour)
        (void)buffer_add_text(out, colour);
    for (int64_t i = 0; i < len; i++)
        (void)buffer_add_char(out, of);
    if (len > 0 && colour)
        (void)buffer_add_text(out, plain);
}

/* Both parts of the bar, shrunk alike when they are too long together; what is there stays visible. */
static void write_bars(const struct demo_row *row, bool colours, struct buffer *out)
{
    int64_t whole = row->active + row->waiting, active = row->active, waiting = row->waiting;

    if (whole > DEMO_BAR_MAX) {
        active = (row->active * DEMO_BAR_MAX + whole - 1) / whole;
        waiting = DEMO_BAR_MAX - active;
    }
    write_bar(active, '#', colours ? green : NULL, out);
    write_bar(waiting, '.', colours ? yellow : NULL, out);
}

void demo_write_row(const struct demo_row *row, bool colours, struct buffer *out)
{
    char now[32], oldest[32], provisioners[48];

    if (row->wanted != row->there)
        (void)snprintf(provisioners, sizeof(provisioners), "%lld -> %lld", (long long)row->there, (long long)row->wanted);
    else
        (void)snprintf(provisioners, sizeof(provisioners), "%lld", (long long)row->there);
    (void)buffer_printf(out, "%6s  %7lld  %6lld  %12s  %11s  ", clock_text(row->now_ms, now, sizeof(now)), (long long)row->waiting,
                        (long long)row->active, provisioners,
                        row->waiting > 0 ? clock_text(row->oldest_wait_ms, oldest, sizeof(oldest)) : "-");
    write_bars(row, colours, out);
    if (!row->readable)
        (void)buffer_add_text(out, "  the metric cannot be read: the HPA holds");
    while (out->len > 0 && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    (void)buffer_add_text(out, "\n");
}

static void write_line(const char *what, int64_t scaled_ms, int64_t fixed_ms, struct buffer *out)
{
    char scaled[32], fixed[32];

    (void)buffer_printf(out, "  %-26s  %14s  %14s\n", what, clock_text(scaled_ms, scaled, sizeof(scaled)),
                        clock_text(fixed_ms, fixed, sizeof(fixed)));
}

static void write_sentence(const struct demo_comparison *it, struct buffer *out)
{
    char scaled[32], fixed[32];

    (void)clock_text(it->scaled.longest_ms, scaled, sizeof(scaled));
    (void)clock_text(it->fixed.longest_ms, fixed, sizeof(fixed));
    if (it->scaled.waits_count != it->fixed.waits_count)
        (void)buffer_printf(
            out, "Not comparable: %lld builds found a provisioner with scaling and %lld without; Coder fails what waits for 30 minutes.\n",
            (long long)it->scaled.waits_count, (long long)it->fixed.waits_count);
    else if (it->scaled.longest_ms < it->fixed.longest_ms)
        (void)buffer_printf(out,
                            "With an HPA on the queue the unluckiest of %lld people waited %s min for a provisioner; with %lld "
                            "provisioners all the time, %s min.\n",
                            (long long)it->users, scaled, (long long)it->replicas_min, fixed);
    else
        (void)buffer_printf(out,
                            "Scaling did not help this time: the unluckiest of %lld people waited %s min with it and %s min without.\n",
                            (long long)it->users, scaled, fixed);
}

void demo_write_comparison(const struct demo_comparison *it, struct buffer *out)
{
    char scaled[32], fixed[32];

    (void)snprintf(scaled, sizeof(scaled), "HPA %lld to %lld", (long long)it->replicas_min, (long long)it->replicas_max);
    (void)snprintf(fixed, sizeof(fixed), "always %lld", (long long)it->replicas_min);
    (void)buffer_printf(out, "\n  %-26s  %14s  %14s\n", "The same workshop (min:s)", scaled, fixed);
    write_line("half waited at most", it->scaled.p50_ms, it->fixed.p50_ms, out);
    write_line("95 % waited at most (p95)", it->scaled.p95_ms, it->fixed.p95_ms, out);
    write_line("longest wait", it->scaled.longest_ms, it->fixed.longest_ms, out);
    write_line("last build done after", it->scaled.last_done_ms, it->fixed.last_done_ms, out);
    (void)buffer_add_text(out, "\n");
    write_sentence(it, out);
}
