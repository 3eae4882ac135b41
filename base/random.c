#include "base/random.h"

#include <stdint.h>
#include <sys/random.h>

double random_unit(void)
{
    uint64_t bits = 0;

    /* Eight bytes never come short; without a source (never on Linux) there is no jitter. */
    if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
        return 0.5;
    return (double)(bits >> 11) * 0x1p-53;
}
