/* plan_answers.h - what plan takes from the answers of a running adapter: how long builds take, what room node groups have. Pure.
 *
 * Shape    an answer is what explain gives: {"sources": [{"stale"}], "items": [{"labels": {}, "value"}]}; what is not of this shape is left
 *          out, so that it is not known: never a 0 that nobody measured
 * Owner    {0} / plan_rooms_clear */
#ifndef ADAPTER_PLAN_ANSWERS_H
#define ADAPTER_PLAN_ANSWERS_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/error.h"
#include "queue/plan.h"

enum { PLAN_ROOMS_MAX = 200 };

/* A node group, and what it has left for pods after the loss of a node. */
struct plan_room {
    char group[64];
    double cores, bytes; /* -1: not known */
};

struct plan_rooms {
    struct plan_room *items; /* by name */
    size_t len;
};
void plan_rooms_clear(struct plan_rooms *rooms);

enum plan_amount { PLAN_CORES, PLAN_BYTES };

/* What the adapter does not know for certain is no value. */
int plan_answer_check(const json_t *answer, const char *metric, struct error *err) MUST_CHECK;
/* Fills in how long the builds take. False, and nothing is filled in: there were none. */
bool plan_answer_builds(const json_t *answer, struct plan_crowd *crowd) MUST_CHECK;
/* Adds one amount of each node group. rooms->items has place for PLAN_ROOMS_MAX. */
void plan_answer_rooms(const json_t *answer, enum plan_amount amount, struct plan_rooms *rooms);

#endif
