#include "adapter/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"

enum { LINE_MAX_BYTES = 1024 };

void findings_clear(struct findings *findings)
{
    buffer_clear(&findings->text);
    memset(findings->counts, 0, sizeof(findings->counts));
}

void finding_add(struct findings *findings, enum finding_level level, const char *whom, const char *name, const char *format, ...)
{
    static const char *const words[FINDING_LEVELS] = {"ok", "warning", "error"};
    char line[LINE_MAX_BYTES];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    (void)buffer_printf(&findings->text, "%s %s", words[level], whom);
    if (name) {
        (void)buffer_add_char(&findings->text, ' ');
        escape_controls(&findings->text, name, strlen(name));
    }
    (void)buffer_add_text(&findings->text, ": ");
    escape_controls(&findings->text, line, strlen(line));
    (void)buffer_add_char(&findings->text, '\n');
    findings->counts[level]++;
}
