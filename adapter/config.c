#include "adapter/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

/* ---- Life ---- */

void config_clear(struct config *config)
{
    option_clear(config_table(), config);
    *config = (struct config){0};
}

struct config config_move(struct config *config)
{
    struct config moved = *config;

    *config = (struct config){0};
    return moved;
}

struct config *config_new(struct config *take)
{
    struct config *config = calloc(1, sizeof(*config));

    if (config)
        *config = config_move(take);
    return config;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    config_clear(config);
    free(config);
}

/* ---- Reading ---- */

uint64_t config_hash(const char *text, size_t len)
{
    const uint64_t mask = (UINT64_C(1) << 48) - 1;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < len; i++) {
        hash ^= (unsigned char)text[i];
        hash *= UINT64_C(0x100000001b3);
    }
    return (hash >> 48) ^ (hash & mask);
}

static void tell_no_map(const struct tree_node *root, struct config_mistakes *mistakes)
{
    const struct config_place first = {.line = 1, .column = 1};

    if (!root || tree_is_null(root))
        config_mistakes_add(mistakes, first, "", "the file is empty; want at least coder.url and coder.tokenFile");
    else if (!root->refused)
        tree_mistake(mistakes, root, "%s is wrong here; want a map of keys", tree_kind_name(root));
}

int config_parse(const char *text, size_t len, const char *file_name, struct config *out, struct config_mistakes *mistakes)
{
    CLEANUP(config_clear) struct config config = {0};
    CLEANUP(yaml_tree_clear) struct yaml_tree tree = {0};

    memset(mistakes, 0, sizeof(*mistakes));
    (void)snprintf(mistakes->file, sizeof(mistakes->file), "%s", file_name);
    if (yaml_tree_read(text, len, &tree, mistakes) < 0)
        return -1;
    if (!tree.root || tree.root->kind != TREE_MAP) {
        tell_no_map(tree.root, mistakes);
        return -1;
    }
    option_fill(config_table(), &tree, &config, mistakes);
    if (!mistakes->no_memory)
        config_check(&config, tree.root, mistakes);
    if (config_mistakes_any(mistakes))
        return -1;
    config.hash = config_hash(text, len);
    *out = config_move(&config);
    return 0;
}

static int summarize(const struct config_mistakes *mistakes, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer first = BUFFER_INIT(1024);
    size_t more = mistakes->len + mistakes->left_out - 1;

    if (mistakes->len == 0) {
        (void)error_no_memory(err);
        return error_wrap(err, "read configuration %s", mistakes->file);
    }
    config_mistake_print(mistakes, 0, &first);
    if (more == 0)
        return error_set(err, ERROR_INVALID, "%s", buffer_text(&first));
    return error_set(err, ERROR_INVALID, "%s (and %zu more)", buffer_text(&first), more);
}

int config_read(const char *path, struct config *out, struct config_mistakes *mistakes, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(YAML_TREE_BYTES_MAX);

    memset(mistakes, 0, sizeof(*mistakes));
    (void)snprintf(mistakes->file, sizeof(mistakes->file), "%s", path);
    if (file_read(path, &text, err) < 0)
        return error_wrap(err, "read configuration");
    if (config_parse(buffer_text(&text), text.len, path, out, mistakes) < 0)
        return summarize(mistakes, err);
    return 0;
}

/* ---- Reloading ---- */

static int refuse_changed(const struct option_table *table, const char *section, const struct config *const pair[2], struct error *err)
{
    for (size_t i = 0; i < table->len; i++) {
        const struct option *option = &table->rows[i];
        char path[CONFIG_PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s%s%s", section, section[0] == '\0' ? "" : ".", option->key);
        if (option->type == OPTION_SECTION && refuse_changed(option->table, path, pair, err) < 0)
            return -1;
        if (option->restart && !option_equal(option, pair[0], pair[1]))
            return error_set(err, ERROR_INVALID, "%s has changed, which needs a restart; the running configuration stays in force", path);
    }
    return 0;
}

int config_can_reload(const struct config *running, const struct config *next, struct error *err)
{
    const struct config *const pair[2] = {running, next};

    return refuse_changed(config_table(), "", pair, err);
}

bool config_wants_schedule(const struct config *config)
{
    for (size_t i = 0; i < config->n_queues; i++)
        if (config->queues[i].autostart)
            return true;
    return false;
}
