/* config.c - a configuration, or its mistakes: never both, never neither, the same each time and a line further down behind a
 * comment; what is accepted keeps to what the rest of the program builds on. */
#include "adapter/config.h"

#include <stdlib.h>
#include <string.h>

#include "adapter/option_text.h"
#include "test/fuzz/fuzz.h"

enum { TEXT_MAX = 4 * 1024 * 1024 };

static void law_sound(const struct config *config)
{
    const struct config_coder *coder = &config->coder;

    LAW(coder->url && !text_url_problem(coder->url) && coder->token_file && coder->token_file[0] != '\0');
    LAW(coder->poll_interval_ms >= 1000 && coder->stale_after_ms >= coder->poll_interval_ms && coder->timeout_ms >= 100);
    LAW(config->serving.port >= 0 && config->serving.port <= 65535);
    LAW(config->serving.authentication == CONFIG_AUTHENTICATION_DELEGATED || text_is_loopback(config->serving.address));
    LAW((config->serving.cert_file[0] == '\0') == (config->serving.key_file[0] == '\0'));
    for (size_t i = 0; i < config->n_queues; i++) {
        const struct queue_spec *queue = &config->queues[i];

        LAW(queue->name && text_is_label_value(queue->name) && queue->organization && queue->workload.name[0] != '\0');
        LAW(queue->replicas_min >= 0 && queue->replicas_min <= queue->replicas_max);
        LAW(queue->hpa_tolerance >= 0 && queue->hpa_tolerance <= 1 && queue->prebuild_weight >= 0 && queue->prebuild_weight <= 1);
        LAW(tags_get(&queue->tags, "scope") && tags_get(&queue->tags, "owner"));
        for (size_t j = 0; j < i; j++)
            LAW(strcmp(queue->name, config->queues[j].name) != 0);
    }
    for (size_t i = 1; i < config->n_guidelines; i++)
        LAW(config->guidelines[i - 1].users < config->guidelines[i].users);
    for (size_t i = 0; i < config->n_workshops; i++)
        LAW(config->workshops[i].start_unix_ms < config->workshops[i].end_unix_ms);
}

static void law_same_configs(const struct config *a, const struct config *b)
{
    struct error err = {0};

    LAW(config_can_reload(a, b, &err) == 0);
    LAW(strcmp(a->coder.url, b->coder.url) == 0 && a->coder.poll_interval_ms == b->coder.poll_interval_ms);
    LAW(a->n_queues == b->n_queues && a->n_guidelines == b->n_guidelines && a->n_workshops == b->n_workshops);
    LAW(strcmp(a->time_zone, b->time_zone) == 0 && a->node_groups.on == b->node_groups.on);
    for (size_t i = 0; i < a->n_queues; i++) {
        LAW(strcmp(a->queues[i].name, b->queues[i].name) == 0 && tags_equal(&a->queues[i].tags, &b->queues[i].tags));
        LAW(a->queues[i].replicas_min == b->queues[i].replicas_min && a->queues[i].replicas_max == b->queues[i].replicas_max);
    }
}

/* Each in one line, free of what could steer a terminal, in the order of the file. */
static void law_mistakes(const struct config_mistakes *mistakes)
{
    LAW(mistakes->len > 0 && mistakes->len <= CONFIG_MISTAKES_MAX && !mistakes->no_memory);
    for (size_t i = 0; i < mistakes->len; i++) {
        CLEANUP(buffer_clear) struct buffer line = BUFFER_INIT(8192);
        const struct config_place at = mistakes->items[i].at, before = mistakes->items[i > 0 ? i - 1 : 0].at;

        LAW(mistakes->items[i].text[0] != '\0');
        LAW(at.line > before.line || (at.line == before.line && at.column >= before.column));
        config_mistake_print(mistakes, i, &line);
        LAW(!buffer_failed(&line) && strncmp(buffer_text(&line), "fuzz.yaml:", 10) == 0);
        for (size_t j = 0; j < line.len; j++)
            LAW((unsigned char)line.data[j] >= ' ' && line.data[j] != 0x7f);
    }
}

static void law_same_mistakes(const struct config_mistakes *a, const struct config_mistakes *b, unsigned lines_down)
{
    LAW(a->len == b->len && a->left_out == b->left_out);
    for (size_t i = 0; i < a->len; i++) {
        LAW(a->items[i].at.line + lines_down == b->items[i].at.line && a->items[i].at.column == b->items[i].at.column);
        LAW(strcmp(a->items[i].path, b->items[i].path) == 0);
        LAW(lines_down > 0 || strcmp(a->items[i].text, b->items[i].text) == 0);
    }
}

static void law_again(const char *text, size_t len, const struct config *config, const struct config_mistakes *mistakes,
                      unsigned lines_down)
{
    struct config_mistakes again;
    struct config other = {0};

    if (config_parse(text, len, "fuzz.yaml", &other, &again) == 0) {
        LAW(config);
        law_same_configs(config, &other);
        LAW(lines_down > 0 || config->hash == other.hash);
    } else {
        LAW(!config);
        law_same_mistakes(mistakes, &again, lines_down);
    }
    config_clear(&other);
}

/* A mark of the byte order must stand first; a file that is empty is told to be so on its first line. */
static void law_comment_changes_nothing(const char *text, size_t len, const struct config *config, const struct config_mistakes *mistakes)
{
    CLEANUP(buffer_clear) struct buffer moved = BUFFER_INIT(TEXT_MAX);
    bool marked = len >= 2 && ((unsigned char)text[0] >= 0xef || (unsigned char)text[1] >= 0xef);

    if (marked || (mistakes->len > 0 && strncmp(mistakes->items[0].text, "the file is empty", 17) == 0))
        return;
    LAW(buffer_add_text(&moved, "# moved\n") == 0 && buffer_append(&moved, text, len) == 0);
    law_again(moved.data, moved.len, config, mistakes, 1);
}

static void law_example(void)
{
    CLEANUP(buffer_clear) struct buffer example = BUFFER_INIT(TEXT_MAX);
    struct config_mistakes mistakes;
    struct config config = {0};

    config_write_example(&example);
    LAW(config_parse(example.data, example.len, "fuzz.yaml", &config, &mistakes) == 0);
    law_sound(&config);
    config_clear(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool example_was_read;
    const char *text = (const char *)data;
    struct config_mistakes mistakes;
    struct config config;

    if (!example_was_read)
        law_example();
    example_was_read = true;
    fill(&config, sizeof(config));
    if (config_parse(text, size, "fuzz.yaml", &config, &mistakes) < 0) {
        LAW(is_filled(&config, sizeof(config)));
        law_mistakes(&mistakes);
        law_again(text, size, NULL, &mistakes, 0);
        law_comment_changes_nothing(text, size, NULL, &mistakes);
        return 0;
    }
    LAW(!config_mistakes_any(&mistakes));
    law_sound(&config);
    law_again(text, size, &config, &mistakes, 0);
    law_comment_changes_nothing(text, size, &config, &mistakes);
    config_clear(&config);
    return 0;
}
