#include "adapter/config_watch.h"

#include <stdlib.h>
#include <string.h>

struct config_watch {
    struct loop_timer *timer;
    char *path;
    struct config_watch_options options; /* path: see above; seen: of the file that was read last */
    struct file_stamp last;              /* of the last look */
};

static void read_again(struct config_watch *watch)
{
    CLEANUP(config_clear) struct config config = {0};
    struct config_mistakes mistakes;
    struct config *taken;
    struct error err = {0};

    if (config_read(watch->path, &config, &mistakes, &err) < 0) {
        watch->options.changed(watch->options.context, NULL, &mistakes, &err);
        return;
    }
    taken = config_new(&config);
    if (!taken)
        (void)error_no_memory(&err);
    watch->options.changed(watch->options.context, taken, &mistakes, &err);
}

static void look(void *context)
{
    struct config_watch *watch = context;
    struct file_stamp now = file_stamp_of(watch->path);
    bool rests = file_stamp_equal(&now, &watch->last);

    watch->last = now;
    loop_timer_after(watch->timer, watch->options.interval_ms);
    if (!rests || file_stamp_equal(&now, &watch->options.seen))
        return;
    watch->options.seen = now;
    read_again(watch);
}

struct config_watch *config_watch_new(struct loop *loop, const struct config_watch_options *options, struct error *err)
{
    CLEANUP(config_watch_freep) struct config_watch *watch = calloc(1, sizeof(*watch));
    struct config_watch *made;

    if (watch) {
        watch->options = *options;
        watch->last = options->seen;
        watch->path = strdup(options->path);
        watch->timer = loop_timer_new(loop, look, watch);
    }
    if (!watch || !watch->path || !watch->timer) {
        (void)error_no_memory(err);
        return NULL;
    }
    if (watch->options.interval_ms <= 0)
        watch->options.interval_ms = CONFIG_WATCH_INTERVAL_MS;
    loop_timer_after(watch->timer, watch->options.interval_ms);
    made = watch;
    watch = NULL;
    return made;
}

void config_watch_free(struct config_watch *watch)
{
    if (!watch)
        return;
    if (watch->timer)
        loop_timer_free(watch->timer);
    free(watch->path);
    free(watch);
}
