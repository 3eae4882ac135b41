/* random.h - random numbers for jitter; not for secrets.
 *
 * Threads  any */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

double random_unit(void); /* uniform in [0, 1) */

#endif
