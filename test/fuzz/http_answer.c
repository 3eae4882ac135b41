#include "test/fuzz/http_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_status_line(const char *line, size_t len)
{
    size_t code = strlen("HTTP/1.1 ");

    return len > code + 4 && memcmp(line, "HTTP/1.1 ", code) == 0 && strspn(line + code, "0123456789") == 3 && line[code + 3] == ' ';
}

/* A name of plain letters, a colon, a blank and a value without controls: all that our server has reason to write. */
static bool is_header(const char *line, size_t len)
{
    size_t name = strspn(line, "-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

    if (name == 0 || name + 2 > len || line[name] != ':' || line[name + 1] != ' ')
        return false;
    for (size_t i = name; i < len; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            return false;
    return true;
}

/* Exactly one length, and nothing else that frames a body. */
static bool note_header(const char *line, size_t len, int *lengths, size_t *body_len)
{
    if (!is_header(line, len) || strncasecmp(line, "Transfer-Encoding:", 18) == 0)
        return false;
    if (strncasecmp(line, "Content-Length: ", 16) == 0) {
        size_t digits = strspn(line + 16, "0123456789");

        if (digits == 0 || digits > 9 || 16 + digits != len)
            return false;
        *body_len = strtoul(line + 16, NULL, 10);
        (*lengths)++;
    }
    return true;
}

enum http_reading http_answer_read(const char *text, size_t len, bool without_body, struct http_answer *out)
{
    const char *end = memmem(text, len, "\r\n\r\n", 4), *line_end;
    struct http_answer answer = {0};
    int lengths = 0;

    if (!end)
        return HTTP_CUT;
    for (const char *line = text; line < end; line = line_end + 2) {
        line_end = memmem(line, (size_t)(end + 2 - line), "\r\n", 2);
        if (line == text ? !is_status_line(line, (size_t)(line_end - line))
                         : !note_header(line, (size_t)(line_end - line), &lengths, &answer.body_len))
            return HTTP_MALFORMED;
    }
    answer.status = (int)strtol(text + strlen("HTTP/1.1 "), NULL, 10);
    answer.head_len = (size_t)(end + 4 - text);
    answer.body = end + 4;
    if (lengths > 1 || (lengths == 0 && answer.status != 304))
        return HTTP_MALFORMED;
    if (answer.status == 304)
        without_body = true;
    if (!without_body && len - answer.head_len < answer.body_len)
        return HTTP_CUT;
    *out = answer;
    return HTTP_WHOLE;
}
