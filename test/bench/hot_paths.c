/* hot_paths.c - what costs: the paths that every poll and every request take, each alone, for counting instructions.
 *
 *   hot-paths            lists the paths
 *   hot-paths NAME       walks one; measured() is what counts (check_instructions has callgrind look at it) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "apiservice/api.h"
#include "apiservice/selector.h"
#include "kube/quantity_parse.h"
#include "queue/model.h"
#include "test/fault/metric_world.h"

enum { JOBS = 1000, QUEUES = 20, BODY_MAX = 4 * 1024 * 1024, READ_UNIX_MS_DAYS = 20000 };

#define API "/apis/external.metrics.k8s.io/v1beta1"
#define PATH_OF_METRIC API "/namespaces/coder/queue_depth?labelSelector=queue%3Dqueue-7%2Cjob_type%3Dworkspace_build"

static struct buffer body = {.limit = BODY_MAX};
static struct job_list jobs;
static struct daemon_list daemons;
static struct queue_spec specs[QUEUES];
static const struct queue_spec *spec_list[QUEUES];
static struct api *api;
static struct metric_store *store;

static void must(bool done, const char *what)
{
    if (done)
        return;
    (void)fprintf(stderr, "hot-paths: %s\n", what);
    exit(EXIT_FAILURE); /* NOLINT(concurrency-mt-unsafe): one thread */
}

/* --- the jobs of an organization --- */

/* As Coder lists them: a pool of ten takes most. */
static void write_job(int n)
{
    (void)buffer_printf(
        &body,
        "%s{\"id\":\"4ea6ae5d-be31-5631-ae1d-%012d\",\"created_at\":\"2026-09-14T08:%02d:%02d.100113Z\",\"status\":\"%s\","
        "\"file_id\":\"1eb4a4f1-a557-5d10-93c7-62d20dbad541\",\"tags\":{\"owner\":\"\",\"scope\":\"organization\",\"pool\":\"p%d\"},"
        "\"queue_position\":%d,\"queue_size\":%d,\"organization_id\":\"20b65688-77aa-59a7-b24c-dace09ddbc4c\","
        "\"initiator_id\":\"83a24f5d-d916-58ef-9d97-54007fbc3e24\",\"input\":{\"workspace_build_id\":"
        "\"c74cd204-313d-5ddd-9b77-e158ff56261a\"},\"type\":\"workspace_build\",\"metadata\":{\"template_version_name\":"
        "\"quirky_turing5\",\"template_id\":\"61b9936a-4aff-593f-a8ab-8db3c2d5e106\",\"template_name\":\"kubernetes\","
        "\"workspace_name\":\"anna-%d\",\"workspace_build_transition\":\"start\"},\"logs_overflowed\":false}",
        n == 0 ? "[" : ",", n + 1, n / 60 % 60, n % 60, n % 4 == 0 ? "running" : "pending", n % 10, n, JOBS, n);
}

static void prepare_body(void)
{
    for (int i = 0; i < JOBS; i++)
        write_job(i);
    (void)buffer_add_text(&body, "]");
    must(!buffer_failed(&body), "no memory");
}

static void decode_jobs(void)
{
    struct job_list decoded = {0};
    struct error err = {0};

    must(job_list_decode(body.data, body.len, 0, &decoded, &err) == 0, err.text);
    must(decoded.len == JOBS, "jobs are missing");
    job_list_clear(&decoded);
}

static void prepare_model(void)
{
    struct error err = {0};

    prepare_body();
    must(job_list_decode(body.data, body.len, 0, &jobs, &err) == 0, err.text);
    for (int i = 0; i < QUEUES; i++) {
        char pool[16];

        (void)snprintf(pool, sizeof(pool), "p%d", i);
        specs[i] = (struct queue_spec){.replicas_max = 15};
        must(tags_set(&specs[i].tags, "pool", pool, &err) == 0 && tags_normalize(&specs[i].tags, &err) == 0, err.text);
        spec_list[i] = &specs[i];
    }
}

static void make_model(void)
{
    const struct queue_model_input input = {
        .specs = spec_list, .n_specs = QUEUES, .jobs = &jobs, .daemons = &daemons, .now_unix_ms = INT64_C(86400000) * READ_UNIX_MS_DAYS};
    struct queue_model model = {0};
    struct error err = {0};

    must(queue_model_make(&input, &model, &err) == 0, err.text);
    must(queue_demand(&model.queues[3]) == JOBS / 10, "the model is wrong");
    queue_model_clear(&model);
}

