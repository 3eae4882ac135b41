/* csv.c - hourly series: what is read and written as CSV again is read as the same; lines in any order give the same hours. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "nodegroup/series.h"
#include "test/fuzz/fuzz.h"

enum { TEXT_MAX = 16 * 1024 * 1024 };

static void law_sound(const struct series *series)
{
    size_t known = 0;

    LAW(series->len > 0 && series->len <= SERIES_HOURS_MAX);
    LAW(series->first_hour >= 0);
    for (size_t i = 0; i < series->len; i++) {
        LAW(!isinf(series->values[i]) && (isnan(series->values[i]) || fabs(series->values[i]) <= 1e18));
        known += isnan(series->values[i]) ? 0 : 1;
    }
    LAW(known == series->n_known);
}

static void add_hour(const struct series *series, size_t i, struct buffer *out)
{
    (void)buffer_printf(out, "%lld,", (long long)(series->first_hour + (int64_t)i) * 3600 + 1800);
    if (!isnan(series->values[i]))
        (void)buffer_printf(out, "%.17g", series->values[i]);
    (void)buffer_add_char(out, '\n');
}

static void law_read_again(const struct series *series, const struct buffer *text)
{
    struct series again = {0};
    struct error err = {0};

    LAW(!buffer_failed(text) && series_read_csv(text->data, text->len, &again, &err) == 0);
    LAW(again.len == series->len && again.first_hour == series->first_hour && again.n_known == series->n_known);
    for (size_t i = 0; i < series->len; i++)
        LAW(isnan(series->values[i]) ? isnan(again.values[i]) : again.values[i] == series->values[i]);
    series_clear(&again);
}

static void law_round_trip(const struct series *series)
{
    CLEANUP(buffer_clear) struct buffer forward = BUFFER_INIT(TEXT_MAX), backward = BUFFER_INIT(TEXT_MAX);

    for (size_t i = 0; i < series->len; i++) {
        add_hour(series, i, &forward);
        add_hour(series, series->len - 1 - i, &backward);
    }
    law_read_again(series, &forward);
    law_read_again(series, &backward);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    struct series series;

    fill(&series, sizeof(series));
    if (series_read_csv((const char *)data, size, &series, &err) < 0) {
        LAW(is_filled(&series, sizeof(series)));
        law_error_is_told(&err);
        return 0;
    }
    law_sound(&series);
    if (series.len < 4096) /* ten years take too long for each input */
        law_round_trip(&series);
    series_clear(&series);
    return 0;
}
