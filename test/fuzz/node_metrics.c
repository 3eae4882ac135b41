/* node_metrics.c - the use of nodes from metrics.k8s.io, whose list is cut by hand and never one tree: what is accepted is what the
 * whole tree says, node by node; a node with anything strange is left out and counted, not guessed. */
#include <string.h>

#include "base/json.h"
#include "base/timestamp.h"
#include "nodegroup/usage_samples.h"
#include "test/fuzz/fuzz.h"

static const char *text_at(const json_t *object, const char *first, const char *second)
{
    const json_t *inner = json_object_get(object, first);

    return json_string_value(second ? json_object_get(inner, second) : inner);
}

static bool is_of(const struct usage_sample *sample, const json_t *item)
{
    const char *name = text_at(item, "metadata", "name"), *stamp = text_at(item, "timestamp", NULL);
    int64_t at = 0;

    return name && stamp && strcmp(name, sample->node) == 0 && timestamp_parse(stamp, &at) && at == sample->at_unix_ms &&
           text_at(item, "usage", "cpu") && text_at(item, "usage", "memory");
}

static void law_found(const struct usage_samples *samples, const json_t *items)
{
    size_t at = 0, i;
    const json_t *item;

    LAW(samples->len + samples->n_refused == json_array_size(items));
    json_array_foreach (items, i, item) /* in the order of the list */
        at += at < samples->len && is_of(&samples->items[at], item);
    LAW(at == samples->len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *whole = json_loadb((const char *)data, size, 0, NULL);
    struct usage_samples samples;
    struct error err = {0};

    fill(&samples, sizeof(samples));
    if (usage_samples_decode((const char *)data, size, &samples, &err) < 0) {
        LAW(is_filled(&samples, sizeof(samples)));
        law_error_is_told(&err);
        json_decref(whole);
        return 0;
    }
    LAW((samples.n_refused > 0) == (samples.refused.code != ERROR_NONE));
    for (size_t i = 0; i < samples.len; i++) {
        LAW(samples.items[i].node[0] != '\0' && samples.items[i].at_unix_ms > 0);
        LAW(samples.items[i].use[USAGE_CPU] >= 0 && samples.items[i].use[USAGE_MEMORY] >= 0);
    }
    if (whole && json_object_get(whole, "items")) /* else one was nested too deep, or two members have one name */
        law_found(&samples, json_object_get(whole, "items"));
    usage_samples_clear(&samples);
    json_decref(whole);
    return 0;
}
