/* request_head.h - was the head of a request written as HTTP/1.1 says, byte by byte? Pure on pointers.
 *
 * Why      libmicrohttpd lets through folded headers, bare line feeds, NULs, doubled lengths and hosts. It hands out names and
 *          values as pointers into its receive buffer; in a well-formed head they stand one behind the other: name, colon,
 *          blanks, value, CRLF, next name. What is not contiguous was not well-formed
 * Use      begin, header for each in the order received, end; problem is then NULL or says what is wrong
 * Source   RFC 9112 2.2, 3, 5, 6.3; spike section 4 */
#ifndef APISERVICE_REQUEST_HEAD_H
#define APISERVICE_REQUEST_HEAD_H

#include <stdbool.h>
#include <stddef.h>

struct request_line {
    const char *method, *version; /* where they stand in the receive buffer */
    const char *target;           /* raw, wherever it stands */
    size_t target_len;
};

struct request_header {
    const char *name, *value; /* where they stand in the receive buffer */
    size_t name_len, value_len;
};

struct request_head {
    const char *start, *next; /* next: where the next header must begin */
    unsigned hosts, lengths, encodings;
    bool has_body, has_safe_method;
    bool expects;        /* something before its answer: 100 Continue */
    int code;            /* status code for the first problem */
    const char *problem; /* static; NULL: none */
};

void request_head_begin(struct request_head *head, const struct request_line *line);
void request_head_header(struct request_head *head, const struct request_header *header);
/* size: of the whole head, with the empty line. */
void request_head_end(struct request_head *head, size_t size);

#endif
