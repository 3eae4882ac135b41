#include "adapter/online_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/cluster.h"
#include "adapter/cluster_findings.h"
#include "adapter/coder_state.h"
#include "adapter/token_findings.h"
#include "kube/objects.h"
#include "kube/path.h"

enum { PATH_MAX_BYTES = 2048, QUESTIONS_AN_ORGANIZATION = 3, QUESTIONS_A_QUEUE = 2, OTHER_QUESTIONS = 4 };

static const char apis[] = "/apis/apiregistration.k8s.io/v1/apiservices/" EXTERNAL_METRICS_API_SERVICE;

enum question_kind { ASK_USER, ASK_WORKSPACES, ASK_CODER, TELL_QUEUES, ASK_OWNER, ASK_HPAS, ASK_WORKLOAD };

struct question {
    enum question_kind kind;
    enum poll_path path; /* ASK_CODER */
    size_t index;        /* of the organization, or the queue */
};

struct online {
    const struct config *config;
    struct findings *out;
    struct loop *loop;
    struct http_client *http;
    struct coder_client *coder;
    struct cluster_access *cluster; /* NULL: none */
    struct coder_state state;
    struct loop_timer *step_timer, *end_timer;
    struct question *questions;
    size_t n_questions, at;
    bool ended;
};

/* --- Coder --- */

static const char *organization_of(const struct online *online, size_t index)
{
    return online->state.organizations[index].name;
}

static void next(struct online *online)
{
    loop_timer_after(online->step_timer, 0);
}

static void on_coder(void *context, struct coder_answer *answer, const struct error *told, int64_t retry_after_ms UNUSED)
{
    struct online *online = context;
    const struct question *question = &online->questions[online->at++];
    struct coder_reading reading = {.path = question->path};
    struct error err = {0};

    if (told)
        reading.err = *told;
    if (answer) {
        reading.answer = *answer;
        reading.answer.body = buffer_move(&answer->body);
    }
    if (coder_state_apply(&online->state, question->index, &reading, &err) < 0)
        finding_add(online->out, FINDING_ERROR, "organization", organization_of(online, question->index), "%s", err.text);
    next(online);
}

static void on_token(void *context, struct coder_answer *answer, const struct error *told, int64_t retry_after_ms UNUSED)
{
    struct online *online = context;
    const struct question *question = &online->questions[online->at++];
    const struct error none = {0};
    const struct buffer empty = {0};

    (question->kind == ASK_USER ? token_findings_user : token_findings_workspaces)(answer ? &answer->body : &empty, told ? told : &none,
                                                                                   online->out);
    next(online);
}

static bool ask_about_token(struct online *online, const struct question *question, struct error *err)
{
    if (question->kind == ASK_USER)
        return coder_get_user(online->coder, on_token, online, err) != NULL;
    return coder_list_workspaces(online->coder, 0, on_token, online, err) != NULL;
}

static bool ask_coder(struct online *online, const struct question *question, struct error *err)
{
    const char *organization = organization_of(online, question->index);

    switch (question->path) {
    case POLL_ORGANIZATION: return coder_get_organization(online->coder, organization, on_coder, online, err) != NULL;
    case POLL_DAEMONS: return coder_list_daemons(online->coder, organization, on_coder, online, err) != NULL;
    case POLL_JOBS: return coder_list_active_jobs(online->coder, organization, on_coder, online, err) != NULL;
    case POLL_COMPLETIONS:
    case POLL_PATHS:
    default: return error_set(err, ERROR_INVALID, "unknown path") == 0;
    }
}

/* --- what Coder said --- */

static bool was_read(const struct organization_state *organization)
{
    return organization->sources[POLL_JOBS].read_boot_ms != 0 && organization->sources[POLL_DAEMONS].read_boot_ms != 0;
}

