/* serve_stop.c - signals, and an end that leaves nothing behind. */
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "adapter/serve_inside.h"
#include "base/log.h"

enum { IDLE_LOOK_MS = 5 };

/* The worker may still hold an answer: it is waited for, so that nothing is left behind. */
void serve_stop_when_idle(void *context)
{
    struct app *app = context;

    refresh_stop(app->refresh);
    if (app->nodes)
        node_watch_stop(app->nodes);
    if (refresh_is_idle(app->refresh) && (!app->nodes || node_watch_is_idle(app->nodes)) &&
        (leadership_is_given_up(app->leadership) || app->stopping_at_once)) {
        loop_stop(app->loop);
        return;
    }
    loop_timer_after(app->stop_timer, IDLE_LOOK_MS);
}

static void begin_stop(struct app *app)
{
    int64_t grace = app->stopping ? 0 : refresh_config(app->refresh)->serving.shutdown_grace_ms;

    if (!app->stopping)
        log_info("stopping: not ready from now on, requests go on for the grace", NULL);
    app->stopping_at_once = app->stopping;
    app->stopping = true;
    if (app->server)
        api_server_drain(app->server);
    leadership_give_up(app->leadership);
    loop_timer_after(app->stop_timer, grace);
}

static void on_signal(void *context, int fd, uint32_t events UNUSED)
{
    struct app *app = context;
    struct signalfd_siginfo info;

    if (read(fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    if (info.ssi_signo == SIGHUP)
        serve_reload_now(app);
    else
        begin_stop(app);
}

int serve_watch_signals(struct app *app, struct error *err)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGHUP);
    (void)signal(SIGPIPE, SIG_IGN);
    /* Before any thread starts, so that all of them leave these signals to the loop. */
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    app->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (app->signal_fd >= 0)
        app->signal_watch = loop_watch_new(app->loop, app->signal_fd, EPOLLIN, on_signal, app);
    return app->signal_watch ? 0 : error_set(err, ERROR_IO, "cannot watch for signals");
}
