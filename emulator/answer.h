/* answer.h - one HTTP request and its answer, without any HTTP library. Pure.
 *
 * Shape    plain data; a request borrows its texts; target is the raw one: path, "?", query, nothing decoded
 * Units    delay_ms: real milliseconds to wait before the answer begins
 * Owner    {.body = BUFFER_INIT(limit)} / answer_clear; names of headers and content_type are literals */
#ifndef EMULATOR_ANSWER_H
#define EMULATOR_ANSWER_H

#include "base/buffer.h"
#include "emulator/stable_id.h"

enum { ANSWER_HEADERS_MAX = 8, ANSWER_VALUE_MAX = 64, ANSWER_BODY_MAX = 512 * 1024 * 1024 };

struct request {
    const char *method, *target;
    const char *token; /* of Coder-Session-Token; NULL without one */
    const char *body;
    size_t body_len;
};

enum answer_end {
    ANSWER_WHOLE,
    ANSWER_CUT,  /* the connection ends in the middle of the body */
    ANSWER_DROP, /* the connection ends without an answer */
};

struct answer_header {
    const char *name;
    char value[ANSWER_VALUE_MAX];
};

struct answer {
    int status;
    const char *content_type; /* NULL: no body */
    struct buffer body;
    struct answer_header headers[ANSWER_HEADERS_MAX];
    size_t n_headers;
    enum answer_end end;
    int64_t delay_ms;
};

void answer_clear(struct answer *answer);
/* Takes the place of one with the same name. */
void answer_header(struct answer *answer, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);
/* Starts a JSON answer: empties what is there. */
void answer_json(struct answer *answer, int status);
/* {"message":...} and, unless it is NULL, "detail", as Coder writes its errors. */
void answer_error(struct answer *answer, int status, const char *message, const char *detail);
void answer_text(struct answer *answer, int status, const char *content_type, const char *text);

#endif
