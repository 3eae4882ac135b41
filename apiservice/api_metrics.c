/* Handlers of what is measured: external metrics, why they are what they are, and the exposition. */
#include "apiservice/api_call.h"
#include "apiservice/explain.h"
#include "apiservice/external_metric.h"
#include "apiservice/list_options.h"
#include "apiservice/status.h"

/* False: the Status that refuses the question is in the response. */
static bool choose_table(struct api_call *call, const struct media_offer *form, struct table_options *table)
{
    struct error err = {0};

    table->version = form->version;
    if (!form->as || table_object_parse(target_parameter(call->target, "includeObject"), &table->object, &err) == 0)
        return true;
    status_respond_error(&err, call->response);
    return false;
}

/* Once for each request: what was published by then is served, however old. */
static bool has_to_wait(const struct api_call *call)
{
    struct read_desk *readers = call->api->options.readers;
    struct read_ticket *ticket = call->request->read_ticket;

    if (!readers || !ticket || ticket->waited || !read_desk_is_due(readers, call->now_boot_ms))
        return false;
    ticket->waits = true;
    return true;
}

static void answer_metric(struct api_call *call, const char *name_space, const char *metric, const char *name)
{
    const struct media_offer *form = api_call_choose_form(call, name ? response_offers_series : response_offers_metric);
    struct table_options table = {0};
    struct metric_snapshot *snapshot;
    struct external_metric_query query = {.families = call->api->options.families,
                                          .n_families = call->api->options.n_families,
                                          .name_space = name_space,
                                          .metric = metric,
                                          .name = name,
                                          .table = form && form->as ? &table : NULL,
                                          .selector = target_parameter(call->target, "labelSelector"),
                                          .now_boot_ms = call->now_boot_ms};
    struct external_metric_subject subject;

    if (!form || !choose_table(call, form, &table) || !list_options_accepted(call->target, call->response))
        return;
    call->waits = has_to_wait(call);
    if (call->waits)
        return;
    query.snapshot = snapshot = metric_store_acquire(call->api->options.store);
    subject = external_metric_answer(&query, call->response);
    request_metrics_count_read(call->api->metrics, subject.family ? subject.family->name : "unknown", subject.queue,
                               call->response->status);
    metric_snapshot_release(snapshot);
}

void api_handle_metric(struct api_call *call)
{
    answer_metric(call, call->values[0], call->values[1], call->values[2]);
}

void api_handle_metric_of_all_namespaces(struct api_call *call)
{
    answer_metric(call, NULL, call->values[0], call->values[1]);
}

void api_handle_explain(struct api_call *call)
{
    struct metric_snapshot *snapshot;
    struct external_metric_query query = {.families = call->api->options.families,
                                          .n_families = call->api->options.n_families,
                                          .name_space = call->values[0],
                                          .metric = call->values[1],
                                          .selector = target_parameter(call->target, "labelSelector"),
                                          .now_boot_ms = call->now_boot_ms};

    if (!api_call_choose_form(call, response_offers_json) || !list_options_accepted(call->target, call->response))
        return;
    query.snapshot = snapshot = metric_store_acquire(call->api->options.store);
    (void)explain_answer(&query, call->response);
    metric_snapshot_release(snapshot);
}

void api_handle_exposition(struct api_call *call)
{
    const struct api_options *options = &call->api->options;
    struct metric_snapshot *snapshot = metric_store_acquire(options->store);
    struct exposition exposition = {.out = &call->response->body};

    exposition_snapshot(&exposition, options->families, options->n_families, snapshot, call->now_boot_ms);
    metric_snapshot_release(snapshot);
    request_metrics_expose(call->api->metrics, &exposition);
    if (call->api->server.collect)
        call->api->server.collect(call->api->server.context, &exposition);
    for (size_t i = 0; i < options->n_collectors; i++)
        options->collectors[i].collect(options->collectors[i].context, &exposition);
    call->response->status = 200;
    call->response->content_type = EXPOSITION_CONTENT_TYPE;
}
