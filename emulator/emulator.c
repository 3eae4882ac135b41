#include "emulator/emulator.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/timestamp.h"
#include "emulator/coder_api.h"
#include "emulator/control_api.h"
#include "emulator/fault_answer.h"
#include "emulator/rate_limit.h"

struct emulator {
    const struct scenario *scenario;
    int64_t start_boot_ms, start_unix_ms; /* real */
    pthread_mutex_t lock;
    /* under lock */
    struct simulation *sim;
    struct fault_list faults;
    struct rate_limit limit;
    int64_t requests; /* of Coder's API */
};

struct emulator *emulator_new(const struct scenario *scenario, struct error *err)
{
    struct emulator *emulator = calloc(1, sizeof(*emulator));

    if (!emulator) {
        (void)error_no_memory(err);
        return NULL;
    }
    emulator->scenario = scenario;
    emulator->faults = scenario->faults;
    emulator->start_boot_ms = clock_boot_ms();
    emulator->start_unix_ms = clock_unix_ms();
    emulator->sim = simulation_new(scenario, err);
    if (!emulator->sim || pthread_mutex_init(&emulator->lock, NULL) != 0) {
        simulation_free(emulator->sim);
        free(emulator);
        return NULL;
    }
    return emulator;
}

void emulator_free(struct emulator *emulator)
{
    if (!emulator)
        return;
    (void)pthread_mutex_destroy(&emulator->lock);
    simulation_free(emulator->sim);
    free(emulator);
}

static void unlock(pthread_mutex_t **lock)
{
    (void)pthread_mutex_unlock(*lock);
}

/* For CLEANUP(unlock): whatever way the scope ends. */
static pthread_mutex_t *lock(struct emulator *emulator)
{
    (void)pthread_mutex_lock(&emulator->lock);
    return &emulator->lock;
}

/* Brings the simulation to now. */
static int catch_up(struct emulator *emulator, struct error *err)
{
    double real_ms = (double)(clock_boot_ms() - emulator->start_boot_ms);

    return simulation_advance(emulator->sim, (int64_t)(real_ms * emulator->scenario->speed), err);
}

static int64_t emulated_unix_ms(const struct emulator *emulator)
{
    return emulator->start_unix_ms + emulator->sim->now_ms;
}

/* True: within the limit. The headers say how much of it is left, as on each of Coder's answers. */
static bool count_request(struct emulator *emulator, const struct request *request, struct answer *answer)
{
    const char *user = coder_api_is_signed_in(emulator->scenario, request) ? "user" : "anyone";
    char path[FAULT_PATH_MAX * 2];
    struct rate_verdict verdict;
    size_t len = strcspn(request->target, "?");

    len = len < sizeof(path) ? len : sizeof(path) - 1;
    memcpy(path, request->target, len);
    path[len] = '\0';
    verdict = rate_limit_ask(&emulator->limit, user, path, emulator->scenario->rate_limit, emulated_unix_ms(emulator));
    answer_header(answer, "X-Ratelimit-Limit", "%lld", (long long)emulator->scenario->rate_limit);
    answer_header(answer, "X-Ratelimit-Remaining", "%lld", (long long)verdict.remaining);
    answer_header(answer, "X-Ratelimit-Reset", "%lld", (long long)(verdict.resets_ms / 1000));
    return verdict.allowed;
}

static void answer_coder(struct emulator *emulator, const struct request *request, const struct url *target, struct answer *answer)
{
    struct coder_view view = {emulator->sim, emulator->start_unix_ms};
    const struct fault *fault = fault_list_find(&emulator->faults, emulator->sim->now_ms,
                                                coder_api_organization(emulator->scenario, target), request->target);

    emulator->requests++;
    if (!count_request(emulator, request, answer)) {
        coder_answer_rate_limited(answer, emulator->scenario->rate_limit);
        return;
    }
    if (fault && fault_replaces(fault, emulator->scenario->rate_limit, answer))
        return;
    coder_api_answer(&view, request, target, answer);
    if (fault)
        fault_spoils(fault, answer);
}

static void route(struct emulator *emulator, const struct request *request, struct answer *answer)
{
    struct control_subject subject = {emulator->sim, &emulator->faults, emulator->requests};
    CLEANUP(url_clear) struct url target = {0};
    struct error err = {0};

    if (url_parse(request->target, &target, &err) < 0)
        answer_error(answer, 400, err.text, NULL);
    else if (coder_api_owns(&target))
        answer_coder(emulator, request, &target, answer);
    else if (control_api_owns(&target))
        control_api_answer(&subject, request, &target, answer);
    else
        answer_error(answer, 404, "Route not found.", NULL);
}

void emulator_answer(struct emulator *emulator, const struct request *request, struct answer *answer)
{
    CLEANUP(unlock) UNUSED pthread_mutex_t *held = lock(emulator);
    char date[TIMESTAMP_TEXT_MAX];
    struct error err = {0};

    if (catch_up(emulator, &err) < 0)
        answer_error(answer, 500, err.text, NULL);
    else
        route(emulator, request, answer);
    timestamp_format_http_date(emulated_unix_ms(emulator), date);
    answer_header(answer, "Date", "%s", date);
}

int emulator_look(struct emulator *emulator, size_t pool, struct emulator_view *out, struct error *err)
{
    CLEANUP(unlock) UNUSED pthread_mutex_t *held = lock(emulator);
    const struct simulation *sim = emulator->sim;
    struct sim_waits waits;

    if (catch_up(emulator, err) < 0 || simulation_waits(sim, &waits, err) < 0)
        return -1;
    *out = (struct emulator_view){
        .now_ms = sim->now_ms,
        .pending = sim->counts[SIM_PENDING],
        .active = simulation_active(sim),
        .oldest_wait_ms = simulation_oldest_wait_ms(sim),
        .last_done_ms = simulation_last_done_ms(sim),
        .done = simulation_is_done(sim),
        .waits = waits,
        .pool = {sim->pools[pool].replicas, sim->pools[pool].idle + sim->pools[pool].busy},
    };
    return 0;
}

int emulator_post(struct emulator *emulator, const struct scenario_arrival *arrival, struct error *err)
{
    CLEANUP(unlock) UNUSED pthread_mutex_t *held = lock(emulator);

    if (catch_up(emulator, err) < 0)
        return -1;
    return simulation_post(emulator->sim, arrival, err);
}

int emulator_scale(struct emulator *emulator, size_t pool, int64_t replicas, struct error *err)
{
    CLEANUP(unlock) UNUSED pthread_mutex_t *held = lock(emulator);

    if (catch_up(emulator, err) < 0)
        return -1;
    return simulation_set_replicas(emulator->sim, pool, replicas, err);
}
