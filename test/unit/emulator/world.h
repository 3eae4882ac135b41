/* world.h - a small Coder for the tests: a scenario's text, a simulation at a given time, one request. */
#ifndef TEST_UNIT_EMULATOR_WORLD_H
#define TEST_UNIT_EMULATOR_WORLD_H

#include "emulator/coder_api.h"

#define WORLD_TOKEN "test-token-secret"
#define WORLD_START_UNIX_MS INT64_C(1789372800000) /* 2026-09-14T08:00:00Z */

/* Two organizations; acme (the default) has an untagged pool of two and a pool of one with cluster=eu. Jobs, oldest first:
 * 0..2 untagged of people at 0 s (60 s each), 3 untagged of prebuilds at 1 s, 4 untagged of a person at 2 s,
 * 5 cluster=eu import at 3 s that fails, 6 gpu=a100 at 4 s (nobody runs it), 7 of platform at 5 s (no pool there) */
extern const char world_yaml[];

struct world {
    struct scenario scenario;
    struct simulation *sim;
};

void world_open(const char *yaml, int64_t now_ms, struct world *out);
void world_clear(struct world *world);
void world_advance(struct world *world, int64_t now_ms);
/* GET by somebody with the right token. */
void world_get(const struct world *world, const char *text, struct answer *out);

#endif
