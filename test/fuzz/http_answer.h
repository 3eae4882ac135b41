/* http_answer.h - the strict reading of an HTTP/1.1 answer. Pure. */
#ifndef TEST_FUZZ_HTTP_ANSWER_H
#define TEST_FUZZ_HTTP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

struct http_answer {
    int status;
    const char *body;
    size_t body_len; /* what Content-Length says, whether the body is there or not */
    size_t head_len;
};

enum http_reading { HTTP_WHOLE, HTTP_CUT, HTTP_MALFORMED };

/* The first answer of the text; without_body: to a HEAD. Whole: its bytes are there. */
enum http_reading http_answer_read(const char *text, size_t len, bool without_body, struct http_answer *out);

#endif
