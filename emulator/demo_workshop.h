/* demo_workshop.h - the workshop of the demo: its scenario, and how it goes without scaling. Pure. */
#ifndef EMULATOR_DEMO_WORKSHOP_H
#define EMULATOR_DEMO_WORKSHOP_H

#include "emulator/demo_table.h"
#include "emulator/simulation.h"

enum { DEMO_REPLICAS_MIN = 6, DEMO_REPLICAS_MAX = 15, DEMO_USERS_MAX = 500 };

#define DEMO_TOKEN "demo-token-secret"

int demo_workshop_scenario(double speed, int64_t users, struct scenario *out, struct error *err) MUST_CHECK;
/* The whole scenario with as many provisioners as it begins with. */
int demo_workshop_fixed(const struct scenario *scenario, struct demo_outcome *out, struct error *err) MUST_CHECK;
/* What the simulation says once everybody is served. */
struct demo_outcome demo_outcome_of(const struct sim_waits *waits, int64_t last_done_ms);

#endif
