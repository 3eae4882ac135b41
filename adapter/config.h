/* config.h - the configuration: one YAML file, read strictly.
 *
 * Shape    plain open structs, filled from the option table (config_table.c); every key has its default, so no reader asks whether
 *          something was written, except for the optional sections (on)
 * Units    *_ms, *_bytes; *_unix_ms: UTC; ratios 0..1
 * Errors   every mistake of a file at once, with line, column and path; then *out is untouched
 * Owner    {0} / config_clear; config_move hands over. Secrets are never in here, only the paths of their files
 * Source   DESIGN section 8; docs/configuration.md is written by config_write_reference */
#ifndef ADAPTER_CONFIG_H
#define ADAPTER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "adapter/config_mistakes.h"
#include "adapter/option.h"
#include "base/attributes.h"
#include "base/buffer.h"
#include "base/error.h"
#include "queue/queue.h"
#include "queue/workshop.h"

enum { CONFIG_ORGANIZATIONS_MAX = 100 };

/* Each in the order of its choices in the option table. */
enum config_authentication { CONFIG_AUTHENTICATION_DELEGATED, CONFIG_AUTHENTICATION_NONE };
enum config_metrics_access { CONFIG_METRICS_AUTHORIZED, CONFIG_METRICS_ANYONE };
enum config_refresh { CONFIG_REFRESH_INTERVAL, CONFIG_REFRESH_ON_READ };
enum config_usage_source { CONFIG_USAGE_METRICS_API, CONFIG_USAGE_PROMETHEUS };
enum config_resilience { CONFIG_RESILIENCE_NODE, CONFIG_RESILIENCE_ZONE, CONFIG_RESILIENCE_DRAIN };

struct config_serving {
    char *address;              /* numeric; localhost has become 127.0.0.1 */
    int64_t port;               /* 0: any free one */
    char *cert_file, *key_file; /* both or none ("") */
    struct {
        char *name_space, *name;
    } service;
    char *secret_name, *lease_name;
    int64_t certificate_lifetime_ms; /* of the own certificate in a cluster */
    enum config_authentication authentication;
    struct option_texts token_audiences;
    int64_t authorization_ttl_ms;
    enum config_metrics_access metrics_access;
    int64_t shutdown_grace_ms;
    struct {
        int64_t connections, per_peer, header_bytes, header_timeout_ms, idle_timeout_ms, requests_in_flight;
    } limits;
};

struct config_coder {
    char *url; /* without a slash at the end */
    char *token_file, *ca_file;
    int64_t poll_interval_ms, timeout_ms, stale_after_ms;
    enum config_refresh refresh;
    int64_t job_limit;
    bool keep_history;
};

struct config_threshold {
    int64_t window_ms;
    double cpu, memory;
};

struct config_prometheus {
    bool on;
    char *url, *token_file, *ca_file;
    struct option_pairs headers, queries;
};

struct config_node_groups {
    bool on;
    char *label;
    struct {
        enum config_usage_source source;
        int64_t interval_ms, stale_after_ms;
        struct config_prometheus prometheus;
    } usage;
    struct {
        char *path; /* "": memory only */
        int64_t retention_ms;
    } history;
    enum config_resilience resilience;
    struct option_texts data_services;
    int64_t anti_affinity_limit; /* 0: unknown */
    int64_t review_period_ms;
    struct {
        struct config_threshold p1, p2;
    } thresholds;
};

struct config {
    int api_version, kind; /* one choice each: their row is the check */
    struct config_serving serving;
    struct config_coder coder;
    struct queue_spec *queues;
    size_t n_queues;
    struct guideline *guidelines;
    size_t n_guidelines;
    struct workshop *workshops;
    size_t n_workshops;
    struct option_texts workshop_namespaces;
    char *time_zone;
    bool confined; /* confinement.h */
    struct config_node_groups node_groups;
    uint64_t hash; /* of the text it was read from: config_hash */
};

/* The rows: one for each key of the file (config_table.c). */
const struct option_table *config_table(void);

/* 0, or -1 with at least one mistake. file_name is for the mistakes only. */
int config_parse(const char *text, size_t len, const char *file_name, struct config *out, struct config_mistakes *mistakes) MUST_CHECK;
/* Also -1 with err alone when the file cannot be read; otherwise err says how many mistakes there are and the first of them. */
int config_read(const char *path, struct config *out, struct config_mistakes *mistakes, struct error *err) MUST_CHECK;
void config_clear(struct config *config);
struct config config_move(struct config *config);
/* On the heap: takes what take holds, and leaves it empty. NULL: out of memory, take is as it was. */
struct config *config_new(struct config *take) MUST_CHECK;
void config_free(struct config *config);
DEFINE_CLEANUP_POINTER(struct config, config_free)

/* What two or more keys must agree on (config_check.c). Fills in what a default takes from other keys. */
void config_check(struct config *config, const struct tree_node *root, struct config_mistakes *mistakes);

/* -1 when next differs from running in what is decided at the start; err names the key. Pure. */
int config_can_reload(const struct config *running, const struct config *next, struct error *err) MUST_CHECK;
/* A queue of it has autostart. */
bool config_wants_schedule(const struct config *config);
/* FNV-1a of the text, folded to 48 bits: a double, as a metric's value is, holds it exactly. */
uint64_t config_hash(const char *text, size_t len);

/* The reference page, Markdown (config_reference.c), and the example file at its end alone. */
void config_write_reference(struct buffer *out);
void config_write_example(struct buffer *out);

#endif
