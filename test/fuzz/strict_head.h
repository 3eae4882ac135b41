/* strict_head.h - the slow, strict reading of a request's head, as RFC 9112 and our rules have it: what a server of ours may take for a
 * request. It shares no code with the parsers that it is compared with. */
#ifndef TEST_FUZZ_STRICT_HEAD_H
#define TEST_FUZZ_STRICT_HEAD_H

#include <stdbool.h>
#include <stddef.h>

struct strict_head {
    size_t len;   /* with the empty line */
    bool head;    /* the method is HEAD: the answer has no body */
    bool ends;    /* another method than GET and HEAD, or an Expect header: the connection ends with the answer */
    bool may_end; /* it may: HTTP/1.0, or a Connection header */
};

/* Whether the text begins with a whole and well-formed head; its body, if it may have one, is not looked at. */
bool strict_head_read(const char *text, struct strict_head *out);

#endif
