#include "queue/sliding_bytes.h"

#include <stdlib.h>
#include <string.h>

/* The version changes with the buckets of quantile.h too: they give the numbers their meaning. */
static const char magic[] = {'C', 'M', 'A', 'S', 2};

/* --- writing --- */

static void put(struct buffer *out, uint64_t value, size_t n_bytes)
{
    for (size_t i = 0; i < n_bytes; i++)
        (void)buffer_add_char(out, (char)(unsigned char)(value >> (8 * i)));
}

static size_t count_used(const uint16_t *counts)
{
    size_t used = 0;

    for (size_t i = 0; counts && i < QUANTILE_BUCKETS; i++)
        used += counts[i] > 0;
    return used;
}

static void write_counts(const uint16_t *counts, int64_t sum_ms, struct buffer *out)
{
    put(out, count_used(counts), 2);
    if (counts)
        put(out, (uint64_t)sum_ms, 8);
    for (size_t i = 0; counts && i < QUANTILE_BUCKETS; i++) {
        if (counts[i] == 0)
            continue;
        put(out, i, 2);
        put(out, counts[i], 2);
    }
}

static void write_slice(const struct sliding_slice *slice, struct buffer *out)
{
    put(out, (uint64_t)slice->number, 8);
    for (size_t type = 0; type < JOB_TYPES; type++)
        for (size_t outcome = 0; outcome < OUTCOMES; outcome++)
            put(out, slice->outcomes[type][outcome], 4);
    for (size_t metric = 0; metric < SLIDING_METRICS; metric++)
        for (size_t type = 0; type < JOB_TYPES; type++)
            write_counts(slice->counts[metric][type], slice->sum_ms[metric][type], out);
}

int sliding_write(const struct sliding *sliding, int64_t now_unix_ms, struct buffer *out, struct error *err)
{
    int64_t newest = now_unix_ms / SLIDING_SLICE_MS;
    const struct sliding_slice *slices[SLIDING_SLICES];
    size_t n = 0;

    for (int64_t number = newest - SLIDING_SLICES + 1; number <= newest; number++) {
        const struct sliding_slice *slice = &sliding->slices[(uint64_t)number % SLIDING_SLICES];

        if (slice->number == number)
            slices[n++] = slice;
    }
    (void)buffer_append(out, magic, sizeof(magic));
    put(out, (uint64_t)now_unix_ms, 8);
    put(out, n, 1);
    for (size_t i = 0; i < n; i++)
        write_slice(slices[i], out);
    return buffer_failed(out) ? error_no_memory(err) : 0;
}

/* --- reading --- */

struct reader {
    const unsigned char *bytes;
    size_t len, at;
    bool failed; /* it ended too soon */
};

static uint64_t take(struct reader *reader, size_t n_bytes)
{
    uint64_t value = 0;

    if (reader->len - reader->at < n_bytes) {
        reader->failed = true;
        return 0;
    }
    for (size_t i = 0; i < n_bytes; i++)
        value |= (uint64_t)reader->bytes[reader->at++] << (8 * i);
    return value;
}

static int refuse(const struct reader *reader, const char *what, struct error *err)
{
    return error_set(err, ERROR_INVALID, "durations of a queue, byte %zu: %s", reader->at, reader->failed ? "they end too soon" : what);
}

static int read_counts(struct reader *reader, uint16_t **out, int64_t *out_sum_ms, struct error *err)
{
    size_t used = take(reader, 2), from = 0;
    uint64_t sum_ms, total = 0;

    if (used == 0)
        return reader->failed ? refuse(reader, "", err) : 0;
    sum_ms = take(reader, 8);
    *out = calloc(QUANTILE_BUCKETS, sizeof(**out));
    if (!*out)
        return error_no_memory(err);
    for (size_t i = 0; i < used; i++) {
        size_t bucket = take(reader, 2);
        uint16_t count = (uint16_t)take(reader, 2);

        if (reader->failed || bucket < from || bucket >= QUANTILE_BUCKETS || count == 0)
            return refuse(reader, "expected a later bucket and a count", err);
        (*out)[bucket] = count;
        total += count;
        from = bucket + 1;
    }
    if (sum_ms > total * QUANTILE_MS_MAX)
        return refuse(reader, "a sum that is more than its samples can be", err);
    *out_sum_ms = (int64_t)sum_ms;
    return 0;
}

static int read_slice(struct reader *reader, struct sliding_slice *out, struct error *err)
{
    for (size_t type = 0; type < JOB_TYPES; type++)
        for (size_t outcome = 0; outcome < OUTCOMES; outcome++)
            out->outcomes[type][outcome] = (uint32_t)take(reader, 4);
    for (size_t metric = 0; metric < SLIDING_METRICS; metric++)
        for (size_t type = 0; type < JOB_TYPES; type++)
            if (read_counts(reader, &out->counts[metric][type], &out->sum_ms[metric][type], err) < 0)
                return -1;
    return 0;
}

/* The numbers of slices grow, and none is of the future (but for a clock that was set back a little): then seven in a row fit, and older
 * ones are what the window forgets. */
static int read_slices(struct reader *reader, int64_t newest, struct sliding *out, struct error *err)
{
    size_t n = (size_t)take(reader, 1);
    uint64_t before = 0;

    if (reader->failed || n > SLIDING_SLICES)
        return refuse(reader, "too many slices", err);
    for (size_t i = 0; i < n; i++) {
        uint64_t number = take(reader, 8);
        struct sliding_slice *slice = &out->slices[number % SLIDING_SLICES];

        if (reader->failed || number <= before || number > (uint64_t)newest + 1 || slice->number != 0)
            return refuse(reader, "a slice that is out of order or of the future", err);
        slice->number = (int64_t)number;
        if (read_slice(reader, slice, err) < 0)
            return -1;
        before = number;
    }
    return reader->at == reader->len ? 0 : refuse(reader, "more behind the end", err);
}

/* A clock that was set back since: until now. */
static int64_t read_time(struct reader *reader, int64_t now_unix_ms)
{
    uint64_t written_unix_ms = take(reader, 8);

    return written_unix_ms < (uint64_t)now_unix_ms ? (int64_t)written_unix_ms : now_unix_ms;
}

int sliding_read(const void *bytes, size_t len, int64_t now_unix_ms, struct sliding *out, struct error *err)
{
    CLEANUP(sliding_clear) struct sliding sliding = {0};
    struct reader reader = {.bytes = bytes, .len = len};

    if (len < sizeof(magic) || memcmp(bytes, magic, sizeof(magic)) != 0)
        return refuse(&reader, "not written by this version", err);
    reader.at = sizeof(magic);
    sliding.kept_until_unix_ms = read_time(&reader, now_unix_ms);
    if (read_slices(&reader, now_unix_ms / SLIDING_SLICE_MS, &sliding, err) < 0)
        return -1;
    sliding_expire(&sliding, now_unix_ms);
    *out = sliding;
    sliding = (struct sliding){0};
    return 0;
}
