#include "emulator/demo.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/http.h"
#include "emulator/demo_adapter.h"
#include "emulator/demo_options.h"
#include "emulator/demo_reading.h"
#include "emulator/demo_screen.h"
#include "emulator/demo_workshop.h"
#include "emulator/emulator_server.h"
#include "queue/hpa.h"

enum {
    SYNC_MS = 15000, /* the HPA controller's period, emulated */
    READY_TRY_MS = 100,
    READY_PATIENCE_MS = 15000,
    READ_TIMEOUT_MS = 2000,
    READ_MAX = 1024 * 1024,
    TARGET_MILLI = 1000, /* AverageValue "1": one provisioner per job */
    REST_MS = 60 * 1000, /* emulated, between workshops of --forever */
    URL_MAX = 256,
    POOL = 0,
};

static const char metric_path[] =
    "/apis/external.metrics.k8s.io/v1beta1/namespaces/coder/coder_provisioner_demand?labelSelector=queue%3Ddefault";

struct demo {
    struct demo_options options;
    struct demo_folder folder;
    struct scenario scenario;
    struct emulator *emulator;
    struct emulator_server *server;
    struct demo_adapter adapter;
    int serving_port;

    struct loop *loop;
    struct http_client *http;
    struct loop_timer *timer; /* tries /readyz, then syncs the HPA */
    struct loop_timer *end;   /* of --seconds */
    struct loop_watch *signals;
    int signal_fd;

    struct hpa hpa;
    int64_t started_boot_ms;
    bool ready, reading, interrupted, compared;
    struct demo_screen screen;
    int status;
    struct error err; /* why status is not EXIT_SUCCESS */
};

static void demo_clear(struct demo *demo)
{
    loop_timer_free(demo->timer);
    loop_timer_free(demo->end);
    loop_watch_free(demo->signals);
    http_client_free(demo->http);
    loop_free(demo->loop);
    demo_adapter_stop(&demo->adapter);
    emulator_server_free(demo->server);
    emulator_free(demo->emulator);
    scenario_clear(&demo->scenario);
    demo_folder_remove(&demo->folder);
    if (demo->signal_fd >= 0)
        (void)close(demo->signal_fd);
}

static void stop(struct demo *demo, int status)
{
    demo->status = status;
    loop_stop(demo->loop);
}

static int open_emulator(struct demo *demo, struct error *err)
{
    struct sockaddr_in address = {0};

    if (demo_workshop_scenario(demo->options.speed, demo->options.users, &demo->scenario, err) < 0 ||
        emulator_address_parse("127.0.0.1:0", &address, err) < 0)
        return -1;
    demo->emulator = emulator_new(&demo->scenario, err);
    if (!demo->emulator)
        return -1;
    demo->server = emulator_server_new(demo->emulator, &address, err);
    return demo->server ? 0 : -1;
}

static int open_adapter(struct demo *demo, const char *program, struct error *err)
{
    if (demo_folder_make(&demo->folder, err) < 0 || demo_find_port(&demo->serving_port, err) < 0 ||
        demo_write_file(demo->folder.token, DEMO_TOKEN "\n", sizeof(DEMO_TOKEN), err) < 0 ||
        demo_write_certificate(&demo->folder, err) < 0 ||
        demo_write_config(&demo->folder, emulator_server_port(demo->server), demo->serving_port, err) < 0)
        return -1;
    return demo_adapter_start(program, &demo->folder, &demo->adapter, err);
}

static void print_row(const struct demo *demo, const struct emulator_view *view, bool readable)
{
    const struct demo_row row = {
        .now_ms = view->now_ms,
        .waiting = view->pending,
        .active = view->active,
        .wanted = view->pool.replicas,
        .there = view->pool.there,
        .oldest_wait_ms = view->oldest_wait_ms,
        .readable = readable,
    };

    demo_show_row(&demo->screen, &row);
}

static int print_comparison(struct demo *demo, const struct emulator_view *view, struct error *err)
{
    struct demo_comparison comparison = {
        .users = demo->options.users,
        .replicas_min = DEMO_REPLICAS_MIN,
        .replicas_max = DEMO_REPLICAS_MAX,
        .scaled = demo_outcome_of(&view->waits, view->last_done_ms - demo->scenario.arrivals[0].at_ms),
    };

    if (demo_workshop_fixed(&demo->scenario, &comparison.fixed, err) < 0)
        return -1;
    demo_show_comparison(&comparison);
    return 0;
}

