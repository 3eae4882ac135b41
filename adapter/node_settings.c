#include "adapter/node_settings.h"

#include <stdlib.h>
#include <string.h>

static bool copy_text(char **text)
{
    *text = *text ? strdup(*text) : NULL;
    return *text != NULL;
}

/* false: out of memory; what was copied so far can be cleared. */
static bool copy_texts(const struct option_texts *from, struct option_texts *out)
{
    *out = (struct option_texts){.items = calloc(from->len + 1, sizeof(*out->items))};
    for (; out->items && out->len < from->len; out->len++) {
        out->items[out->len] = strdup(from->items[out->len]);
        if (!out->items[out->len])
            return false;
    }
    return out->items != NULL;
}

static bool copy_pairs(const struct option_pairs *from, struct option_pairs *out)
{
    *out = (struct option_pairs){.items = calloc(from->len + 1, sizeof(*out->items))};
    bool whole = out->items != NULL;

    for (; whole && out->len < from->len; out->len++) {
        struct option_pair *pair = &out->items[out->len];

        *pair = (struct option_pair){strdup(from->items[out->len].name), strdup(from->items[out->len].value)};
        whole = pair->name && pair->value;
    }
    return whole;
}

static void clear_pairs(struct option_pairs *pairs)
{
    for (size_t i = 0; pairs->items && i < pairs->len; i++) {
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs->items);
}

void node_settings_clear(struct config_node_groups *settings)
{
    free(settings->label);
    free(settings->usage.prometheus.url);
    free(settings->usage.prometheus.token_file);
    free(settings->usage.prometheus.ca_file);
    clear_pairs(&settings->usage.prometheus.headers);
    clear_pairs(&settings->usage.prometheus.queries);
    free(settings->history.path);
    for (size_t i = 0; settings->data_services.items && i < settings->data_services.len; i++)
        free(settings->data_services.items[i]);
    free(settings->data_services.items);
    *settings = (struct config_node_groups){0};
}

int node_settings_copy(const struct config_node_groups *from, struct config_node_groups *out, struct error *err)
{
    struct config_node_groups copy = *from;
    struct config_prometheus *prometheus = &copy.usage.prometheus;
    bool whole = copy_text(&copy.label);

    whole &= copy_text(&copy.history.path); /* all of it, whatever failed before: nothing of the other's may stay */
    (void)copy_text(&prometheus->url);      /* these are there only where Prometheus is */
    (void)copy_text(&prometheus->token_file);
    (void)copy_text(&prometheus->ca_file);
    whole &= !prometheus->on || (prometheus->url && prometheus->token_file && prometheus->ca_file);
    whole &= copy_pairs(&from->usage.prometheus.headers, &prometheus->headers);
    whole &= copy_pairs(&from->usage.prometheus.queries, &prometheus->queries);
    whole &= copy_texts(&from->data_services, &copy.data_services);
    if (!whole) {
        node_settings_clear(&copy);
        return error_no_memory(err);
    }
    *out = copy;
    return 0;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same_pairs(const struct option_pairs *a, const struct option_pairs *b)
{
    bool same = a->len == b->len;

    for (size_t i = 0; same && i < a->len; i++)
        same = same_text(a->items[i].name, b->items[i].name) && same_text(a->items[i].value, b->items[i].value);
    return same;
}

static bool same_texts(const struct option_texts *a, const struct option_texts *b)
{
    bool same = a->len == b->len;

    for (size_t i = 0; same && i < a->len; i++)
        same = same_text(a->items[i], b->items[i]);
    return same;
}

static bool same_prometheus(const struct config_prometheus *a, const struct config_prometheus *b)
{
    return a->on == b->on && same_text(a->url, b->url) && same_text(a->token_file, b->token_file) && same_text(a->ca_file, b->ca_file) &&
           same_pairs(&a->headers, &b->headers) && same_pairs(&a->queries, &b->queries);
}

static bool same_threshold(const struct config_threshold *a, const struct config_threshold *b)
{
    return a->window_ms == b->window_ms && a->cpu == b->cpu && a->memory == b->memory;
}

bool node_settings_equal(const struct config_node_groups *a, const struct config_node_groups *b)
{
    return a->on == b->on && same_text(a->label, b->label) && a->usage.source == b->usage.source &&
           a->usage.interval_ms == b->usage.interval_ms && a->usage.stale_after_ms == b->usage.stale_after_ms &&
           same_prometheus(&a->usage.prometheus, &b->usage.prometheus) && same_text(a->history.path, b->history.path) &&
           a->history.retention_ms == b->history.retention_ms && a->resilience == b->resilience &&
           same_texts(&a->data_services, &b->data_services) && a->anti_affinity_limit == b->anti_affinity_limit &&
           a->review_period_ms == b->review_period_ms && same_threshold(&a->thresholds.p1, &b->thresholds.p1) &&
           same_threshold(&a->thresholds.p2, &b->thresholds.p2);
}
