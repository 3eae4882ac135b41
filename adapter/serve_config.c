/* serve_config.c - the configuration file, read at the start and again whenever it changes. */
#include "adapter/serve_inside.h"
#include "base/clock.h"
#include "base/log.h"

static void refuse_config(struct app *app, const struct config_mistakes *mistakes, const struct error *err)
{
    atomic_store(&app->own.config_refused, true);
    log_error("the configuration is refused; the one in force stays", "file", app->options->config_path, "error", err->text, NULL);
    for (size_t i = 1; mistakes && i < mistakes->len; i++) {
        CLEANUP(buffer_clear) struct buffer line = BUFFER_INIT(1024);

        config_mistake_print(mistakes, i, &line);
        log_error("one more mistake of the configuration", "error", buffer_text(&line), NULL);
    }
}

void serve_note_config(struct app *app, const struct config *config)
{
    atomic_store(&app->own.config_refused, false);
    atomic_store(&app->own.config_hash, config->hash);
    atomic_store(&app->own.config_loaded_unix_ms, clock_unix_ms());
}

void serve_on_config(void *context, struct config *take, const struct config_mistakes *mistakes, const struct error *why)
{
    struct app *app = context;
    struct error err = {0};

    if (!take) {
        refuse_config(app, mistakes, why);
        return;
    }
    if (config_can_reload(refresh_config(app->refresh), take, &err) < 0 || confinement_covers(app->confinement, take, &err) < 0) {
        refuse_config(app, NULL, &err);
        config_free(take);
        return;
    }
    if (refresh_configure(app->refresh, take, &err) < 0) {
        refuse_config(app, NULL, &err);
        return;
    }
    serve_note_config(app, refresh_config(app->refresh));
    log_info("the configuration was reloaded", "file", app->options->config_path, NULL);
    delegation_configure(app->delegation, &refresh_config(app->refresh)->serving);
    serve_follow_config(app, refresh_config(app->refresh));
}

struct config *serve_read_config(const char *path, struct config_mistakes *mistakes, struct error *err)
{
    CLEANUP(config_clear) struct config config = {0};
    struct config *taken = NULL;

    if (config_read(path, &config, mistakes, err) < 0)
        return NULL;
    taken = config_new(&config);
    if (!taken)
        error_no_memory(err);
    return taken;
}

void serve_reload_now(struct app *app)
{
    struct config_mistakes mistakes = {0};
    struct error err = {0};
    struct config *config = serve_read_config(app->options->config_path, &mistakes, &err);

    serve_on_config(app, config, &mistakes, &err);
}

int serve_confine(struct app *app, const struct config *config, struct error *err)
{
    const struct confinement_needs needs = {
        .config = config,
        .config_path = app->options->config_path,
        .kubeconfig = app->options->kubeconfig,
        .port = (uint16_t)(app->options->port >= 0 ? app->options->port : config->serving.port),
    };

    if (!config->confined)
        return 0;
    app->confinement = confinement_new(&needs, err);
    if (!app->confinement)
        return -1;
    confinement_enter(app->confinement);
    return 0;
}
