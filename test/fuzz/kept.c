/* kept.c - what is kept over a restart of a queue's last hour and of what was learned, as any bytes: refused with a word, or within its
 * bounds, and written again it is read as the same. */
#include <string.h>

#include "queue/profile.h"
#include "queue/sliding_bytes.h"
#include "test/fuzz/fuzz.h"

static const int64_t now_unix_ms = INT64_C(1789344000000);

/* By a clock that was set back a little: counted, but not written again. */
static bool has_future(const struct sliding *sliding)
{
    for (size_t i = 0; i < SLIDING_SLICES; i++)
        if (sliding->slices[i].number > now_unix_ms / SLIDING_SLICE_MS)
            return true;
    return false;
}

static void law_summaries(const struct sliding *a, const struct sliding *b)
{
    for (enum sliding_metric metric = 0; metric < SLIDING_METRICS; metric++)
        for (int type = 0; type < JOB_TYPES; type++) {
            struct sliding_summary first = {0}, second = {0};
            bool any = sliding_summarize(a, metric, (enum job_type)type, now_unix_ms, &first);

            LAW(any == sliding_summarize(b, metric, (enum job_type)type, now_unix_ms, &second));
            LAW(first.count == second.count && first.p50_ms == second.p50_ms && first.mean_ms == second.mean_ms);
            LAW(first.p50_ms >= 0 && first.p50_ms <= first.p95_ms && first.p95_ms <= first.p99_ms && first.p99_ms <= first.longest_ms);
            LAW(first.mean_ms >= 0 && first.mean_ms <= QUANTILE_MS_MAX);
        }
}

static void law_ratios(const struct sliding *a, const struct sliding *b)
{
    for (int type = 0; type < JOB_TYPES; type++) {
        int64_t first = 0, second = 0;
        bool any = sliding_failure_ratio_milli(a, (enum job_type)type, now_unix_ms, &first);

        LAW(any == sliding_failure_ratio_milli(b, (enum job_type)type, now_unix_ms, &second) && first == second);
        LAW(first >= 0 && first <= 1000);
    }
}

static void read_sliding(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(SLIDING_BYTES_MAX), more = BUFFER_INIT(SLIDING_BYTES_MAX);
    CLEANUP(sliding_clear) struct sliding again = {0};
    struct sliding sliding;
    struct error err = {0};

    fill(&sliding, sizeof(sliding));
    if (sliding_read(data, size, now_unix_ms, &sliding, &err) < 0) {
        LAW(is_filled(&sliding, sizeof(sliding)) && err.code == ERROR_INVALID);
        law_error_is_told(&err);
        return;
    }
    LAW(sliding.kept_until_unix_ms <= now_unix_ms);
    LAW(sliding_write(&sliding, now_unix_ms, &bytes, &err) == 0);
    LAW(sliding_read(bytes.data, bytes.len, now_unix_ms, &again, &err) == 0);
    LAW(sliding_write(&again, now_unix_ms, &more, &err) == 0);
    LAW(bytes.len == more.len && memcmp(bytes.data, more.data, more.len) == 0);
    law_summaries(&sliding, has_future(&sliding) ? &sliding : &again);
    law_ratios(&sliding, has_future(&sliding) ? &sliding : &again);
    sliding_clear(&sliding);
}

static void read_profile(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(PROFILE_BYTES);
    const struct zone utc = {0};
    struct profile profile, again;
    struct error err = {0};

    fill(&profile, sizeof(profile));
    if (profile_read(data, size, &profile, &err) < 0) {
        LAW(is_filled(&profile, sizeof(profile)) && err.code == ERROR_INVALID);
        law_error_is_told(&err);
        return;
    }
    profile_write(&profile, &bytes);
    LAW(bytes.len == size && memcmp(bytes.data, data, size) == 0);
    LAW(profile_read(bytes.data, bytes.len, &again, &err) == 0);
    for (int64_t at = now_unix_ms; at < now_unix_ms + INT64_C(7) * 86400000; at += 3600000) {
        double jobs = profile_jobs(&profile, &utc, at);

        LAW(jobs >= 0 && jobs <= PROFILE_JOBS_MAX);
        LAW(profile_floor(&profile, jobs, 0, 15) >= 0 && profile_floor(&profile, jobs, 30000, 15) <= 15);
        profile_add(&profile, &utc, at, 3);
    }
}

/* Each says by its first bytes what it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_sliding(data, size);
    read_profile(data, size);
    return 0;
}
