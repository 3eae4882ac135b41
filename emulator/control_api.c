#include "emulator/control_api.h"

#include <string.h>

#include "emulator/go_json.h"

enum { PATTERN_SEGMENTS_MAX = 4 };

struct call {
    const struct control_subject *subject;
    const struct request *request;
    const struct url *target;
    struct answer *answer;
};

/* Fills the answer, or fills err: then the answer is 400. */
typedef int handle(struct call *call, struct error *err);
static handle handle_state, handle_replicas, handle_arrivals, handle_put_faults, handle_delete_faults;

static const struct route {
    const char *method;
    const char *pattern[PATTERN_SEGMENTS_MAX];
    size_t len;
    handle *handle;
} routes[] = {
    {"GET", {"emulator", "state"}, 2, handle_state},
    {"PUT", {"emulator", "pools", "{name}", "replicas"}, 4, handle_replicas},
    {"POST", {"emulator", "arrivals"}, 2, handle_arrivals},
    {"PUT", {"emulator", "faults"}, 2, handle_put_faults},
    {"DELETE", {"emulator", "faults"}, 2, handle_delete_faults},
};

bool control_api_owns(const struct url *target)
{
    return target->n_segments >= 1 && strcmp(target->segments[0], "emulator") == 0;
}

static bool fits(const struct route *route, const struct url *target)
{
    if (route->len != target->n_segments)
        return false;
    for (size_t i = 0; i < route->len; i++)
        if (*route->pattern[i] != '{' && strcmp(route->pattern[i], target->segments[i]) != 0)
            return false;
    return true;
}

static const struct route *find_route(const struct url *target, const char *method, bool *has_path)
{
    *has_path = false;
    for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
        if (!fits(&routes[i], target))
            continue;
        *has_path = true;
        if (strcmp(routes[i].method, method) == 0)
            return &routes[i];
    }
    return NULL;
}

void control_api_answer(const struct control_subject *subject, const struct request *request, const struct url *target,
                        struct answer *answer)
{
    struct call call = {subject, request, target, answer};
    struct error err = {0};
    bool has_path = false;
    const struct route *route = find_route(target, request->method, &has_path);

    if (!route)
        answer_error(answer, has_path ? 405 : 404, has_path ? "wrong method for this path" : "no such path of the emulator", NULL);
    else if (route->handle(&call, &err) < 0)
        answer_error(answer, err.code == ERROR_NOT_FOUND ? 404 : 400, err.text, NULL);
}

static double seconds(int64_t ms)
{
    return (double)ms / 1000;
}

static void write_pools(const struct simulation *sim, struct buffer *out)
{
    (void)buffer_add_text(out, "\"pools\":[");
    for (size_t i = 0; i < sim->scenario->n_pools; i++) {
        const struct sim_pool *pool = &sim->pools[i];

        (void)buffer_add_text(out, i > 0 ? ",{\"name\":" : "{\"name\":");
        go_json_string(out, sim->scenario->pools[i].name);
        (void)buffer_printf(out, ",\"replicas\":%lld,\"idle\":%lld,\"busy\":%lld,\"draining\":%lld}", (long long)pool->replicas,
                            (long long)pool->idle, (long long)pool->busy, (long long)pool->leaving);
    }
    (void)buffer_add_text(out, "]");
}

static int handle_state(struct call *call, struct error *err)
{
    const struct simulation *sim = call->subject->sim;
    struct buffer *out = &call->answer->body;
    struct sim_waits waits;

    if (simulation_waits(sim, &waits, err) < 0)
        return -1;
    answer_json(call->answer, 200);
    (void)buffer_printf(out,
                        "{\"nowSeconds\":%.3f,\"requests\":%lld,\"jobs\":{\"pending\":%lld,\"active\":%lld,\"succeeded\":%lld,\"failed\":%"
                        "lld,\"canceled\":%lld},",
                        seconds(sim->now_ms), (long long)call->subject->requests, (long long)sim->counts[SIM_PENDING],
                        (long long)simulation_active(sim), (long long)sim->counts[SIM_SUCCEEDED], (long long)sim->counts[SIM_FAILED],
                        (long long)sim->counts[SIM_CANCELED]);
    write_pools(sim, out);
    (void)buffer_printf(out, ",\"waits\":{\"count\":%lld,\"p50Seconds\":%.3f,\"p95Seconds\":%.3f,\"longestSeconds\":%.3f}}\n",
                        (long long)waits.count, seconds(waits.p50_ms), seconds(waits.p95_ms), seconds(waits.longest_ms));
    return 0;
}

static int done(struct call *call)
{
    answer_text(call->answer, 204, NULL, "");
    return 0;
}

static int handle_replicas(struct call *call, struct error *err)
{
    const char *name = call->target->segments[2];
    int64_t pool = scenario_find_pool(call->subject->sim->scenario, name, strlen(name)), replicas = 0;

    if (pool < 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no pool of that name in the scenario");
    if (scenario_read_replicas(call->request->body, call->request->body_len, &replicas, err) < 0 ||
        simulation_set_replicas(call->subject->sim, (size_t)pool, replicas, err) < 0)
        return -1;
    return done(call);
}

static int handle_arrivals(struct call *call, struct error *err)
{
    struct scenario_arrival arrival;

    if (scenario_read_arrival(call->request->body, call->request->body_len, call->subject->sim->scenario, &arrival, err) < 0 ||
        simulation_post(call->subject->sim, &arrival, err) < 0)
        return -1;
    return done(call);
}

static int handle_put_faults(struct call *call, struct error *err)
{
    const struct simulation *sim = call->subject->sim;
    struct fault fault;

    if (scenario_read_fault(call->request->body, call->request->body_len, sim->scenario, &fault, err) < 0)
        return -1;
    fault_shift(&fault, sim->now_ms);
    if (!fault_list_put(call->subject->faults, &fault))
        return error_set(err, ERROR_LIMIT, "more than %d faults; DELETE /emulator/faults first", FAULTS_MAX);
    return done(call);
}

static int handle_delete_faults(struct call *call, struct error *err)
{
    (void)err;
    fault_list_end(call->subject->faults, call->subject->sim->now_ms);
    return done(call);
}
