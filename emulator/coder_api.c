#include "emulator/coder_api.h"

#include <stdio.h>
#include <string.h>

enum { PATTERN_SEGMENTS_MAX = 4, PREFIX_SEGMENTS = 2 /* api, v2 */ };

/* One request on its way through the routes. */
struct call {
    const struct coder_view *view;
    const struct url *target;
    struct answer *answer;
    size_t organization;
    const char *job;
};

typedef void handle(struct call *call);
static handle handle_organizations, handle_organization, handle_jobs, handle_job, handle_daemons, handle_buildinfo, handle_user;

static const struct route {
    const char *pattern[PATTERN_SEGMENTS_MAX];
    size_t len;
    bool anyone;
    handle *handle;
} routes[] = {
    {{"organizations"}, 1, false, handle_organizations},
    {{"organizations", "{organization}"}, 2, false, handle_organization},
    {{"organizations", "{organization}", "provisionerjobs"}, 3, false, handle_jobs},
    {{"organizations", "{organization}", "provisionerjobs", "{job}"}, 4, false, handle_job},
    {{"organizations", "{organization}", "provisionerdaemons"}, 3, false, handle_daemons},
    {{"buildinfo"}, 1, true, handle_buildinfo},
    {{"users", "me"}, 2, false, handle_user},
};

void coder_answer_signed_out(struct answer *answer, bool has_token)
{
    answer_error(answer, 401, "You are signed out or your session has expired. Please sign in again to continue.",
                 has_token ? "API key is invalid." : "Cookie \"coder_session_token\" or query parameter must be provided.");
    answer_header(answer, "WWW-Authenticate", "Bearer realm=\"coder\"");
}

void coder_answer_not_found(struct answer *answer)
{
    answer_error(answer, 404, "Resource not found or you do not have access to this resource", NULL);
}

void coder_answer_rate_limited(struct answer *answer, int64_t per_minute)
{
    char message[120];

    (void)snprintf(message, sizeof(message), "You've been rate limited for sending more than %lld requests in 1m0s.",
                   (long long)per_minute);
    answer_error(answer, 429, message, NULL);
    answer_header(answer, "Retry-After", "60");
}

void coder_answer_broken(struct answer *answer, const char *detail)
{
    answer_error(answer, 500, "Internal error fetching provisioner jobs.", detail);
}

bool coder_api_owns(const struct url *target)
{
    return target->n_segments >= PREFIX_SEGMENTS && strcmp(target->segments[0], "api") == 0 && strcmp(target->segments[1], "v2") == 0;
}

bool coder_api_is_signed_in(const struct scenario *scenario, const struct request *request)
{
    return request->token && strcmp(request->token, scenario->token) == 0;
}

int64_t coder_api_organization(const struct scenario *scenario, const struct url *target)
{
    if (target->n_segments < 4 || !coder_api_owns(target) || strcmp(target->segments[2], "organizations") != 0)
        return -1;
    return scenario_find_organization(scenario, target->segments[3], strlen(target->segments[3]));
}

static bool fits(const struct route *route, const struct url *target)
{
    if (target->n_segments - PREFIX_SEGMENTS != route->len)
        return false;
    for (size_t i = 0; i < route->len; i++)
        if (*route->pattern[i] != '{' && strcmp(route->pattern[i], target->segments[PREFIX_SEGMENTS + i]) != 0)
            return false;
    return true;
}

static const struct route *find_route(const struct url *target)
{
    for (size_t i = 0; i < ARRAY_LEN(routes); i++)
        if (fits(&routes[i], target))
            return &routes[i];
    return NULL;
}

/* False: the answer is there already. */
static bool resolve(struct call *call, const struct route *route)
{
    int64_t organization;

    if (route->len >= 4)
        call->job = call->target->segments[PREFIX_SEGMENTS + 3];
    if (route->len < 2 || *route->pattern[1] != '{')
        return true;
    organization = coder_api_organization(call->view->sim->scenario, call->target);
    if (organization < 0) {
        coder_answer_not_found(call->answer);
        return false;
    }
    call->organization = (size_t)organization;
    return true;
}

void coder_api_answer(const struct coder_view *view, const struct request *request, const struct url *target, struct answer *answer)
{
    const struct route *route = find_route(target);
    struct call call = {.view = view, .target = target, .answer = answer};

    if (!route) {
        answer_error(answer, 404, "Route not found.", NULL);
    } else if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0) {
        answer_text(answer, 405, NULL, "");
        answer_header(answer, "Allow", "GET, HEAD");
    } else if (!route->anyone && !coder_api_is_signed_in(view->sim->scenario, request)) {
        coder_answer_signed_out(answer, request->token != NULL);
    } else if (resolve(&call, route)) {
        route->handle(&call);
    }
    if (buffer_failed(&answer->body)) {
        buffer_clear(&answer->body);
        coder_answer_broken(answer, "the emulator has no memory for this answer");
    }
}

static void handle_organizations(struct call *call)
{
    answer_json(call->answer, 200);
    coder_write_organizations(call->view, &call->answer->body);
}

static void handle_organization(struct call *call)
{
    answer_json(call->answer, 200);
    coder_write_organization(call->view, call->organization, &call->answer->body);
}

static void handle_buildinfo(struct call *call)
{
    answer_json(call->answer, 200);
    coder_write_buildinfo(call->view, &call->answer->body);
}

static void handle_user(struct call *call)
{
    answer_json(call->answer, 200);
    coder_write_user(call->view, &call->answer->body);
}

static bool refuse(struct call *call, const struct validations *wrong)
{
    if (wrong->len == 0)
        return false;
    answer_json(call->answer, 400);
    coder_write_validations(wrong, &call->answer->body);
    return true;
}

/* False: the answer is there already. */
static bool read_job_filter(struct call *call, struct job_filter *filter)
{
    struct validations wrong = {0};
    char detail[160];

    job_filter_parse(call->target, filter, &wrong);
    if (refuse(call, &wrong))
        return false;
    if (*filter->unknown_status == '\0')
        return true;
    (void)snprintf(detail, sizeof(detail), "pq: invalid input value for enum provisioner_job_status: \"%s\"", filter->unknown_status);
    coder_answer_broken(call->answer, detail);
    return false;
}

static void handle_jobs(struct call *call)
{
    struct job_filter filter;

    if (!read_job_filter(call, &filter))
        return;
    answer_json(call->answer, 200);
    (void)coder_write_jobs(call->view, &filter, call->organization, &call->answer->body);
}

static void handle_job(struct call *call)
{
    const struct simulation *sim = call->view->sim;
    struct job_filter filter;
    struct stable_id id;
    size_t at = 0;

    if (!stable_id_parse(call->job, strlen(call->job), &id)) {
        answer_error(call->answer, 400, "Invalid UUID for the job.", "the last part of the path must be the job's id");
        return;
    }
    if (!read_job_filter(call, &filter))
        return;
    while (at < sim->n_jobs && !stable_id_equal(sim->jobs[at].id, id))
        at++;
    if (at == sim->n_jobs || sim->jobs[at].organization != call->organization || !job_filter_matches(&filter, sim, at)) {
        coder_answer_not_found(call->answer);
        return;
    }
    answer_json(call->answer, 200);
    coder_write_job(call->view, at, &call->answer->body);
}

static void handle_daemons(struct call *call)
{
    struct validations wrong = {0};
    struct daemon_filter filter;

    daemon_filter_parse(call->target, &filter, &wrong);
    if (refuse(call, &wrong))
        return;
    answer_json(call->answer, 200);
    coder_write_daemons(call->view, &filter, call->organization, &call->answer->body);
}
