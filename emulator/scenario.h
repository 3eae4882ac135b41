/* scenario.h - what a run of the emulator plays: who is there, what comes when, what breaks when.
 *
 * Shape    plain data; lists of organizations are never empty, exactly one of them is the default; pools, arrivals and faults name
 *          organizations by their index
 * Units    *_ms: emulated milliseconds, at_ms since the start (faults: fault.h); speed: emulated seconds per real second
 * Bounds   the numbers below, checked while reading
 * Errors   the first mistake, told as "line 7, column 5: pools[0].replicas: ..."; unknown and doubled keys are mistakes
 * Owner    {0} / scenario_clear */
#ifndef EMULATOR_SCENARIO_H
#define EMULATOR_SCENARIO_H

#include "emulator/fault.h"
#include "emulator/stable_id.h"
#include "emulator/tagset.h"

enum {
    SCENARIO_NAME_MAX = 64,
    SCENARIO_TOKEN_MAX = 128,
    SCENARIO_ORGANIZATIONS_MAX = 128,
    SCENARIO_POOLS_MAX = 1024,
    SCENARIO_ARRIVALS_MAX = 1024,
    SCENARIO_REPLICAS_MAX = 1000, /* of one pool */
    SCENARIO_JOBS_MAX = 200000,   /* of all arrivals together, those posted later included */
    SCENARIO_FILE_MAX = 1024 * 1024,
};

enum scenario_job_type { SCENARIO_WORKSPACE_BUILD, SCENARIO_TEMPLATE_IMPORT, SCENARIO_TEMPLATE_DRY_RUN, SCENARIO_JOB_TYPES };
enum scenario_initiator { SCENARIO_BY_USER, SCENARIO_BY_PREBUILD, SCENARIO_INITIATORS };
enum scenario_outcome { SCENARIO_SUCCEEDS, SCENARIO_FAILS, SCENARIO_IS_CANCELED, SCENARIO_OUTCOMES };

struct scenario_organization {
    char name[SCENARIO_NAME_MAX];
    struct stable_id id;
    bool has_id; /* when false it is made from the seed */
    bool is_default;
};

struct scenario_pool {
    char name[SCENARIO_NAME_MAX], name_prefix[SCENARIO_NAME_MAX];
    int64_t organization;
    struct tagset tags; /* complete */
    int64_t replicas, start_delay_ms;
};

/* count jobs, evenly from at to at + over; each takes duration +- up to spread. */
struct scenario_arrival {
    int64_t at_ms, over_ms, count;
    int64_t organization;
    struct tagset tags; /* complete */
    int type, initiator, outcome;
    int64_t duration_ms, spread_ms;
};

struct scenario {
    double speed;
    int64_t seed, rate_limit; /* requests per minute, user and path */
    char token[SCENARIO_TOKEN_MAX];
    struct scenario_organization *organizations;
    struct scenario_pool *pools;
    struct scenario_arrival *arrivals;
    size_t n_organizations, n_pools, n_arrivals;
    struct fault_list faults;
};

void scenario_clear(struct scenario *scenario);
struct scenario scenario_move(struct scenario *scenario);
int scenario_read(const char *yaml, size_t len, struct scenario *out, struct error *err) MUST_CHECK;
int scenario_read_file(const char *path, struct scenario *out, struct error *err) MUST_CHECK;

/* The bodies of the control API, as JSON, with the keys of the scenario. */
int scenario_read_arrival(const char *json, size_t len, const struct scenario *scenario, struct scenario_arrival *out, struct error *err)
    MUST_CHECK;
/* Its seconds are real ones, 0 until it is ended. The fault begins at 0: fault_shift says when that is. */
int scenario_read_fault(const char *json, size_t len, const struct scenario *scenario, struct fault *out, struct error *err) MUST_CHECK;
int scenario_read_replicas(const char *json, size_t len, int64_t *out, struct error *err) MUST_CHECK;

/* By name, by id, or "default"; -1 when there is none. */
int64_t scenario_find_organization(const struct scenario *scenario, const char *name, size_t len);
int64_t scenario_find_pool(const struct scenario *scenario, const char *name, size_t len);

const char *scenario_job_type_name(enum scenario_job_type type);
bool scenario_job_type_parse(const char *name, int *out);
bool scenario_initiator_parse(const char *name, int *out); /* user, prebuild */
bool scenario_outcome_parse(const char *name, int *out);   /* succeeded, failed, canceled */

#endif
