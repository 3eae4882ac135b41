/* control_api.h - the emulator's own knobs, for tests and people. Pure but for what it turns.
 *
 * Routes   GET /emulator/state, PUT /emulator/pools/{name}/replicas, POST /emulator/arrivals, PUT and DELETE /emulator/faults
 * Bodies   JSON; keys as in the scenario; 200 with JSON, 204, or an error {"message":...}
 * Access   without a token: the emulator listens on loopback only */
#ifndef EMULATOR_CONTROL_API_H
#define EMULATOR_CONTROL_API_H

#include "emulator/answer.h"
#include "emulator/simulation.h"
#include "emulator/url.h"

struct control_subject {
    struct simulation *sim;
    struct fault_list *faults;
    int64_t requests; /* of Coder's API, so far */
};

bool control_api_owns(const struct url *target);
void control_api_answer(const struct control_subject *subject, const struct request *request, const struct url *target,
                        struct answer *answer);

#endif