static void tell_organization(const struct online *online, size_t index)
{
    const struct organization_state *organization = &online->state.organizations[index];
    const struct queue_model *model = &organization->model;

    if (!was_read(organization))
        return; /* its errors are told */
    finding_add(online->out, FINDING_OK, "organization", organization->name,
                "the token may list its jobs (%zu wait or run) and its provisioners (%zu)", organization->jobs.len,
                organization->daemons.len);
    if (model->built_in_daemons > 0)
        finding_add(online->out, FINDING_WARNING, "organization", organization->name,
                    "%" PRId64 " provisioners are built into Coder and take jobs beside the queues: set CODER_PROVISIONER_DAEMONS=0 there",
                    model->built_in_daemons);
    if (model->unserved.len > 0)
        finding_add(online->out, FINDING_WARNING, "organization", organization->name,
                    "jobs wait that neither a queue nor any provisioner can run (%zu different sets of tags)", model->unserved.len);
}

static void tell_queue(const struct online *online, const struct organization_state *organization, size_t index)
{
    const struct queue_stats *stats = &organization->model.queues[index];
    const char *name = organization->specs[index]->name;
    int64_t live = stats->daemons[DAEMON_IDLE] + stats->daemons[DAEMON_BUSY];

    if (live > 0)
        finding_add(online->out, FINDING_OK, "queue", name, "%" PRId64 " live provisioners have exactly its tags (%" PRId64 " busy)", live,
                    stats->daemons[DAEMON_BUSY]);
    else
        finding_add(online->out, FINDING_WARNING, "queue", name,
                    "no live provisioner has exactly its tags (%" PRId64
                    " of other tags are live, outside of all queues): are tags those that the "
                    "provisioners' key or CODER_PROVISIONERD_TAGS give them?",
                    organization->model.other_daemons);
}

static void tell_queues(struct online *online)
{
    struct error err = {0};

    if (coder_state_model(&online->state, &err) < 0) {
        finding_add(online->out, FINDING_ERROR, "coder", NULL, "%s", err.text);
        return;
    }
    for (size_t i = 0; i < online->state.n_organizations; i++) {
        const struct organization_state *organization = &online->state.organizations[i];

        if (organization->same_as != i)
            continue;
        tell_organization(online, i);
        for (size_t j = 0; was_read(organization) && j < organization->n_specs; j++)
            tell_queue(online, organization, j);
    }
    for (size_t i = 0; i < online->state.n_specs; i++)
        if (online->state.duplicates[i])
            finding_add(online->out, FINDING_ERROR, "queue", online->state.specs[i].name,
                        "its organization and tags are those of another queue: it gets nothing");
}

/* How long the queue's longest job runs by now; 0: none does. */
static int64_t longest_run_ms(const struct online *online, const struct queue_spec *queue)
{
    int64_t longest_ms = 0;

    for (size_t i = 0; i < online->state.n_organizations; i++) {
        const struct organization_state *organization = &online->state.organizations[i];
        int64_t now_ms = organization->sources[POLL_JOBS].read_unix_ms + organization->clock_offset_ms;

        for (size_t j = 0; organization->same_as == i && was_read(organization) && j < organization->jobs.len; j++) {
            const struct job *job = &organization->jobs.items[j];
            uint32_t number = organization->model.job_queues[j];

            if (job_is_active(job) && job->started_unix_ms > 0 && number != MODEL_NO_QUEUE && organization->specs[number] == queue &&
                now_ms - job->started_unix_ms > longest_ms)
                longest_ms = now_ms - job->started_unix_ms;
        }
    }
    return longest_ms;
}

/* --- the cluster --- */

static const struct queue_spec *queue_of(const struct online *online, const struct question *question)
{
    return &online->config->queues[question->index];
}

static const char *workload_word(const struct queue_spec *queue)
{
    return queue->workload.kind == WORKLOAD_STATEFULSET ? "StatefulSet" : "Deployment";
}

