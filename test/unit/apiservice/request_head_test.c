/* Heads, laid out in a buffer as a parser would point into it. */
#include "apiservice/request_head.h"

#include <check.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/apiservice/suites.h"

#define LINE "GET /a HTTP/1.1\r\n"

static const struct {
    const char *head;
    int code; /* 0: well-formed */
} cases[] = {
    {LINE "Host: a\r\n\r\n", 0},
    {LINE "Host:a\r\nX-Empty:\r\nX-Tab: a\tb\r\n\r\n", 0},
    {LINE "Host: \t  a\r\n\r\n", 0},
    {"HEAD /a HTTP/1.0\r\nHost: a\r\n\r\n", 0},
    {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 0},
    {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n", 0},
    {LINE "Host: a\r\nContent-Length: 0\r\n\r\n", 0},
    {LINE "X: y\r\n\r\n", 400},
    {LINE "Host: a\r\nhost: b\r\n\r\n", 400},
    {LINE "Host: a\r\nContent-Length: 5\r\n\r\n", 400},
    {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
    {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400},
    {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n", 400},
    {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 400},
    {"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 400},
    {LINE "Host: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {LINE "Host: a\nX: y\r\n\r\n", 400},
    {LINE "Host: a\r\nX: y\x01z\r\n\r\n", 400},
    {LINE "Host: a\r\nX: y\x7fz\r\n\r\n", 400},
    {LINE "Host: a\r\nX y: z\r\n\r\n", 400},
    {LINE "Host: a\r\n: z\r\n\r\n", 400},
    {"GET /a HTTP/1.7\r\nHost: a\r\n\r\n", 505},
    {"GET /a HTTP/2.0\r\nHost: a\r\n\r\n", 505},
    {"G@T /a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET  /a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a  HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a\r HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /a\xc3\xb6 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"GET /!~ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", 0},
    {LINE "Host: a\r\n\r\n\r\n", 400 /* more in the head than headers */},
    {LINE "Host: a\r\n folded\r\n\r\n", 400},
};

/* As lenient as the library: lines end at LF, CR before it is optional, blanks around a value are cut at its begin. */
static void feed(struct request_head *head, char *text)
{
    size_t size = strlen(text);
    char *line = strchr(text, '\n') + 1;

    while (*line != '\0' && *line != '\r' && *line != '\n') {
        char *end = strchr(line, '\n');
        char *colon = strchr(line, ':');
        char *value = colon + 1;
        struct request_header header;

        if (!colon || colon > end)
            break;
        value += strspn(value, " \t");
        header = (struct request_header){line, value, (size_t)(colon - line), (size_t)(end - (end[-1] == '\r') - value)};
        request_head_header(head, &header);
        line = end + 1;
    }
    request_head_end(head, size);
}

START_TEST(are_judged)
{
    char text[512];
    struct request_line line;
    struct request_head head;
    char *target, *version;

    ck_assert_uint_lt(strlen(cases[_i].head), sizeof(text));
    memcpy(text, cases[_i].head, strlen(cases[_i].head) + 1);
    target = strchr(text, '/');
    version = strstr(text, "HTTP/");
    line = (struct request_line){.method = text, .version = version, .target = target, .target_len = strcspn(target, " ")};
    *strchr(text, ' ') = '\0'; /* the parser ends method and version in place */
    *strchr(version, '\r') = '\0';
    request_head_begin(&head, &line);
    *strchr(version, '\0') = '\r';
    *strchr(text, '\0') = ' ';
    feed(&head, text);
    ck_assert_msg(head.code == cases[_i].code, "%d: %s", head.code, head.problem ? head.problem : "well-formed");
    ck_assert((head.problem == NULL) == (cases[_i].code == 0));
}
END_TEST

Suite *request_head_suite(void)
{
    Suite *suite = suite_create("request_head");
    TCase *tcase = tcase_create("request_head");

    tcase_add_loop_test(tcase, are_judged, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
