#include "apiservice/wire_value.h"

#include "apiservice/discovery.h"
#include "apiservice/proto/external_metrics.pb-c.h"
#include "apiservice/wire_protobuf.h"
#include "kube/quantity.h"

/* One entry a label, in the item's order. */
static void point_to_labels(const struct wire_item *item, Wire__LabelEntry *entries, Wire__LabelEntry **pointers)
{
    for (size_t i = 0; i < item->n_labels; i++) {
        entries[i] = (Wire__LabelEntry)WIRE__LABEL_ENTRY__INIT;
        entries[i].key = wire_text(item->labels[i].name);
        entries[i].value = wire_text(item->labels[i].value);
        pointers[i] = &entries[i];
    }
}

/* No reading is an empty Time. */
static Wire__Time time_of(int64_t unix_ms)
{
    Wire__Time time = WIRE__TIME__INIT;

    time.has_seconds = time.has_nanos = unix_ms != 0;
    time.seconds = unix_ms / 1000;
    return time;
}

void wire_value_write(const struct wire_item *item, struct buffer *out)
{
    Wire__LabelEntry entries[METRIC_LABELS_MAX], *labels[METRIC_LABELS_MAX];
    Wire__Time timestamp = time_of(item->timestamp_unix_ms);
    Wire__Quantity quantity = WIRE__QUANTITY__INIT;
    Wire__ExternalMetricValue value = WIRE__EXTERNAL_METRIC_VALUE__INIT;
    Wire__ExternalMetricValue *only = &value;
    Wire__ExternalMetricValueList list = WIRE__EXTERNAL_METRIC_VALUE_LIST__INIT;
    char text[QUANTITY_TEXT_MAX];

    point_to_labels(item, entries, labels);
    (void)quantity_format_milli(item->value_milli, text);
    quantity.string = text;
    value.metric_name = wire_text(item->metric_name);
    value.metric_labels = labels;
    value.n_metric_labels = item->n_labels;
    value.timestamp = &timestamp;
    value.has_window = item->has_window;
    value.window = item->window_seconds;
    value.value = &quantity;
    list.items = &only;
    list.n_items = 1;
    wire_protobuf_pack(&list.base, out);
}

void wire_value_item(const struct metric_set *set, const struct metric_sample *sample, struct buffer *out)
{
    const struct wire_item item = wire_item_of(set, sample);

    wire_value_write(&item, out);
}

void wire_value_list_begin(size_t items_len, struct buffer *out)
{
    static const struct wire_type type = {API_GROUP_VERSION, "ExternalMetricValueList"};
    Wire__ListMeta metadata = WIRE__LIST_META__INIT;
    Wire__ExternalMetricValueList head = WIRE__EXTERNAL_METRIC_VALUE_LIST__INIT;

    metadata.self_link = metadata.resource_version = metadata.continue_ = wire_text("");
    head.metadata = &metadata;
    wire_protobuf_begin(type, protobuf_c_message_get_packed_size(&head.base) + items_len, out);
    wire_protobuf_pack(&head.base, out);
}

void wire_value_list_end(struct buffer *out)
{
    wire_protobuf_end(out);
}
