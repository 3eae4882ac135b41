/* config_test.c - defaults, the whole file of the design, life, hash and reload. */
#include <stddef.h>
#include <string.h>

#include "adapter/config.h"
#include "base/file.h"

#include "test/unit/adapter/suites.h"

static const char smallest[] = "coder:\n  url: https://coder.example.com\n  tokenFile: /var/run/secrets/coder/token\n";

/* ---- Every default, however the file says nothing or the same ---- */

enum value_kind { TEXT, WHOLE, CHOICE, REAL, FLAG, EMPTY_LIST };

static const struct {
    const char *what;
    enum value_kind kind;
    size_t offset;
    const char *text;
    double value;
} defaults[] =
    {
#define ROW(kind, member, text, value)                              \
    {                                                               \
#member, kind, offsetof(struct config, member), text, value \
    }
        ROW(CHOICE, api_version, NULL, 0),
        ROW(CHOICE, kind, NULL, 0),
        ROW(TEXT, serving.address, "0.0.0.0", 0),
        ROW(WHOLE, serving.port, NULL, 6443),
        ROW(TEXT, serving.cert_file, "", 0),
        ROW(TEXT, serving.key_file, "", 0),
        ROW(TEXT, serving.service.name_space, "", 0),
        ROW(TEXT, serving.service.name, "coder-metrics-adapter", 0),
        ROW(TEXT, serving.secret_name, "coder-metrics-adapter-tls", 0),
        ROW(TEXT, serving.lease_name, "coder-metrics-adapter", 0),
        ROW(CHOICE, serving.authentication, NULL, CONFIG_AUTHENTICATION_DELEGATED),
        ROW(EMPTY_LIST, serving.token_audiences, NULL, 0),
        ROW(WHOLE, serving.authorization_ttl_ms, NULL, 30000),
        ROW(CHOICE, serving.metrics_access, NULL, CONFIG_METRICS_AUTHORIZED),
        ROW(WHOLE, serving.shutdown_grace_ms, NULL, 5000),
        ROW(WHOLE, serving.limits.connections, NULL, 240),
        ROW(WHOLE, serving.limits.per_peer, NULL, 60),
        ROW(WHOLE, serving.limits.header_bytes, NULL, 16384),
        ROW(WHOLE, serving.limits.header_timeout_ms, NULL, 10000),
        ROW(WHOLE, serving.limits.idle_timeout_ms, NULL, 120000),
        ROW(WHOLE, serving.limits.requests_in_flight, NULL, 200),
        ROW(TEXT, coder.url, "https://coder.example.com", 0),
        ROW(TEXT, coder.token_file, "/var/run/secrets/coder/token", 0),
        ROW(TEXT, coder.ca_file, "", 0),
        ROW(WHOLE, coder.poll_interval_ms, NULL, 5000),
        ROW(WHOLE, coder.timeout_ms, NULL, 10000),
        ROW(WHOLE, coder.stale_after_ms, NULL, 60000),
        ROW(CHOICE, coder.refresh, NULL, CONFIG_REFRESH_INTERVAL),
        ROW(WHOLE, coder.job_limit, NULL, 10000),
        ROW(EMPTY_LIST, workshop_namespaces, NULL, 0),
        ROW(TEXT, time_zone, "UTC", 0),
        ROW(TEXT, node_groups.label, "elastisys.io/node-group", 0),
        ROW(CHOICE, node_groups.usage.source, NULL, CONFIG_USAGE_METRICS_API),
        ROW(WHOLE, node_groups.usage.interval_ms, NULL, 30000),
        ROW(WHOLE, node_groups.usage.stale_after_ms, NULL, 180000),
        ROW(FLAG, node_groups.usage.prometheus.on, NULL, false),
        ROW(TEXT, node_groups.history.path, "/var/lib/coder-metrics-adapter/history.db", 0),
        ROW(WHOLE, node_groups.history.retention_ms, NULL, 26 * 7 * 86400e3),
        ROW(CHOICE, node_groups.resilience, NULL, CONFIG_RESILIENCE_NODE),
        ROW(EMPTY_LIST, node_groups.data_services, NULL, 0),
        ROW(WHOLE, node_groups.anti_affinity_limit, NULL, 0),
        ROW(WHOLE, node_groups.review_period_ms, NULL, 30 * 86400e3),
        ROW(WHOLE, node_groups.thresholds.p1.window_ms, NULL, 3600e3),
        ROW(REAL, node_groups.thresholds.p1.cpu, NULL, 0.95),
        ROW(REAL, node_groups.thresholds.p1.memory, NULL, 0.85),
        ROW(WHOLE, node_groups.thresholds.p2.window_ms, NULL, 86400e3),
        ROW(REAL, node_groups.thresholds.p2.cpu, NULL, 0.75),
        ROW(REAL, node_groups.thresholds.p2.memory, NULL, 0.75),
#undef ROW
},
  queue_defaults[] = {
#define ROW(kind, member, text, value)                                  \
    {                                                                   \
#member, kind, offsetof(struct queue_spec, member), text, value \
    }
      ROW(TEXT, name, "default", 0),
      ROW(TEXT, organization, "default", 0),
      ROW(TEXT, name_space, "coder", 0),
      ROW(CHOICE, workload.kind, NULL, WORKLOAD_DEPLOYMENT),
      ROW(TEXT, workload.name, "coder-provisioner-default", 0),
      ROW(WHOLE, replicas_min, NULL, 6),
      ROW(WHOLE, replicas_max, NULL, 15),
      ROW(WHOLE, headroom, NULL, 1),
      ROW(REAL, hpa_tolerance, NULL, 0.1),
      ROW(WHOLE, target_wait_ms, NULL, 0),
      ROW(WHOLE, scale_down_after_ms, NULL, 600000),
      ROW(REAL, prebuild_weight, NULL, 1),
      ROW(FLAG, protect_busy, NULL, false),
      ROW(FLAG, learned_profile, NULL, false),
      ROW(FLAG, autostart, NULL, false),
#undef ROW
};

