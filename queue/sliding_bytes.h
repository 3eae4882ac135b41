/* sliding_bytes.h - the last hour of one queue as bytes, so that percentiles survive a restart. Pure.
 *
 * Shape    "CMAS", version, the time of writing, slices; of each its number, its outcomes, and for every duration the
 *          sum and the buckets that are not zero. Numbers are little-endian.
 *          Counters since the start and arrivals are not written: they begin anew with the process
 * Bounds   SLIDING_BYTES_MAX
 * Errors   read takes nothing on trust: another version, an end too soon or too late, numbers that are out of order or of the future are
 *          ERROR_INVALID; *out is then untouched
 * Owner    read fills an empty sliding ({0}) that the caller clears */
#ifndef QUEUE_SLIDING_BYTES_H
#define QUEUE_SLIDING_BYTES_H

#include "base/buffer.h"
#include "base/error.h"
#include "queue/sliding.h"

enum { SLIDING_BYTES_MAX = 128 * 1024 };

/* What is in the window only. */
int sliding_write(const struct sliding *sliding, int64_t now_unix_ms, struct buffer *out, struct error *err) MUST_CHECK;
int sliding_read(const void *bytes, size_t len, int64_t now_unix_ms, struct sliding *out, struct error *err) MUST_CHECK;

#endif
