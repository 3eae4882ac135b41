#include "base/hash.h"

#include <string.h>

#include "base/random.h"

uint64_t hash_secret_start(void)
{
    return HASH_START ^ (uint64_t)(random_unit() * 0x1p53);
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * UINT64_C(1099511628211);
    return hash;
}

uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text));
}