static void expect_value(const void *base, size_t row, bool of_queue)
{
    const char *what = of_queue ? queue_defaults[row].what : defaults[row].what;
    const char *text = of_queue ? queue_defaults[row].text : defaults[row].text;
    double value = of_queue ? queue_defaults[row].value : defaults[row].value;
    const char *place = (const char *)base + (of_queue ? queue_defaults[row].offset : defaults[row].offset);
    const struct option_texts *list = (const void *)place;

    switch (of_queue ? queue_defaults[row].kind : defaults[row].kind) {
    case TEXT: ck_assert_msg(strcmp(*(char *const *)(const void *)place, text) == 0, "%s", what); break;
    case WHOLE: ck_assert_msg(*(const int64_t *)(const void *)place == (int64_t)value, "%s", what); break;
    case CHOICE: ck_assert_msg(*(const int *)(const void *)place == (int)value, "%s", what); break;
    case REAL: ck_assert_double_eq(*(const double *)(const void *)place, value); break;
    case FLAG: ck_assert_msg(*(const bool *)(const void *)place == (value > 0), "%s", what); break;
    case EMPTY_LIST: ck_assert_msg(!list->items && list->len == 0, "%s", what); break;
    }
}

static void expect_defaults(const struct config *config)
{
    static const struct guideline guidelines[] = {{0, 6, 6}, {10, 8, 8}, {15, 10, 10}, {20, 15, 12}};

    for (size_t i = 0; i < ARRAY_LEN(defaults); i++)
        expect_value(config, i, false);
    ck_assert_uint_eq(config->n_queues, 1);
    for (size_t i = 0; i < ARRAY_LEN(queue_defaults); i++)
        expect_value(&config->queues[0], i, true);
    ck_assert_uint_eq(config->queues[0].tags.len, 2);
    ck_assert_str_eq(tags_get(&config->queues[0].tags, "scope"), "organization");
    ck_assert_str_eq(tags_get(&config->queues[0].tags, "owner"), "");
    ck_assert_uint_eq(config->n_guidelines, ARRAY_LEN(guidelines));
    ck_assert_mem_eq(config->guidelines, guidelines, sizeof(guidelines));
}

