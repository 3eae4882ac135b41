/* coder_names.h - the names and ids that things of the simulation have in Coder. Pure.
 *
 * Shape    all follow from the scenario's seed and the thing's number, so that each answer tells the same */
#ifndef EMULATOR_CODER_NAMES_H
#define EMULATOR_CODER_NAMES_H

#include "emulator/simulation.h"

enum { CODER_DAEMON_NAME_MAX = SCENARIO_NAME_MAX + 24 };

struct coder_template {
    const char *name, *display_name, *icon;
    struct stable_id id;
};

struct stable_id coder_id(const struct simulation *sim, enum stable_kind kind, uint64_t number);
struct stable_id coder_initiator_id(const struct simulation *sim, size_t job);
struct stable_id coder_daemon_id(const struct simulation *sim, uint64_t serial);
/* As its pod: the pool's prefix and its ordinal. */
void coder_daemon_name(const struct simulation *sim, const struct sim_daemon *daemon, char out[CODER_DAEMON_NAME_MAX]);
/* Which template a job is of follows from its tags, as in a deployment that has a template per cluster. */
struct coder_template coder_template_of(const struct simulation *sim, const struct sim_job *job);

#endif