static void tell_failure(const struct online *online, const struct question *question, int status, const struct error *err)
{
    if (question->kind == ASK_OWNER)
        finding_add(online->out, FINDING_WARNING, "cluster", NULL, "APIService " EXTERNAL_METRICS_API_SERVICE ": %s",
                    status == 404 ? "there is none: HPAs cannot read the metrics until it is made" : err->text);
    else if (question->kind == ASK_WORKLOAD && status == 404)
        finding_add(online->out, FINDING_ERROR, "queue", queue_of(online, question)->name, "there is no %s %s in namespace %s",
                    workload_word(queue_of(online, question)), queue_of(online, question)->workload.name,
                    queue_of(online, question)->name_space);
    else
        finding_add(online->out, FINDING_WARNING, "queue", queue_of(online, question)->name, "its %s cannot be looked at: %s",
                    question->kind == ASK_HPAS ? "HPAs" : "workload", err->text);
}

static void on_object(void *context, const struct object_result *result, const struct error *err)
{
    struct online *online = context;
    const struct question *question = &online->questions[online->at++];

    if (err)
        tell_failure(online, question, result->status, err);
    else if (question->kind == ASK_OWNER)
        cluster_findings_owner(result->object, online->config->serving.service.name_space, online->config->serving.service.name,
                               online->out);
    else if (question->kind == ASK_HPAS)
        cluster_findings_hpas(result->object, queue_of(online, question), online->config->n_queues, online->out);
    else
        cluster_findings_workload(result->object, queue_of(online, question), longest_run_ms(online, queue_of(online, question)),
                                  online->out);
    next(online);
}

static void write_path(const struct online *online, const struct question *question, struct buffer *path)
{
    const struct queue_spec *queue = question->kind == ASK_OWNER ? NULL : queue_of(online, question);

    if (question->kind == ASK_OWNER) {
        (void)buffer_add_text(path, apis);
        return;
    }
    (void)buffer_add_text(path, question->kind == ASK_HPAS ? "/apis/autoscaling/v2/namespaces" : "/apis/apps/v1/namespaces");
    path_add_segment(path, queue->name_space);
    if (question->kind == ASK_HPAS) {
        (void)buffer_printf(path, "/horizontalpodautoscalers?limit=%d", ONLINE_HPAS_MAX);
        return;
    }
    (void)buffer_add_text(path, queue->workload.kind == WORKLOAD_STATEFULSET ? "/statefulsets" : "/deployments");
    path_add_segment(path, queue->workload.name);
}

static bool ask_cluster(struct online *online, const struct question *question, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(PATH_MAX_BYTES);
    struct object_request request = {0};

    write_path(online, question, &path);
    request.path = buffer_text(&path);
    if (buffer_failed(&path))
        return error_set(err, ERROR_INVALID, "no path can be made for it") == 0;
    return object_start(online->cluster->client, &request, on_object, online, err) != NULL;
}

/* --- one after the other --- */

static void end_now(struct online *online)
{
    online->ended = true;
    loop_stop(online->loop);
}

static void on_too_late(void *context)
{
    struct online *online = context;

    finding_add(online->out, FINDING_ERROR, "coder", NULL, "not everything was asked: it took longer than %d s", ONLINE_CHECK_MS / 1000);
    end_now(online);
}

/* False: it could not even be asked. */
static bool ask(struct online *online, const struct question *question, struct error *err)
{
    switch (question->kind) {
    case ASK_USER:
    case ASK_WORKSPACES: return ask_about_token(online, question, err);
    case ASK_CODER: return ask_coder(online, question, err);
    case TELL_QUEUES:
    case ASK_OWNER:
    case ASK_HPAS:
    case ASK_WORKLOAD:
    default: return ask_cluster(online, question, err);
    }
}

static void tell_unasked(const struct online *online, const struct question *question, const struct error *err)
{
    if (question->kind == ASK_CODER)
        finding_add(online->out, FINDING_ERROR, "organization", organization_of(online, question->index), "%s", err->text);
    else if (question->kind == ASK_USER || question->kind == ASK_WORKSPACES)
        finding_add(online->out, FINDING_ERROR, "coder", NULL, "%s", err->text);
    else
        tell_failure(online, question, 0, err);
}

