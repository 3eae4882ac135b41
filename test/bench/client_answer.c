#include "test/bench/client_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char chunked_end[] = "\r\n0\r\n\r\n";
static const char head_end[] = "\r\n\r\n";

static int begins(const char *line, size_t len, const char *name)
{
    size_t name_len = strlen(name);

    return len > name_len && strncasecmp(line, name, name_len) == 0;
}

static void read_line(struct answer *answer, const char *line, size_t len)
{
    if (begins(line, len, "Content-Length:"))
        answer->body_len = strtoul(line + strlen("Content-Length:"), NULL, 10);
    else if (begins(line, len, "Transfer-Encoding: chunked"))
        answer->chunked = 1;
}

static enum answer_state read_head(struct answer *answer, const char *bytes, size_t len)
{
    const char *end = memmem(bytes, len, head_end, sizeof(head_end) - 1);
    const char *line;

    if (!end)
        return ANSWER_PARTIAL;
    answer->head_len = (size_t)(end - bytes) + sizeof(head_end) - 1;
    if (answer->head_len < sizeof("HTTP/1.1 200\r\n\r\n") - 1 || memcmp(bytes, "HTTP/1.1 ", 9) != 0)
        return ANSWER_MALFORMED;
    answer->code = (int)strtol(bytes + 9, NULL, 10);
    line = memchr(bytes, '\n', answer->head_len);
    while (line && line < end) {
        const char *next = memchr(line + 1, '\n', answer->head_len - (size_t)(line + 1 - bytes));

        read_line(answer, line + 1, (size_t)(next - line - 1));
        line = next;
    }
    return ANSWER_WHOLE;
}

enum answer_state answer_read(struct answer *answer, const char *bytes, size_t len)
{
    size_t end_len = sizeof(chunked_end) - 1;
    enum answer_state state;

    if (answer->head_len == 0 && (state = read_head(answer, bytes, len)) != ANSWER_WHOLE)
        return state;
    if (!answer->chunked)
        return len < answer->head_len + answer->body_len ? ANSWER_PARTIAL : ANSWER_WHOLE;
    if (len < answer->head_len + end_len - 2) /* an empty body ends with the head's own line end */
        return ANSWER_PARTIAL;
    return memcmp(bytes + len - end_len, chunked_end, end_len) == 0 ? ANSWER_WHOLE : ANSWER_PARTIAL;
}
