/* request_head.c - a head is accepted when, and only when, a strict reading of its bytes accepts it, whatever a lenient HTTP library
 * made of it on the way.
 *
 * The library is played here as libmicrohttpd 0.9.75 does it (STRICT_FOR_CLIENT -1): lines end at LF with or without CR, all texts end
 * at a NUL, a line that begins with a blank is glued to the name before, one that begins with a NUL, or a later one with a colon, ends
 * the head. It writes NULs over what it has read, so that some differences are gone for good: without_blind_spots names them. */
#include "apiservice/request_head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/strict_head.h"

/* --- The lenient library --- */

struct reading {
    char *at, *end;
    struct request_line line;
    struct request_head head;
    char *name, *value; /* the header that waits for its next line; NULL: none */
};

enum line { LINE_NONE, LINE_END, LINE_TEXT };

/* The next line, ended by NULs. */
static enum line take_line(struct reading *reading, char **out, size_t *out_len)
{
    char *start = reading->at, *lf = memchr(start, '\n', (size_t)(reading->end - start));
    size_t len;

    if (!lf)
        return LINE_NONE;
    reading->at = lf + 1;
    *lf = '\0';
    len = (size_t)(lf - start);
    if (len > 0 && start[len - 1] == '\r')
        start[--len] = '\0';
    *out = start;
    *out_len = len;
    return start[0] == '\0' ? LINE_END : LINE_TEXT;
}

/* Method, target and version: the first blank and the last one part them. */
static bool take_request_line(struct reading *reading)
{
    char *line, *target, *version;
    size_t len;

    if (take_line(reading, &line, &len) != LINE_TEXT || !(target = memchr(line, ' ', len)))
        return false;
    *target++ = '\0';
    target += strspn(target, " ");
    version = target < line + len ? memrchr(target, ' ', (size_t)(line + len - target)) : NULL;
    if (!version)
        return false;
    *version++ = '\0';
    reading->line = (struct request_line){.method = line, .version = version, .target = target, .target_len = strlen(target)};
    return true;
}

static void tell_header(struct reading *reading)
{
    if (reading->name)
        request_head_header(&reading->head,
                            &(struct request_header){reading->name, reading->value, strlen(reading->name), strlen(reading->value)});
    reading->name = NULL;
}

/* False: the library itself refuses the request. */
static bool note_line(struct reading *reading, char *line)
{
    static char glued[] = "glued";
    char *colon = strchr(line, ':');

    if (line[0] == ' ' || line[0] == '\t') { /* name and value are made anew, in other memory */
        if (!reading->name)
            return false;
        reading->name = glued;
        reading->value = glued + 1;
        return true;
    }
    if (!colon || (colon > line && (colon[-1] == ' ' || colon[-1] == '\t')))
        return false;
    tell_header(reading);
    *colon++ = '\0';
    reading->name = line;
    reading->value = colon + strspn(colon, " \t");
    return true;
}

/* True at the end of the head; false: the head is not whole, or the library refuses it. */
static bool take_headers(struct reading *reading)
{
    bool first = true;
    enum line kind;
    char *line;
    size_t len;

    while ((kind = take_line(reading, &line, &len)) == LINE_TEXT) {
        bool ends = !first && line[0] == ':';

        if (!note_line(reading, line))
            return false;
        if (ends) {
            reading->name = NULL; /* it is not told */
            return true;
        }
        first = false;
    }
    tell_header(reading);
    return kind == LINE_END;
}

static bool judge(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + 1);
    struct reading reading = {.at = copy, .end = copy + size};
    bool accepted = false;

    LAW(copy);
    memcpy(copy, data, size);
    copy[size] = '\0';
    if (take_request_line(&reading)) {
        request_head_begin(&reading.head, &reading.line);
        if (take_headers(&reading)) {
            request_head_end(&reading.head, (size_t)(reading.at - copy));
            LAW(reading.head.problem ? reading.head.code >= 400 : reading.head.code == 0);
            accepted = !reading.head.problem && reading.at == reading.end;
        }
    }
    free(copy);
    return accepted;
}

/* --- The strict reading --- */

static bool is_strict(const char *text)
{
    struct strict_head head;

    return strict_head_read(text, &head) && head.len == strlen(text);
}

/* What NULs have been written over cannot be told from a good head: NUL LF reads as CR LF; and behind the last header four bytes that
 * are its line end and a line that ends the head read as CR LF CR LF. No header is hidden by it: what follows is the next request to the
 * library. */
static char *without_blind_spots(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *tail;
    bool lf_first, lf_second;

    LAW(text);
    memcpy(text, data, size);
    text[size] = '\0';
    for (size_t i = 0; i + 1 < size; i++)
        if (text[i] == '\0' && text[i + 1] == '\n')
            text[i] = '\r';
    if (size < 5)
        return text;
    tail = text + size - 4;
    lf_first = tail[-1] != '\r' && tail[0] == '\n' && (tail[1] == ':' || tail[1] == '\0') && tail[3] == '\n';
    lf_second = tail[0] == '\r' && tail[1] == '\n' && tail[2] == ':' && tail[3] == '\n';
    if (lf_first || lf_second)
        memcpy(tail, "\r\n\r\n", 4);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = without_blind_spots(data, size);

    LAW(judge(data, size) == (strlen(text) == size && is_strict(text)));
    free(text);
    return 0;
}
