/* metric_world.h - one family, and a snapshot with enough samples of it that every part of it grows at least once. */
#ifndef TEST_FAULT_METRIC_WORLD_H
#define TEST_FAULT_METRIC_WORLD_H

#include "metric/snapshot.h"

enum { METRIC_WORLD_QUEUES = 200, METRIC_WORLD_NOW_BOOT_MS = 100000 };
#define METRIC_WORLD_STALE_MS INT64_MAX /* fresh on any machine's clock */

extern const struct metric_family metric_world_family;

/* New; with the forms of apiservice. */
int metric_world_snapshot(struct metric_snapshot **out, struct error *err) MUST_CHECK;

#endif
