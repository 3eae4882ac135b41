/* profile_bytes.c - what was learned of the hours of a week as bytes: "CMAP", version, the run time, then each hour. Little-endian. */
#include <string.h>

#include "queue/profile.h"
#include "queue/quantile.h"

static const char magic[] = {'C', 'M', 'A', 'P', 1};

_Static_assert(sizeof(magic) + sizeof(float) + (size_t)PROFILE_HOURS * (sizeof(float) + 1) == PROFILE_BYTES, "as many as the header says");

static void put_float(struct buffer *out, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof(bits));
    for (int shift = 0; shift < 32; shift += 8)
        (void)buffer_add_char(out, (char)(unsigned char)(bits >> shift));
}

void profile_write(const struct profile *profile, struct buffer *out)
{
    (void)buffer_append(out, magic, sizeof(magic));
    put_float(out, profile->run_s);
    for (size_t hour = 0; hour < PROFILE_HOURS; hour++) {
        put_float(out, profile->jobs[hour]);
        (void)buffer_add_char(out, (char)profile->weeks[hour]);
    }
}

/* False for what is no number from 0 to most. */
static bool take_float(const unsigned char **at, float most, float *out)
{
    uint32_t bits = 0;

    for (int shift = 0; shift < 32; shift += 8)
        bits |= (uint32_t) * (*at)++ << shift;
    memcpy(out, &bits, sizeof(*out));
    return *out >= 0 && *out <= most; /* neither holds for NaN */
}

int profile_read(const void *bytes, size_t len, struct profile *out, struct error *err)
{
    const unsigned char *at = bytes;
    struct profile profile = {.watching = false};
    bool valid = len == PROFILE_BYTES && memcmp(bytes, magic, sizeof(magic)) == 0;

    if (!valid)
        return error_set(err, ERROR_INVALID, "a learned profile that this version did not write");
    at += sizeof(magic);
    valid = take_float(&at, (float)QUANTILE_MS_MAX / 1000, &profile.run_s);
    for (size_t hour = 0; valid && hour < PROFILE_HOURS; hour++) {
        valid = take_float(&at, PROFILE_JOBS_MAX, &profile.jobs[hour]);
        profile.weeks[hour] = *at++;
    }
    if (!valid)
        return error_set(err, ERROR_INVALID, "a learned profile with a number out of range");
    *out = profile;
    return 0;
}