static void parse(const char *text, struct config *out)
{
    static struct config_mistakes mistakes;
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(1 << 16);
    int result = config_parse(text, strlen(text), "test.yaml", out, &mistakes);

    config_mistakes_print(&mistakes, &told);
    ck_assert_msg(result == 0, "%s", buffer_text(&told));
    ck_assert_str_eq(buffer_text(&told), "");
}

/* Files that say nothing, in all the ways in which nothing can be said. */
static const char *const silent[] = {
    smallest,
    "---\napiVersion: coder-metrics-adapter/v1\nkind: Config\nserving:\ncoder: {url: https://coder.example.com, tokenFile: "
    "/var/run/secrets/coder/token}\nqueues:\nguidelines: ~\nworkshops: null\nworkshopNamespaces: []\nnodeGroups:\n...\n",
    "{coder: {'url': \"https://coder.example.com//\", tokenFile: '/var/run/secrets/coder/token'}, serving: {limits: {}, service: }, "
    "queues: [{name: default, tags: , workload: , replicas: {}}]}",
    "\xef\xbb\xbf"
    "coder:\r\n  url: https://coder.example.com/\r\n  tokenFile: /var/run/secrets/coder/token\r\n",
};

START_TEST(silence_has_the_defaults)
{
    CLEANUP(config_clear) struct config config = {0};

    parse(silent[_i], &config);
    expect_defaults(&config);
    ck_assert_uint_eq(config.n_workshops, 0);
    ck_assert(!config.node_groups.on);
}
END_TEST

static void expect_workshop(const struct config *config)
{
    ck_assert_uint_eq(config->n_workshops, 1);
    ck_assert_str_eq(config->workshops[0].name, "autumn");
    ck_assert_str_eq(config->workshops[0].queue, "default");
    ck_assert_int_eq(config->workshops[0].start_unix_ms, INT64_C(1795597200000));
    ck_assert_int_eq(config->workshops[0].end_unix_ms, INT64_C(1795626000000));
    ck_assert_int_eq(config->workshops[0].users, 25);
    ck_assert_int_eq(config->workshops[0].lead_ms, 900000);
}

START_TEST(design_example_is_the_defaults)
{
    static struct config_mistakes mistakes;
    CLEANUP(config_clear) struct config config = {0};
    struct error err = {0};

    ck_assert_msg(config_read(FIXTURES "/config/design.yaml", &config, &mistakes, &err) == 0, "%s", err.text);
    expect_defaults(&config);
    expect_workshop(&config);
    ck_assert(config.node_groups.on);
}
END_TEST

START_TEST(own_example_is_the_defaults)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1 << 16);
    CLEANUP(config_clear) struct config config = {0};

    config_write_example(&text);
    ck_assert(!buffer_failed(&text));
    parse(buffer_text(&text), &config);
    expect_defaults(&config);
    expect_workshop(&config);
    ck_assert(config.node_groups.on);
}
END_TEST

/* ---- What is written ---- */

