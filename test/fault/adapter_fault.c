/* The configuration when memory runs out: never a part of it, never "no mistakes". */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapter/config.h"
#include "adapter/explain_report.h"
#include "adapter/families.h"
#include "adapter/refresh.h"
#include "base/json.h"
#include "test/fault/failing.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

static const char text[] = "apiVersion: coder-metrics-adapter/v1\nkind: Config\n"
                           "serving: {tokenAudiences: [a, b]}\n"
                           "coder: {url: \"https://coder.example.com\", tokenFile: /run/token}\n"
                           "queues:\n  - {name: default, tags: {region: eu}, replicas: {min: 6, max: 15}}\n  - {name: gpu}\n"
                           "guidelines:\n  - {users: 0, replicas: 6}\n"
                           "workshops:\n  - {name: autumn, queue: gpu, start: 2026-11-25T09:00:00Z, end: 2026-11-25T17:00:00Z, users: 25}\n"
                           "nodeGroups:\n  label: example.com/group\n  dataServices: [db]\n"
                           "  usage: {source: prometheus, prometheus: {url: \"http://p:9090\", headers: {X-Scope-OrgID: a}}}\n";

/* Mistakes are told in a value of their own; of memory only that it ran out. */
static enum fault_outcome parse(const char *yaml, struct error *err)
{
    struct config_mistakes mistakes;
    struct config config;

    fault_fill(&config, sizeof(config));
    if (config_parse(yaml, strlen(yaml), "config.yaml", &config, &mistakes) < 0) {
        if (mistakes.no_memory)
            error_no_memory(err);
        return fault_refused(&config, sizeof(config));
    }
    config_clear(&config);
    return FAULT_DONE;
}

static enum fault_outcome parse_config(struct error *err)
{
    return parse(text, err);
}

static enum fault_outcome parse_newest_options(struct error *err)
{
    return parse("apiVersion: coder-metrics-adapter/v1\nkind: Config\ntimeZone: UTC\n"
                 "coder: {url: \"https://coder.example.com\", tokenFile: /run/token, keepHistory: true, pollInterval: 5s}\n"
                 "queues:\n  - {name: default, targetWait: 30s, learnedProfile: true, autostart: true, prebuildWeight: 0.5}\n"
                 "nodeGroups: {history: {path: /var/lib/h.db, retention: 1000h}}\n",
                 err);
}

static enum fault_outcome report_explanation(struct error *err)
{
    static const char answer[] = "{\"metric\":\"cpr\",\"namespace\":\"coder\",\"selector\":\"\",\"hpaReads\":12,\"error\":null,"
                                 "\"withoutQueueSelector\":48,\"items\":[{\"labels\":{\"queue\":\"a\"},\"value\":12,\"ageSeconds\":1.26,"
                                 "\"explanation\":{\"summary\":\"7 waiting\"}}],\"sources\":[]}";
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(65536);
    CLEANUP(json_decrefp) json_t *tree = NULL;

    if (json_read(answer, strlen(answer), &tree, err) < 0)
        return FAULT_REFUSED;
    explain_report_write(tree, &out);
    if (buffer_failed(&out)) {
        error_no_memory(err);
        return FAULT_REFUSED;
    }
    return strstr(out.data, "the HPA reads 12") && strstr(out.data, "7 waiting") ? FAULT_DONE : FAULT_DAMAGED;
}

