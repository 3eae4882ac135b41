#include "adapter/rightsize_sources.h"

#include <math.h>

#include "adapter/cluster.h"
#include "adapter/prometheus_client.h"
#include "kube/path.h"
#include "nodegroup/prometheus.h"
#include "nodegroup/rightsize_pods.h"

enum { TIMEOUT_MS = 60000, LIST_MAX = 128 * 1024 * 1024, PATH_MAX_BYTES = 2048 };

/* --- Prometheus: one query after the other --- */

struct asking {
    struct loop *loop;
    struct http_client *http;
    const struct config_prometheus *where;
    struct rightsize_report *reports;
    size_t n, report;
    bool before; /* of the report's two spans */
    enum rightsize_figure figure;
    struct error err;
};

static void ask_next(struct asking *asking);

static void end(struct asking *asking, const struct error *err)
{
    if (err)
        asking->err = *err;
    loop_stop(asking->loop);
}

/* False: all was asked. */
static bool advance(struct asking *asking)
{
    if (++asking->figure < RIGHTSIZE_FIGURES)
        return true;
    asking->figure = 0;
    if (!asking->before && asking->reports[asking->report].compares) {
        asking->before = true;
        return true;
    }
    asking->before = false;
    return ++asking->report < asking->n;
}

static int read_number(const struct http_response *response, double *out, struct error *err)
{
    CLEANUP(prometheus_answer_clear) struct prometheus_answer answer = {0};

    if (prometheus_decode(response->status, buffer_text(&response->body), response->body.len, &answer, err) < 0)
        return -1;
    if (answer.n_series > 1)
        return error_set(err, ERROR_INVALID, "expected one number, got %zu series", answer.n_series);
    if (answer.n_series == 1 && answer.series[0].n_points == 1)
        *out = answer.series[0].points[0].value;
    return 0;
}

static void on_answer(void *context, struct http_response *response, const struct error *err)
{
    struct asking *asking = context;
    struct rightsize_report *report = &asking->reports[asking->report];
    struct rightsize_facts *facts = asking->before ? &report->before : &report->facts;
    struct error why = {0};

    if (err) {
        end(asking, err);
        return;
    }
    if (read_number(response, &facts->figures[asking->figure], &why) < 0) {
        (void)error_wrap(&why, "query of %s", rightsize_row_of(asking->figure)->name);
        end(asking, &why);
        return;
    }
    if (advance(asking))
        ask_next(asking);
    else
        end(asking, NULL);
}

static void add_time(int64_t unix_ms, struct buffer *form)
{
    (void)buffer_printf(form, "&time=%lld.%03d", (long long)(unix_ms / 1000), (int)(unix_ms % 1000));
}

static void ask_next(struct asking *asking)
{
    CLEANUP(buffer_clear) struct buffer query = BUFFER_INIT(PROMETHEUS_FORM_MAX), form = BUFFER_INIT(PROMETHEUS_FORM_MAX);
    const struct prometheus_question question = {
        .path = "query", .form = &form, .timeout_ms = TIMEOUT_MS, .done = on_answer, .context = asking};
    struct error err = {0};

    for (;;) {
        const struct rightsize_report *report = &asking->reports[asking->report];
        const struct rightsize_span *span = asking->before ? &report->before_span : &report->span;

        rightsize_query(asking->figure, &report->pool, span, &query);
        if (query.len > 0 || buffer_failed(&query)) {
            prometheus_instant_form(buffer_text(&query), &form);
            add_time(span->to_unix_ms, &form);
            break;
        }
        if (!advance(asking)) { /* nothing is left that can be asked */
            end(asking, NULL);
            return;
        }
    }
    if (buffer_failed(&query) || buffer_failed(&form))
        (void)error_no_memory(&err);
    else if (prometheus_ask(asking->http, asking->where, &question, &err))
        return;
    end(asking, &err);
}

static void begin(void *context)
{
    ask_next(context);
}

int rightsize_ask_prometheus(const struct config_prometheus *where, struct rightsize_report *reports, size_t n, struct error *err)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(err);
    CLEANUP(http_client_freep) struct http_client *http = loop ? http_client_new(loop, err) : NULL;
    struct asking asking = {.loop = loop, .http = http, .where = where, .reports = reports, .n = n};

    for (size_t i = 0; i < n; i++) {
        rightsize_facts_init(&reports[i].facts);
        rightsize_facts_init(&reports[i].before);
    }
    if (!http)
        return -1;
    if (loop_post(loop, begin, &asking) < 0)
        return error_no_memory(err);
    if (loop_run(loop, err) < 0)
        return -1;
    if (asking.err.code == ERROR_NONE)
        return 0;
    *err = asking.err;
    return -1;
}

/* --- the API server: pods, then their use, of each pool --- */

static const struct {
    const char *before, *behind; /* around the namespace */
    int (*read)(const char *text, size_t len, const struct rightsize_pool *pool, struct rightsize_facts *facts, struct error *err);
} lists[] = {
    {"/api/v1/namespaces", "/pods", rightsize_read_pods},
    {"/apis/metrics.k8s.io/v1beta1/namespaces", "/pods", rightsize_read_usage},
};

struct looking {
    struct loop *loop;
    struct kube_client *client;
    struct rightsize_report *reports;
    size_t n, report, list;
    struct error err;
};

static void look_next(struct looking *looking);

static void on_list(void *context, struct http_response *answer, const struct error *err)
{
    struct looking *looking = context;
    struct rightsize_report *report = &looking->reports[looking->report];

    if (err)
        looking->err = *err;
    if (!err &&
        lists[looking->list].read(buffer_text(&answer->body), answer->body.len, &report->pool, &report->facts, &looking->err) == 0) {
        looking->list = (looking->list + 1) % ARRAY_LEN(lists);
        looking->report += looking->list == 0;
        if (looking->report < looking->n) {
            look_next(looking);
            return;
        }
    }
    loop_stop(looking->loop);
}

static void look_next(struct looking *looking)
{
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(PATH_MAX_BYTES);
    struct kube_request request = {.answer_limit = LIST_MAX, .timeout_ms = TIMEOUT_MS};

    (void)buffer_add_text(&path, lists[looking->list].before);
    path_add_segment(&path, looking->reports[looking->report].pool.name_space);
    (void)buffer_add_text(&path, lists[looking->list].behind);
    request.path = buffer_text(&path);
    if (!kube_client_start(looking->client, &request, on_list, looking, &looking->err))
        loop_stop(looking->loop);
}

static void begin_looking(void *context)
{
    look_next(context);
}

int rightsize_ask_cluster(const char *kubeconfig, struct rightsize_report *reports, size_t n, struct error *err)
{
    CLEANUP(loop_freep) struct loop *loop = loop_new(err);
    CLEANUP(cluster_access_freep) struct cluster_access *cluster = NULL;
    struct looking looking = {.loop = loop, .reports = reports, .n = n};

    if (!loop || cluster_access_open(loop, kubeconfig, &cluster, err) < 0)
        return -1;
    if (!cluster)
        return error_set(err, ERROR_INVALID, "there is nobody to ask: give --prometheus URL, or --kubeconfig FILE");
    looking.client = cluster->client;
    if (loop_post(loop, begin_looking, &looking) < 0)
        return error_no_memory(err);
    if (loop_run(loop, err) < 0)
        return -1;
    if (looking.err.code == ERROR_NONE)
        return 0;
    *err = looking.err;
    return -1;
}