START_TEST(everything_written)
{
    static const char text[] = "serving:\n"
                               "  address: localhost\n"
                               "  port: 0\n"
                               "  certFile: tls.crt\n"
                               "  keyFile: tls.key\n"
                               "  authentication: none\n"
                               "  tokenAudiences: [a, \"1\"]\n"
                               "  metricsAccess: anyone\n"
                               "  limits: {headerBytes: 8Ki}\n"
                               "coder:\n"
                               "  url: http://[::1]:7080/coder/\n"
                               "  tokenFile: token\n"
                               "  refresh: on-read\n"
                               "  pollInterval: 1m30s\n"
                               "  staleAfter: 90s\n"
                               "queues:\n"
                               "  - name: gpu.large\n"
                               "    organization: ACME\n"
                               "    tags: {gpu: \"true\", scope: organization, empty: \"\"}\n"
                               "    namespace: '*'\n"
                               "    workload: {kind: StatefulSet}\n"
                               "    replicas: {min: 0, max: 1}\n"
                               "    prebuildWeight: 0.25\n"
                               "    protectBusy: true\n"
                               "  - {name: cpu, organization: ACME, workload: {name: builders}}\n"
                               "guidelines: []\n"
                               "workshopNamespaces: [one, two]\n"
                               "timeZone: Europe/Stockholm\n"
                               "nodeGroups:\n"
                               "  usage:\n"
                               "    source: prometheus\n"
                               "    prometheus:\n"
                               "      url: https://mimir.example.com/prometheus\n"
                               "      headers: {X-Scope-OrgID: team}\n"
                               "      queries:\n"
                               "        node_load1_per_cpu: |\n"
                               "          node_load1\n"
                               "          / 4\n"
                               "  history: {path: \"\"}\n"
                               "  resilience: drain\n";
    CLEANUP(config_clear) struct config config = {0};

    parse(text, &config);
    ck_assert_str_eq(config.serving.address, "127.0.0.1");
    ck_assert_int_eq(config.serving.port, 0);
    ck_assert_int_eq(config.serving.authentication, CONFIG_AUTHENTICATION_NONE);
    ck_assert_int_eq(config.serving.metrics_access, CONFIG_METRICS_ANYONE);
    ck_assert_int_eq(config.serving.limits.header_bytes, 8192);
    ck_assert_uint_eq(config.serving.token_audiences.len, 2);
    ck_assert_str_eq(config.serving.token_audiences.items[1], "1");
    ck_assert_str_eq(config.coder.url, "http://[::1]:7080/coder");
    ck_assert_int_eq(config.coder.refresh, CONFIG_REFRESH_ON_READ);
    ck_assert_int_eq(config.coder.poll_interval_ms, 90000);
    ck_assert_uint_eq(config.n_queues, 2);
    ck_assert_str_eq(config.queues[0].name_space, "*");
    ck_assert_int_eq(config.queues[0].workload.kind, WORKLOAD_STATEFULSET);
    ck_assert_str_eq(config.queues[0].workload.name, "coder-provisioner-gpu.large");
    ck_assert_uint_eq(config.queues[0].tags.len, 4);
    ck_assert_str_eq(tags_get(&config.queues[0].tags, "gpu"), "true");
    ck_assert_str_eq(tags_get(&config.queues[0].tags, "empty"), "");
    ck_assert(config.queues[0].prebuild_weight > 0.2499 && config.queues[0].prebuild_weight < 0.2501);
    ck_assert(config.queues[0].protect_busy && !config.queues[1].protect_busy);
    ck_assert_str_eq(config.queues[1].workload.name, "builders");
    ck_assert_uint_eq(config.n_guidelines, 0);
    ck_assert_str_eq(config.workshop_namespaces.items[1], "two");
    ck_assert_str_eq(config.time_zone, "Europe/Stockholm");
    ck_assert(config.node_groups.on && config.node_groups.usage.prometheus.on);
    ck_assert_str_eq(config.node_groups.usage.prometheus.headers.items[0].name, "X-Scope-OrgID");
    ck_assert_str_eq(config.node_groups.usage.prometheus.headers.items[0].value, "team");
    ck_assert_str_eq(config.node_groups.usage.prometheus.queries.items[0].value, "node_load1\n/ 4\n");
    ck_assert_str_eq(config.node_groups.history.path, "");
    ck_assert_int_eq(config.node_groups.resilience, CONFIG_RESILIENCE_DRAIN);
}
END_TEST

/* ---- Life ---- */

START_TEST(moved_and_freed)
{
    CLEANUP(config_clear) struct config config = {0};
    CLEANUP(config_freep) struct config *kept = NULL;

    parse(smallest, &config);
    kept = config_new(&config);
    ck_assert_ptr_nonnull(kept);
    ck_assert_ptr_null(config.coder.url);
    expect_defaults(kept);
    config_free(NULL);
}
END_TEST