static const struct fault_action actions[] = {
    {"parse the configuration", parse_config, 300},
    {"parse the newest options", parse_newest_options, 150},
    {"report an explanation", report_explanation, 30},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

/* --- a reload --- */

enum { ROUNDS_MAX = 500, PATIENCE_MS = 20000, IDLE_LOOK_MS = 2 };

/* A refresh that polls a port of ours, at which everybody is turned away. */
struct reload {
    struct loop *loop;
    struct worker *worker;
    struct http_client *http;
    struct metric_store *store;
    struct refresh *refresh;
    struct loop_watch *watch;
    struct loop_timer *patience;
    int port_fd;
    char token_path[32], text[512];
    bool polled;
};

static void on_poll(void *context, int fd, uint32_t events UNUSED)
{
    struct reload *reload = context;
    int client = accept(fd, NULL, NULL);

    if (client < 0)
        return;
    (void)close(client);
    reload->polled = true;
    refresh_stop(reload->refresh);
    loop_timer_after(reload->patience, IDLE_LOOK_MS);
}

/* Too long without a poll, or a look whether what the worker had has come back. */
static void on_patience(void *context)
{
    struct reload *reload = context;

    if (reload->polled && !refresh_is_idle(reload->refresh))
        loop_timer_after(reload->patience, IDLE_LOOK_MS);
    else
        loop_stop(reload->loop);
}

static struct config *config_of(const struct reload *reload)
{
    struct config_mistakes mistakes;
    struct config config, *taken;

    ck_assert_int_eq(config_parse(reload->text, strlen(reload->text), "config.yaml", &config, &mistakes), 0);
    taken = config_new(&config);
    ck_assert_ptr_nonnull(taken);
    return taken;
}

static void listen_on_loopback(struct reload *reload)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    reload->port_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(reload->port_fd, 0);
    ck_assert_int_eq(bind(reload->port_fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(reload->port_fd, 16), 0);
    ck_assert_int_eq(getsockname(reload->port_fd, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(reload->text, sizeof(reload->text),
                   "apiVersion: coder-metrics-adapter/v1\nkind: Config\n"
                   "coder: {url: \"http://127.0.0.1:%u\", tokenFile: %s, pollInterval: 1s}\n"
                   "queues: [{name: default}, {name: gpu, tags: {gpu: \"1\"}}]\n",
                   ntohs(address.sin_port), reload->token_path);
}

static void write_token(struct reload *reload)
{
    int fd;

    (void)snprintf(reload->token_path, sizeof(reload->token_path), "/tmp/reload-fault-XXXXXX");
    fd = mkstemp(reload->token_path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "token", 5), 5);
    (void)close(fd);
}

static void begin(struct reload *reload)
{
    static metric_encode *const encoders[METRIC_FORMS] = {NULL};
    struct error err = {0};

    *reload = (struct reload){0};
    write_token(reload);
    listen_on_loopback(reload);
    reload->loop = loop_new(&err);
    ck_assert_ptr_nonnull(reload->loop);
    reload->worker = worker_new(reload->loop, &err);
    reload->http = http_client_new(reload->loop, &err);
    reload->store = metric_store_new();
    reload->watch = loop_watch_new(reload->loop, reload->port_fd, EPOLLIN, on_poll, reload);
    reload->patience = loop_timer_new(reload->loop, on_patience, reload);
    ck_assert(reload->worker && reload->http && reload->store && reload->watch && reload->patience);
    reload->refresh = refresh_new(
        &(const struct refresh_options){
            .loop = reload->loop, .worker = reload->worker, .http = reload->http, .store = reload->store, .encoders = encoders},
        &err);
    ck_assert_ptr_nonnull(reload->refresh);
    ck_assert_int_eq(refresh_configure(reload->refresh, config_of(reload), &err), 0);
}

static void end(struct reload *reload)
{
    refresh_stop(reload->refresh);
    worker_free(reload->worker);
    refresh_free(reload->refresh);
    metric_store_free(reload->store);
    http_client_free(reload->http);
    loop_timer_free(reload->patience);
    loop_watch_free(reload->watch);
    loop_free(reload->loop);
    (void)close(reload->port_fd);
    (void)unlink(reload->token_path);
}

/* The nth allocation of a second reading of the file fails. True when there were so many. What was refused leaves the old configuration
 * in force, and whichever is in force is polled. */
static bool reload_without(size_t nth, bool run, bool *refused)
{
    struct reload reload;
    struct error err = {0};
    const struct config *old;
    struct config *next;
    bool any;

    begin(&reload);
    old = refresh_config(reload.refresh);
    next = config_of(&reload);
    failing_arm(nth, FAILING_ONLY);
    *refused = refresh_configure(reload.refresh, next, &err) < 0;
    any = failing_disarm().failed > 0;
    ck_assert_ptr_eq(refresh_config(reload.refresh), *refused ? old : next);
    ck_assert_int_eq(err.code != ERROR_NONE, *refused);
    if (run) {
        loop_timer_after(reload.patience, PATIENCE_MS);
        ck_assert_int_eq(loop_run(reload.loop, &err), 0);
        ck_assert_msg(reload.polled, "allocation %zu: nobody polls", nth);
    }
    end(&reload);
    return any;
}

START_TEST(a_reload_without_memory_ends_no_polling)
{
    bool refused = true, before, seen[2] = {false, false};
    size_t nth = 1, last;

    for (bool any = true; any && nth < ROUNDS_MAX; nth++) {
        before = refused;
        any = reload_without(nth, nth == 1, &refused);
        ck_assert_msg(before || !refused, "allocation %zu: what is in force was refused", nth);
        seen[refused] = seen[refused] || any;
    }
    ck_assert(seen[true] && seen[false] && nth < ROUNDS_MAX);
    last = nth - 2; /* polling begins last, so that it begins again */
    ck_assert(reload_without(last, true, &refused) && !refused);
}
END_TEST

Suite *adapter_fault_suite(void)
{
    Suite *suite = suite_create("adapter");
    TCase *tcase = tcase_create("allocations");

    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    tcase_add_test(tcase, a_reload_without_memory_ends_no_polling);
    suite_add_tcase(suite, tcase);
    return suite;
}