/* The workshop is over and the HPA is back where it began. */
static int end_workshop(struct demo *demo, const struct emulator_view *view, struct error *err)
{
    struct scenario_arrival again = demo->scenario.arrivals[0];

    if (!demo->compared && print_comparison(demo, view, err) < 0)
        return -1;
    if (!demo->options.forever) {
        stop(demo, EXIT_SUCCESS);
        return 0;
    }
    if (!demo->compared) {
        demo_show_next(&demo->screen, REST_MS);
    }
    demo->compared = true;
    again.at_ms = REST_MS;
    return emulator_post(demo->emulator, &again, err);
}

/* One sync of the HPA controller; an unreadable metric is none: it holds. */
static int sync_hpa(struct demo *demo, const int64_t *value_milli, struct error *err)
{
    struct emulator_view view;
    int64_t replicas;

    if (emulator_look(demo->emulator, POOL, &view, err) < 0)
        return -1;
    if (value_milli) {
        replicas = hpa_sync(&demo->hpa, view.now_ms, view.pool.replicas, *value_milli);
        if (emulator_scale(demo->emulator, POOL, replicas, err) < 0)
            return -1;
        view.pool.replicas = replicas;
    }
    print_row(demo, &view, value_milli != NULL);
    if (view.done && view.pool.replicas == DEMO_REPLICAS_MIN)
        return end_workshop(demo, &view, err);
    return 0;
}

static void on_value(void *context, struct http_response *response, const struct error *failure)
{
    struct demo *demo = context;
    struct error why = {0};
    int64_t value_milli = 0;
    bool readable = !failure && response->status == 200 &&
                    demo_read_value(buffer_text(&response->body), response->body.len, &value_milli, &why) == 0;

    demo->reading = false;
    if (sync_hpa(demo, readable ? &value_milli : NULL, &demo->err) < 0)
        stop(demo, EXIT_FAILURE);
}

static int start_read(struct demo *demo, const char *path, http_done *done, struct error *err)
{
    char url[URL_MAX];
    struct http_request request = {
        .url = url, .answer_limit = READ_MAX, .timeout_ms = READ_TIMEOUT_MS, .ca_file = demo->folder.certificate};

    (void)snprintf(url, sizeof(url), "https://127.0.0.1:%d%s", demo->serving_port, path);
    return http_client_start(demo->http, &request, done, demo, err) ? 0 : -1;
}

static void read_metric(struct demo *demo)
{
    loop_timer_after(demo->timer, (int64_t)(SYNC_MS / demo->options.speed));
    if (demo->reading)
        return; /* the answer before is late: the controller also syncs one at a time */
    demo->reading = true;
    if (start_read(demo, metric_path, on_value, &demo->err) < 0)
        stop(demo, EXIT_FAILURE);
}

static void show_begin(const struct demo *demo)
{
    const struct demo_begin begin = {
        .users = demo->options.users,
        .replicas_min = DEMO_REPLICAS_MIN,
        .replicas_max = DEMO_REPLICAS_MAX,
        .speed = demo->options.speed,
        .coder_port = emulator_server_port(demo->server),
        .serving_port = demo->serving_port,
        .ca_file = demo->folder.certificate,
        .path = metric_path,
    };

    demo_show_begin(&demo->screen, &begin);
}

static void on_ready(void *context, struct http_response *response, const struct error *failure)
{
    struct demo *demo = context;

    demo->reading = false;
    if (failure || response->status != 200) {
        loop_timer_after(demo->timer, READY_TRY_MS);
        return;
    }
    demo->ready = true;
    show_begin(demo);
    read_metric(demo);
}

static void try_ready(struct demo *demo)
{
    if (clock_boot_ms() - demo->started_boot_ms > READY_PATIENCE_MS) {
        (void)error_set(&demo->err, ERROR_TIMEOUT, "the adapter was not ready within %d s", READY_PATIENCE_MS / 1000);
        stop(demo, EXIT_FAILURE);
        return;
    }
    demo->reading = true;
    if (start_read(demo, "/readyz", on_ready, &demo->err) < 0)
        stop(demo, EXIT_FAILURE);
}