/* --- a snapshot and its answers --- */

static void make_snapshot(void)
{
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};

    must(metric_world_snapshot(&snapshot, &err) == 0, err.text);
    metric_snapshot_release(snapshot);
}

static void prepare_api(void)
{
    static struct api_options options = {.families = &metric_world_family, .n_families = 1, .version = {.version = "1", .git_commit = ""}};
    struct metric_snapshot *snapshot = NULL;
    struct error err = {0};

    store = metric_store_new();
    must(store && metric_world_snapshot(&snapshot, &err) == 0, err.text);
    metric_store_publish(store, snapshot);
    options.store = store;
    api = api_new(&options, &err);
    must(api != NULL, err.text);
}

static const char *const headers[][2] = {
    {"Host", "127.0.0.1:6443"},
    {"User-Agent", "kube-controller-manager/v1.36.3 (linux/amd64)"},
    {"Accept", "application/json"},
    {"X-Remote-User", "system:serviceaccount:kube-system:horizontal-pod-autoscaler"},
    {"X-Remote-Group", "system:authenticated"},
};

static const char *find_header(const struct request *request UNUSED, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(headers); i++)
        if (strcasecmp(headers[i][0], name) == 0)
            return headers[i][1];
    return NULL;
}

static void each_header(const struct request *request UNUSED, request_header_visitor *visit, void *context)
{
    for (size_t i = 0; i < ARRAY_LEN(headers); i++)
        visit(context, headers[i][0], headers[i][1]);
}

static void get(const char *target)
{
    const struct request request = {.method = "GET", .target = target, .header = find_header, .each_header = each_header};
    struct response response;

    response_init(&response);
    must(api_answer(api, &request, &response) == API_ANSWERED && response.status == 200, "no 200");
    response_clear(&response);
}

static void get_metric(void)
{
    get(PATH_OF_METRIC);
}

static void get_list(void)
{
    get(API "/namespaces/coder/queue_depth");
}

static void get_discovery(void)
{
    get(API);
}

static void get_exposition(void)
{
    get("/metrics");
}

static void parse_selector(void)
{
    struct selector selector;
    struct error err = {0};

    must(selector_parse("queue in (default, gpu),region!=eu,!spot,job_type=workspace_build", &selector, &err) == 0, err.text);
}

static void parse_quantities(void)
{
    static const char *const texts[] = {"100m", "1500Mi", "2", "0.5", "1e3", "12345678901n"};
    struct quantity quantity;
    struct error err = {0};

    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        must(quantity_parse(texts[i], strlen(texts[i]), &quantity, &err) == 0, err.text);
}

static const struct path {
    const char *name;
    void (*prepare)(void); /* NULL: nothing */
    void (*walk)(void);
    int times;
} paths[] = {
    {"decode 1,000 jobs", prepare_body, decode_jobs, 2},
    {"model of 1,000 jobs in 20 queues", prepare_model, make_model, 2},
    {"snapshot of 400 samples", NULL, make_snapshot, 2},
    {"GET of one series", prepare_api, get_metric, 100},
    {"GET of 400 series", prepare_api, get_list, 10},
    {"GET of discovery", prepare_api, get_discovery, 100},
    {"GET of /metrics with 400 series", prepare_api, get_exposition, 5},
    {"parse of a label selector", NULL, parse_selector, 100},
    {"parse of six quantities", NULL, parse_quantities, 100},
};

__attribute__((noinline)) static void measured(const struct path *path)
{
    for (int i = 0; i < path->times; i++)
        path->walk();
    __asm__ volatile("" ::: "memory"); /* so that the call above is no jump out of here */
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        if (argc == 1) {
            (void)printf("%d %s\n", paths[i].times, paths[i].name);
        } else if (strcmp(argv[1], paths[i].name) == 0) {
            if (paths[i].prepare)
                paths[i].prepare();
            paths[i].walk(); /* what is done only once is not the path's */
            measured(&paths[i]);
            return EXIT_SUCCESS;
        }
    }
    return argc == 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
