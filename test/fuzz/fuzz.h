/* fuzz.h - what the fuzz targets share: laws that every build checks, and inputs as texts.
 *
 * Shape    a target is one file with LLVMFuzzerTestOneInput; it checks a law (a round trip, agreement with a slow reference, a
 *          bound), not only that nothing crashes. libFuzzer hands it bytes of its own making (make fuzz), replay.c the seeds
 *          (make test)
 * Errors   a broken law ends the process; what was handed in is then the reproducer */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer wants this name */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: it holds in release builds, too. */
#define LAW(condition) ((condition) ? (void)0 : law_broken(#condition, __FILE__, __LINE__))
_Noreturn void law_broken(const char *condition, const char *file, int line);

/* The bytes up to the first NUL, in a block of just that size, so that reading beyond the end is seen. The caller frees it. */
char *text_of(const uint8_t *data, size_t size);
/* A number out of the first bytes, 0 for the missing ones. */
uint64_t number_of(const uint8_t *data, size_t size);

/* "*out is untouched": filled before the call, asked after it. */
void fill(void *out, size_t size);
bool is_filled(const void *out, size_t size);

/* The law of every failure: a code, and a text of one line. */
void law_error_is_told(const struct error *err);

#endif
