#include "base/log.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/escape.h"
#include "base/timestamp.h"

enum { LINE_MAX_BYTES = 8192 };

/* Written once by log_setup before any thread starts. */
static enum log_level least_level = LOG_INFO;
static enum log_format line_format = LOG_TEXT;

static const struct {
    const char *word, *padded;
} levels[] = {{"debug", "DEBUG"}, {"info", "INFO "}, {"warn", "WARN "}, {"error", "ERROR"}};

void log_setup(enum log_level least, enum log_format format)
{
    least_level = least;
    line_format = format;
}

bool log_level_parse(const char *text, enum log_level *out)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (strcmp(text, levels[i].word) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

bool log_format_parse(const char *text, enum log_format *out)
{
    bool json = strcmp(text, "json") == 0;

    if (!json && strcmp(text, "text") != 0)
        return false;
    *out = json ? LOG_JSON : LOG_TEXT;
    return true;
}

static bool is_plain(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+@") == strlen(text);
}

static void add_text_field(struct buffer *line, const char *key, const char *value)
{
    (void)buffer_printf(line, " %s=", key);
    if (is_plain(value))
        (void)buffer_add_text(line, value);
    else
        escape_json_string(line, value, strlen(value));
}

static void add_json_field(struct buffer *line, const char *key, const char *value)
{
    (void)buffer_add_char(line, ',');
    escape_json_string(line, key, strlen(key));
    (void)buffer_add_char(line, ':');
    escape_json_string(line, value, strlen(value));
}

static void begin_line(struct buffer *line, enum log_level level, const char *message)
{
    char now[TIMESTAMP_TEXT_MAX];

    timestamp_format_millis(clock_unix_ms(), now);
    if (line_format == LOG_TEXT) {
        (void)buffer_printf(line, "%s %s ", now, levels[level].padded);
        /* Outside words may be in a message: no control characters reach the terminal. */
        escape_controls(line, message, strlen(message));
        return;
    }
    (void)buffer_printf(line, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":", now, levels[level].word);
    escape_json_string(line, message, strlen(message));
}

static void write_line(enum log_level level, const char *message, va_list fields)
{
    CLEANUP(buffer_clear) struct buffer line = BUFFER_INIT(LINE_MAX_BYTES);
    const char *key, *value;

    if (level < least_level)
        return;
    begin_line(&line, level, message);
    while ((key = va_arg(fields, const char *)) != NULL) {
        value = va_arg(fields, const char *);
        if (line_format == LOG_TEXT)
            add_text_field(&line, key, value ? value : "");
        else
            add_json_field(&line, key, value ? value : "");
    }
    (void)buffer_add_text(&line, line_format == LOG_TEXT ? "\n" : "}\n");
    if (write(STDERR_FILENO, buffer_text(&line), line.len) < 0)
        return; /* nobody reads stderr: there is nowhere left to say so */
}

#define DEFINE_LOG(function, level)         \
    void function(const char *message, ...) \
    {                                       \
        va_list fields;                     \
                                            \
        va_start(fields, message);          \
        write_line(level, message, fields); \
        va_end(fields);                     \
    }

DEFINE_LOG(log_debug, LOG_DEBUG)
DEFINE_LOG(log_info, LOG_INFO)
DEFINE_LOG(log_warn, LOG_WARN)
DEFINE_LOG(log_error, LOG_ERROR)
