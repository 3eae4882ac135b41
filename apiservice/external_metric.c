#include "apiservice/external_metric.h"

#include <string.h>

#include "apiservice/discovery.h"
#include "apiservice/external_metric_reading.h"
#include "apiservice/external_metric_refusal.h"
#include "apiservice/status.h"
#include "apiservice/wire_json.h"
#include "apiservice/wire_name.h"
#include "apiservice/wire_protobuf.h"
#include "apiservice/wire_value.h"
#include "base/escape.h"

enum { MESSAGE_MAX = 4096, NAME_SHOWN_MAX = 256 };

static void respond_stale(const struct reading *reading, const struct metric_source *source, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_MAX);

    refusal_write_stale(reading, source, &message);
    status_respond_text(503, buffer_text(&message), response);
}

static void respond_json(const struct reading *reading, struct response *response)
{
    struct buffer *out = &response->body;
    struct reading_cursor cursor = {0};
    const struct metric_set *set;
    bool first = true;

    response->content_type = "application/json";
    (void)buffer_append(out, WIRE_JSON_LIST_HEAD, sizeof(WIRE_JSON_LIST_HEAD) - 1);
    for (const struct metric_sample *sample; (sample = reading_next(reading, &cursor, &set)); first = false) {
        if (!first)
            (void)buffer_add_char(out, ',');
        wire_json_append(set, sample, out);
    }
    (void)buffer_append(out, WIRE_JSON_LIST_TAIL, sizeof(WIRE_JSON_LIST_TAIL) - 1);
}

static size_t protobuf_items_len(const struct reading *reading)
{
    struct reading_cursor cursor = {0};
    const struct metric_set *set;
    size_t len = 0;

    for (const struct metric_sample *sample; (sample = reading_next(reading, &cursor, &set));)
        len += sample->wire[METRIC_FORM_PROTOBUF].len;
    return len;
}

/* Their length stands before them. */
static void respond_protobuf_on_demand(const struct reading *reading, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer items = BUFFER_INIT(response->body.limit);
    struct reading_cursor cursor = {0};
    const struct metric_set *set;

    for (const struct metric_sample *sample; (sample = reading_next(reading, &cursor, &set));)
        wire_value_item(set, sample, &items);
    if (buffer_failed(&items)) {
        status_respond_text(500, "the answer is larger than an answer may be: narrow the labelSelector", response);
        return;
    }
    wire_value_list_begin(items.len, &response->body);
    (void)buffer_append(&response->body, buffer_text(&items), items.len);
    wire_value_list_end(&response->body);
}

static void respond_protobuf(const struct reading *reading, struct response *response)
{
    struct reading_cursor cursor = {0};
    const struct metric_set *set;

    response->content_type = WIRE_PROTOBUF_CONTENT_TYPE;
    if (reading->family->on_demand) {
        respond_protobuf_on_demand(reading, response);
        return;
    }
    wire_value_list_begin(protobuf_items_len(reading), &response->body);
    for (const struct metric_sample *sample; (sample = reading_next(reading, &cursor, &set));)
        (void)buffer_append(&response->body, sample->wire[METRIC_FORM_PROTOBUF].data, sample->wire[METRIC_FORM_PROTOBUF].len);
    wire_value_list_end(&response->body);
}

static void respond_list(const struct reading *reading, struct response *response)
{
    response->status = 200;
    if (response->form == RESPONSE_PROTOBUF)
        respond_protobuf(reading, response);
    else
        respond_json(reading, response);
}

static struct table table_of(const struct reading *reading, struct response *response)
{
    response->status = 200;
    response->content_type = "application/json";
    return (struct table){.options = *reading->query->table,
                          .snapshot = reading->query->snapshot,
                          .now_boot_ms = reading->query->now_boot_ms,
                          .out = &response->body};
}

static void respond_table(const struct reading *reading, struct response *response)
{
    struct table table = table_of(reading, response);
    struct reading_cursor cursor = {0};
    const struct metric_set *set;

    table_begin(&table);
    for (const struct metric_sample *sample; (sample = reading_next(reading, &cursor, &set));)
        table_row(&table, set, sample);
    table_end(&table);
}