/* The step timer's callback. */
static void step(void *context)
{
    struct online *online = context;
    const struct question *question = &online->questions[online->at];
    struct error err = {0};

    if (online->at == online->n_questions) {
        end_now(online);
    } else if (question->kind == TELL_QUEUES) {
        tell_queues(online);
        online->at++;
        next(online);
    } else if (!ask(online, question, &err)) {
        tell_unasked(online, question, &err);
        online->at++;
        next(online);
    }
}

static void add(struct online *online, enum question_kind kind, enum poll_path path, size_t index)
{
    online->questions[online->n_questions++] = (struct question){.kind = kind, .path = path, .index = index};
}

static void plan_questions(struct online *online)
{
    add(online, ASK_USER, POLL_PATHS, 0);
    if (config_wants_schedule(online->config))
        add(online, ASK_WORKSPACES, POLL_PATHS, 0);
    for (size_t i = 0; i < online->state.n_organizations; i++) {
        add(online, ASK_CODER, POLL_ORGANIZATION, i);
        add(online, ASK_CODER, POLL_DAEMONS, i);
        add(online, ASK_CODER, POLL_JOBS, i);
    }
    add(online, TELL_QUEUES, POLL_PATHS, 0);
    if (!online->cluster)
        return;
    add(online, ASK_OWNER, POLL_PATHS, 0);
    for (size_t i = 0; i < online->config->n_queues; i++) {
        if (strcmp(online->config->queues[i].name_space, "*") == 0)
            continue;
        add(online, ASK_HPAS, POLL_PATHS, i);
        add(online, ASK_WORKLOAD, POLL_PATHS, i);
    }
}

static int make_parts(struct online *online, const char *kubeconfig, struct error *err)
{
    const struct config_coder *coder = &online->config->coder;
    const struct coder_options options = {.url = coder->url,
                                          .token_file = coder->token_file,
                                          .ca_file = coder->ca_file,
                                          .timeout_ms = coder->timeout_ms,
                                          .job_limit = (size_t)coder->job_limit};
    size_t most;

    if (coder_state_new(online->config->queues, online->config->n_queues, &online->state, err) < 0)
        return -1;
    most = online->state.n_organizations * QUESTIONS_AN_ORGANIZATION + online->config->n_queues * QUESTIONS_A_QUEUE + OTHER_QUESTIONS;
    online->questions = calloc(most + 1, sizeof(*online->questions)); /* one more, never asked */
    online->loop = loop_new(err);
    online->http = online->loop ? http_client_new(online->loop, err) : NULL;
    online->coder = online->http ? coder_client_new(online->http, &options, err) : NULL;
    if (!online->coder || cluster_access_open(online->loop, kubeconfig, &online->cluster, err) < 0)
        return -1;
    online->step_timer = loop_timer_new(online->loop, step, online);
    online->end_timer = loop_timer_new(online->loop, on_too_late, online);
    return online->questions && online->step_timer && online->end_timer ? 0 : error_no_memory(err);
}

static void online_clear(struct online *online)
{
    loop_timer_free(online->step_timer);
    loop_timer_free(online->end_timer);
    cluster_access_free(online->cluster);
    http_client_free(online->http);
    coder_client_free(online->coder);
    loop_free(online->loop);
    coder_state_clear(&online->state);
    free(online->questions);
}

int online_check(const struct config *config, const char *kubeconfig, struct findings *out, struct error *err)
{
    CLEANUP(online_clear) struct online online = {.config = config, .out = out};

    if (make_parts(&online, kubeconfig, err) < 0)
        return -1;
    plan_questions(&online);
    loop_timer_after(online.step_timer, 0);
    loop_timer_after(online.end_timer, ONLINE_CHECK_MS);
    if (loop_run(online.loop, err) < 0)
        return -1;
    if (!online.cluster)
        finding_add(out, FINDING_WARNING, "cluster", NULL,
                    "HPAs, workloads and the owner of the API group were not looked at: give --kubeconfig FILE");
    return 0;
}