START_TEST(wrong_file_leaves_out_alone)
{
    static struct config_mistakes mistakes;
    struct config config = {.hash = 7};
    struct error err = {0};

    ck_assert_int_eq(config_parse("coder: 1\n", 9, "x", &config, &mistakes), -1);
    ck_assert_uint_eq(config.hash, 7);
    ck_assert_ptr_null(config.coder.url);
    ck_assert_int_eq(config_read("/nowhere/config.yaml", &config, &mistakes, &err), -1);
    ck_assert_str_eq(err.text, "read configuration: open /nowhere/config.yaml: No such file or directory");
    ck_assert_uint_eq(mistakes.len, 0);
    ck_assert_int_eq(config_read(FIXTURES "/coder/empty-list.json", &config, &mistakes, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "empty-list.json:1:1: a list is wrong here; want a map of keys"));
}
END_TEST

START_TEST(hash_of_text)
{
    CLEANUP(config_clear) struct config config = {0};
    uint64_t empty = config_hash("", 0);

    /* FNV-1a's offset basis, folded: cbf2 ^ 9ce484222325 */
    ck_assert_uint_eq(empty, UINT64_C(0x9ce48422e8d7));
    ck_assert_uint_ne(config_hash("a", 1), config_hash("b", 1));
    parse(smallest, &config);
    ck_assert_uint_eq(config.hash, config_hash(smallest, strlen(smallest)));
    ck_assert_uint_lt(config.hash, UINT64_C(1) << 48);
}
END_TEST

/* ---- Reload ---- */

#define CODER "coder: {url: http://c, tokenFile: t}\n"
static const struct {
    const char *running, *next, *refused;
} reloads[] = {
    {CODER, CODER, NULL},
    {CODER, "coder: {url: http://d, tokenFile: u, pollInterval: 1s}\nqueues: []\nserving: {authorizationTTL: 5s}\n", NULL},
    {CODER, CODER "serving: {limits: {requestsInFlight: 5}}\n",
     "serving.limits.requestsInFlight"}, /* no limit may be changed and not apply */
    {CODER, CODER "serving: {address: 127.0.0.1}\n", "serving.address"},
    {CODER "serving: {address: localhost}\n", CODER "serving: {address: 127.0.0.1}\n", NULL},
    {CODER "serving: {port: 1}\n", CODER "serving: {port: 2}\n", "serving.port"},
    {CODER "serving: {address: '::1'}\n", CODER "serving: {address: '::1', authentication: none}\n", "serving.authentication"},
    {CODER "serving: {tokenAudiences: [a, b]}\n", CODER "serving: {tokenAudiences: [a, b]}\n", NULL},
    {CODER "serving: {tokenAudiences: [a, b]}\n", CODER "serving: {tokenAudiences: [a, c]}\n", "serving.tokenAudiences"},
    {CODER "serving: {tokenAudiences: [a]}\n", CODER, "serving.tokenAudiences"},
};

START_TEST(reload_case)
{
    CLEANUP(config_clear) struct config running = {0};
    CLEANUP(config_clear) struct config next = {0};
    struct error err = {0};
    char expected[128];

    parse(reloads[_i].running, &running);
    parse(reloads[_i].next, &next);
    if (!reloads[_i].refused) {
        ck_assert_int_eq(config_can_reload(&running, &next, &err), 0);
        return;
    }
    ck_assert_int_eq(config_can_reload(&running, &next, &err), -1);
    (void)snprintf(expected, sizeof(expected), "%s has changed, which needs a restart; the running configuration stays in force",
                   reloads[_i].refused);
    ck_assert_str_eq(err.text, expected);
}
END_TEST

Suite *config_suite(void)
{
    Suite *suite = suite_create("config");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, silence_has_the_defaults, 0, ARRAY_LEN(silent));
    tcase_add_test(tcase, design_example_is_the_defaults);
    tcase_add_test(tcase, own_example_is_the_defaults);
    tcase_add_test(tcase, everything_written);
    tcase_add_test(tcase, moved_and_freed);
    tcase_add_test(tcase, wrong_file_leaves_out_alone);
    tcase_add_test(tcase, hash_of_text);
    tcase_add_loop_test(tcase, reload_case, 0, ARRAY_LEN(reloads));
    suite_add_tcase(suite, tcase);
    return suite;
}