static void respond_one(const struct reading *reading, const struct metric_set *set, const struct metric_sample *sample,
                        struct response *response)
{
    if (reading->query->table) {
        struct table table = table_of(reading, response);

        table_begin(&table);
        table_row(&table, set, sample);
        table_end(&table);
        return;
    }
    response->status = 200;
    response->content_type = "application/json";
    wire_json_append(set, sample, &response->body);
    (void)buffer_add_char(&response->body, '\n');
}

static void respond_no_such_series(const struct reading *reading, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_MAX);
    CLEANUP(buffer_clear) struct buffer name = BUFFER_INIT(MESSAGE_MAX);

    escape_controls(&name, reading->query->name, strnlen(reading->query->name, NAME_SHOWN_MAX));
    (void)buffer_printf(&message, "%s." API_GROUP " \"%s\" not found", reading->family->name, buffer_text(&name));
    status_respond(&(struct status){.code = 404,
                                    .message = buffer_text(&message),
                                    .details = STATUS_DETAILS_KIND,
                                    .group = API_GROUP,
                                    .kind = reading->family->name,
                                    .name = buffer_text(&name)},
                   response);
}

static const struct metric_sample *find_by_name(const struct reading *reading, const struct metric_set **set)
{
    struct reading_cursor cursor = {0};
    char name[WIRE_NAME_MAX];

    for (const struct metric_sample *sample; (sample = reading_next(reading, &cursor, set));) {
        wire_name(sample, name);
        if (strcmp(name, reading->query->name) == 0)
            return sample;
    }
    return NULL;
}

/* While a source is stale, nobody knows whether a series that is not there should be. */
static void answer_one(const struct reading *reading, struct response *response)
{
    const struct metric_set *set;
    const struct metric_sample *sample = find_by_name(reading, &set);
    const struct metric_source *stale = sample ? reading_stale_source_of(reading, set) : reading_stale_source(reading);

    if (stale)
        respond_stale(reading, stale, response);
    else if (sample)
        respond_one(reading, set, sample, response);
    else
        respond_no_such_series(reading, response);
}

static void respond_unknown(const struct external_metric_query *query, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_MAX);

    (void)buffer_add_text(&message, "the server could not find the metric ");
    escape_controls(&message, query->metric, strnlen(query->metric, NAME_SHOWN_MAX));
    (void)buffer_add_text(&message, query->name_space ? " for namespace " : " for all namespaces");
    if (query->name_space)
        escape_controls(&message, query->name_space, strnlen(query->name_space, NAME_SHOWN_MAX));
    status_respond_text(404, buffer_text(&message), response);
}

static void answer_all(const struct reading *reading, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(MESSAGE_MAX);
    bool table = reading->query->table != NULL;
    int code = table ? reading_refuse_stale(reading, &message) : reading_refuse(reading, &message);

    if (code != 0)
        status_respond_text(code, buffer_text(&message), response);
    else if (table)
        respond_table(reading, response);
    else
        respond_list(reading, response);
}

/* Local families stand on /metrics only. */
static const struct metric_family *find_family(const struct external_metric_query *query)
{
    const struct metric_family *family = metric_family_find(query->families, query->n_families, query->metric, strlen(query->metric));

    return family && !family->local ? family : NULL;
}

const struct metric_family *external_metric_open(const struct external_metric_query *query, struct reading *reading,
                                                 struct response *response)
{
    struct error err = {0};

    reading->query = query;
    reading->family = find_family(query);
    if (!reading->family)
        respond_unknown(query, response);
    else if (!query->snapshot)
        status_respond_text(503, "no source was read yet; the first poll is under way", response);
    else if (selector_parse(query->selector ? query->selector : "", &reading->selector, &err) < 0)
        status_respond_error(&err, response);
    else
        reading_begin(reading);
    return reading->family;
}

struct external_metric_subject external_metric_answer(const struct external_metric_query *query, struct response *response)
{
    struct reading reading; /* not zeroed: the selector is large, and parsing fills what counts */
    struct external_metric_subject subject = {.queue = ""};

    subject.family = external_metric_open(query, &reading, response);
    if (!subject.family || response->status != 0)
        return subject;
    subject.queue = reading_only_queue(&reading);
    if (query->name)
        answer_one(&reading, response);
    else
        answer_all(&reading, response);
    return subject;
}