static void on_timer(void *context)
{
    struct demo *demo = context;

    if (demo->ready)
        read_metric(demo);
    else
        try_ready(demo);
}

/* --seconds are over. */
static int end_early(struct demo *demo, struct error *err)
{
    struct emulator_view view;

    if (!demo->ready)
        return error_set(err, ERROR_TIMEOUT, "the adapter was not ready when --seconds were over");
    if (emulator_look(demo->emulator, POOL, &view, err) < 0)
        return -1;
    if (!view.done)
        (void)puts("\nEnded before everybody was served: there is nothing to compare.");
    else if (!demo->compared)
        return print_comparison(demo, &view, err);
    return 0;
}

static void on_end(void *context)
{
    struct demo *demo = context;

    stop(demo, end_early(demo, &demo->err) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static void on_adapter_end(struct demo *demo, int status)
{
    if (WIFSIGNALED(status))
        (void)error_set(&demo->err, ERROR_UNAVAILABLE, "the adapter was ended by signal %d", WTERMSIG(status));
    else
        (void)error_set(&demo->err, ERROR_UNAVAILABLE, "the adapter ended with status %d", WEXITSTATUS(status));
    stop(demo, EXIT_FAILURE);
}

static void on_signal(void *context, int fd, uint32_t events)
{
    struct demo *demo = context;
    struct signalfd_siginfo signal_info;
    int status = 0;

    (void)events;
    if (read(fd, &signal_info, sizeof(signal_info)) != (ssize_t)sizeof(signal_info))
        return;
    if (signal_info.ssi_signo != SIGCHLD) {
        demo->interrupted = true;
        stop(demo, EXIT_SUCCESS);
    } else if (demo_adapter_has_ended(&demo->adapter, &status)) {
        on_adapter_end(demo, status);
    }
}

/* Before any thread starts: all of them shall leave these signals to the loop. */
static void block_signals(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGCHLD);
    (void)pthread_sigmask(SIG_BLOCK, set, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static int open_loop(struct demo *demo, struct error *err)
{
    demo->loop = loop_new(err);
    if (!demo->loop)
        return -1;
    demo->http = http_client_new(demo->loop, err);
    if (!demo->http)
        return -1;
    demo->timer = loop_timer_new(demo->loop, on_timer, demo);
    demo->end = loop_timer_new(demo->loop, on_end, demo);
    demo->signals = demo->signal_fd >= 0 ? loop_watch_new(demo->loop, demo->signal_fd, EPOLLIN, on_signal, demo) : NULL;
    return demo->timer && demo->end && demo->signals ? 0 : error_no_memory(err);
}

static int run(struct demo *demo, struct error *err)
{
    struct hpa_spec spec = hpa_spec_default(DEMO_REPLICAS_MIN, DEMO_REPLICAS_MAX, TARGET_MILLI);
    char program[DEMO_PATH_MAX];

    if (demo_adapter_find(demo->options.adapter, program, err) < 0 || open_loop(demo, err) < 0 || open_emulator(demo, err) < 0 ||
        open_adapter(demo, program, err) < 0)
        return -1;
    hpa_init(&demo->hpa, &spec);
    demo->started_boot_ms = clock_boot_ms();
    loop_timer_after(demo->timer, READY_TRY_MS);
    if (demo->options.seconds > 0)
        loop_timer_after(demo->end, demo->options.seconds * 1000);
    if (loop_run(demo->loop, err) < 0)
        return -1;
    if (demo->status != EXIT_SUCCESS) {
        *err = demo->err;
        return -1;
    }
    return 0;
}

int demo_main(int argc, char **argv)
{
    CLEANUP(demo_clear) struct demo demo = {.signal_fd = -1};
    const char *no_color = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe): one thread yet */
    struct error err = {0};
    sigset_t signals;
    int status = EXIT_SUCCESS;

    if (demo_options_parse(argc, argv, &demo.options, &status) < 0)
        return status;
    demo.screen.colours = isatty(STDOUT_FILENO) && !(no_color && *no_color);
    block_signals(&signals);
    demo.signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (run(&demo, &err) < 0) {
        demo_show_failure(&demo.folder, &err);
        return EXIT_FAILURE;
    }
    if (demo.interrupted)
        (void)puts("\nEnded.");
    return EXIT_SUCCESS;
}
