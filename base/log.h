/* log.h - one line per event on stderr: what, which one, why, and what to do.
 *
 * Shape    text: 2026-11-22T09:00:00.123Z WARN  message key=value key="two words"
 *          json: {"time":"...","level":"warn","msg":"message","key":"value"}
 * Fields   pairs of name and text after the message, ended by NULL: log_warn("poll failed", "organization", name, NULL)
 * Secrets  never pass a token, a header or a body here
 * Threads  any; a line is written by one write(2). Level and format are set once, before threads start */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

void log_setup(enum log_level least, enum log_format format);
bool log_level_parse(const char *text, enum log_level *out);   /* debug, info, warn, error */
bool log_format_parse(const char *text, enum log_format *out); /* text, json */

void log_debug(const char *message, ...) __attribute__((sentinel));
void log_info(const char *message, ...) __attribute__((sentinel));
void log_warn(const char *message, ...) __attribute__((sentinel));
void log_error(const char *message, ...) __attribute__((sentinel));

#endif
