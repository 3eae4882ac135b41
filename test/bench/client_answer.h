/* client_answer.h - where an HTTP/1.1 answer ends. Pure.
 *
 * Shape    bytes in, as many as came so far; by Content-Length, or chunked, whose end is only looked for at the end of what came (the
 *          client has one request in flight, so nothing follows it) */
#ifndef TEST_BENCH_CLIENT_ANSWER_H
#define TEST_BENCH_CLIENT_ANSWER_H

#include <stddef.h>

enum answer_state { ANSWER_PARTIAL, ANSWER_WHOLE, ANSWER_MALFORMED };

struct answer {
    int code;
    size_t head_len, body_len; /* body_len: of Content-Length */
    int chunked;
};

/* answer must be zero before the first bytes of one. */
enum answer_state answer_read(struct answer *answer, const char *bytes, size_t len);

#endif
