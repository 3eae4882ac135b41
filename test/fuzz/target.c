/* target.c - request targets: split before they are decoded; what was decoded, written out again, is read as the same. */
#include "apiservice/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "test/fuzz/fuzz.h"

enum { TEXT_MAX = 4 * TARGET_LEN_MAX };

/* Every byte but the plain ones as an escape. */
static void add_escaped(struct buffer *out, const char *text)
{
    for (; *text; text++) {
        bool plain = strchr("abcdefghijklmnopqrstuvwxyz0123456789-._~", *text) != NULL;

        if (plain)
            (void)buffer_add_char(out, *text);
        else
            (void)buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*text);
    }
}

static void write_target(const struct target *target, struct buffer *out)
{
    if (target->n_segments == 0)
        (void)buffer_add_char(out, '/');
    for (size_t i = 0; i < target->n_segments; i++) {
        (void)buffer_add_char(out, '/');
        add_escaped(out, target->segments[i]);
    }
    for (size_t i = 0; i < target->n_parameters; i++) {
        (void)buffer_add_char(out, i == 0 ? '?' : '&');
        add_escaped(out, target->parameters[i].name);
        (void)buffer_add_char(out, '=');
        add_escaped(out, target->parameters[i].value);
    }
    LAW(!buffer_failed(out));
}

static void law_same(const struct target *a, const struct target *b)
{
    LAW(a->n_segments == b->n_segments && a->n_parameters == b->n_parameters);
    for (size_t i = 0; i < a->n_segments; i++)
        LAW(strcmp(a->segments[i], b->segments[i]) == 0);
    for (size_t i = 0; i < a->n_parameters; i++)
        LAW(strcmp(a->parameters[i].name, b->parameters[i].name) == 0 && strcmp(a->parameters[i].value, b->parameters[i].value) == 0);
}

static void law_round_trip(const struct target *target)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(TEXT_MAX);
    CLEANUP(target_clear) struct target again = {0};
    struct error err = {0};

    write_target(target, &text);
    if (text.len > TARGET_LEN_MAX)
        return;
    LAW(target_parse(buffer_text(&text), &again, &err) == 0);
    law_same(target, &again);
}

/* --- The slow reading --- */

/* Whether every % has its two digits, and none of them makes a byte of the list. */
static bool escapes_are_good(const char *text, size_t len, const char *bad)
{
    for (size_t i = 0; i < len; i++) {
        char pair[3] = "";
        unsigned long byte;

        if (text[i] != '%')
            continue;
        if (i + 2 >= len || !strchr("0123456789abcdefABCDEF", text[i + 1]) || !strchr("0123456789abcdefABCDEF", text[i + 2]))
            return false;
        memcpy(pair, text + i + 1, 2);
        byte = strtoul(pair, NULL, 16);
        if (byte == 0 || strchr(bad, (int)byte))
            return false;
    }
    return true;
}

static bool is_segment(const char *text, size_t len)
{
    static const char *const dots[] = {".", "..", "%2e", "%2E", ".%2e", ".%2E", "%2e.", "%2E.", "%2e%2e", "%2E%2e", "%2e%2E", "%2E%2E"};

    for (size_t i = 0; i < ARRAY_LEN(dots); i++)
        if (strlen(dots[i]) == len && memcmp(text, dots[i], len) == 0)
            return false;
    return len > 0 && escapes_are_good(text, len, "/");
}

static bool is_path(const char *text, size_t len)
{
    size_t segments = 0;

    LAW(len > 0 && text[0] == '/');
    if (len > 1 && text[len - 1] == '/') /* one slash at the end is dropped */
        len--;
    for (size_t at = 0, end; len > 1 && at < len; at = end) {
        const char *slash = memchr(text + at + 1, '/', len - at - 1);

        end = slash ? (size_t)(slash - text) : len;
        if (!is_segment(text + at + 1, end - at - 1))
            return false;
        segments++;
    }
    return segments <= TARGET_SEGMENTS_MAX && !(len == 1 && text[1] == '/');
}

static bool is_query(const char *text)
{
    size_t parameters = 0, len;

    for (const char *at = text; *at; at += len + (at[len] == '&')) {
        len = strcspn(at, "&");
        parameters += len > 0;
        /* A name may not take the escape that its value begins. */
        if (!escapes_are_good(at, strcspn(at, "=&"), "") || !escapes_are_good(at, len, ""))
            return false;
    }
    return parameters <= TARGET_PARAMETERS_MAX && !strchr(text, ';');
}

static bool is_target(const char *text)
{
    size_t path = strcspn(text, "?");

    if (strlen(text) > TARGET_LEN_MAX || text[0] != '/')
        return false;
    for (const char *c = text; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return is_path(text, path) && (text[path] == '\0' || is_query(text + path + 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);
    struct target target;
    struct error err = {0};

    fill(&target, sizeof(target));
    if (target_parse(text, &target, &err) < 0) {
        LAW(!is_target(text));
        LAW(is_filled(&target, sizeof(target)));
        LAW(err.code == ERROR_INVALID || err.code == ERROR_NOT_FOUND || err.code == ERROR_LIMIT);
        law_error_is_told(&err);
    } else {
        LAW(is_target(text));
        for (size_t i = 0; i < target.n_segments; i++)
            LAW(target.segments[i][0] != '\0' && !strchr(target.segments[i], '/'));
        for (size_t i = 0; i < target.n_parameters; i++)
            LAW(target_parameter(&target, target.parameters[i].name));
        law_round_trip(&target);
        target_clear(&target);
    }
    free(text);
    return 0;
}
