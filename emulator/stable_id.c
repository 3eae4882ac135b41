#include "emulator/stable_id.h"

#include "base/hex.h"

static const char hex_digits[] = "0123456789abcdef";
/* 8-4-4-4-12: a dash comes before these digits. */
static const uint32_t dash_before = 1U << 8 | 1U << 12 | 1U << 16 | 1U << 20;

enum { HEX_DIGITS = 32, ID_TEXT_LEN = STABLE_ID_TEXT - 1 };

/* The finalizer of splitmix64. */
static uint64_t mix(uint64_t value)
{
    value += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static uint64_t mix_all(uint64_t seed, enum stable_kind kind, uint64_t number)
{
    return mix(mix(mix(seed) ^ (uint64_t)kind) ^ number);
}

struct stable_id stable_id_make(uint64_t seed, enum stable_kind kind, uint64_t number)
{
    uint64_t high = mix_all(seed, kind, number), low = mix(high);

    return (struct stable_id){
        .high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x8000),
        .low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62,
    };
}

uint64_t stable_dice(uint64_t seed, enum stable_kind kind, uint64_t number, uint64_t range)
{
    return range > 0 ? mix_all(seed, kind, number) % range : 0;
}

bool stable_id_equal(struct stable_id a, struct stable_id b)
{
    return a.high == b.high && a.low == b.low;
}

void stable_id_format(struct stable_id id, char out[STABLE_ID_TEXT])
{
    char *to = out;

    for (unsigned i = 0; i < HEX_DIGITS; i++) {
        uint64_t half = i < 16 ? id.high : id.low;

        if (dash_before >> i & 1)
            *to++ = '-';
        *to++ = hex_digits[half >> (60 - 4 * (i % 16)) & 15];
    }
    *to = '\0';
}

bool stable_id_parse(const char *text, size_t len, struct stable_id *out)
{
    uint64_t halves[2] = {0, 0};

    if (len != ID_TEXT_LEN)
        return false;
    for (unsigned i = 0; i < HEX_DIGITS; i++) {
        int digit;

        if ((dash_before >> i & 1) && *text++ != '-')
            return false;
        digit = hex_value(*text++);
        if (digit < 0)
            return false;
        halves[i / 16] = halves[i / 16] << 4 | (uint64_t)digit;
    }
    *out = (struct stable_id){halves[0], halves[1]};
    return true;
}
