/* config_watch.h - looks whether the configuration file has changed, and reads it again when it has.
 *
 * Change   twice a second the file is looked at, through all links, so that the swap of a ConfigMap's ..data link is seen; a
 *          change counts once the file rests for one look, so that a half-written file is not read
 * Threads  the loop's
 * Owner    take belongs to the callee (config_free); mistakes and err live for the call */
#ifndef ADAPTER_CONFIG_WATCH_H
#define ADAPTER_CONFIG_WATCH_H

#include "adapter/config.h"
#include "base/file.h"
#include "base/loop.h"

/* One of the two: a good file is take; otherwise take is NULL, err says why, and mistakes has all of them (none when the file
 * could not be read at all). Whether take may come into force is for the callee to decide (config_can_reload). */
typedef void config_changed(void *context, struct config *take, const struct config_mistakes *mistakes, const struct error *err);

struct config_watch_options {
    const char *path;
    struct file_stamp seen; /* taken before the file was read that is in force, so that no change falls between */
    int64_t interval_ms;    /* 0: CONFIG_WATCH_INTERVAL_MS */
    config_changed *changed;
    void *context;
};

enum { CONFIG_WATCH_INTERVAL_MS = 500 };

struct config_watch;
struct config_watch *config_watch_new(struct loop *loop, const struct config_watch_options *options, struct error *err) MUST_CHECK;
void config_watch_free(struct config_watch *watch); /* not from within changed */
DEFINE_CLEANUP_POINTER(struct config_watch, config_watch_free)

#endif
