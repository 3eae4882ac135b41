/* Everything malformed that a client may send, through the real server: the Status that it gets, and that the server lives on. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/server_fixture.h"
#include "test/unit/apiservice/suites.h"

#define GV "/apis/external.metrics.k8s.io/v1beta1"
#define ASK(target) BYTES("GET " target " HTTP/1.1\r\n" HOST "\r\n")
#define SELECT(selector) ASK(METRIC "?labelSelector=" selector)
#define HEADERS(lines) BYTES("GET " METRIC " HTTP/1.1\r\n" lines "\r\n")
#define ACCEPT(target, value) BYTES("GET " target " HTTP/1.1\r\n" HOST "Accept: " value "\r\n\r\n")
#define METHOD(name, target) BYTES(name " " target " HTTP/1.1\r\n" HOST "\r\n")
#define MEDIA_TYPES "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf"
#define NO_RESOURCE "the server could not find the requested resource"

static const struct {
    const char *bytes;
    size_t len;
    int code;
    const char *reason;  /* NULL: the answer is no Status */
    const char *message; /* part of it */
} cases[] = {
    /* paths */
    {ASK("*"), 400, "BadRequest", "must be a path"},
    {ASK("livez"), 400, "BadRequest", "must be a path"},
    {ASK("https://adapter/livez"), 400, "BadRequest", "must be a path"},
    {ASK("/a%"), 400, "BadRequest", "two hexadecimal digits"},
    {ASK("/a%4"), 400, "BadRequest", "two hexadecimal digits"},
    {ASK("/a%4g"), 400, "BadRequest", "two hexadecimal digits"},
    {ASK("/a%zz"), 400, "BadRequest", "two hexadecimal digits"},
    {ASK(GV "/namespaces/coder/queue%00depth"), 400, "BadRequest", "a NUL cannot be part"},
    {ASK(GV "/namespaces/coder/queue%2Fdepth"), 400, "BadRequest", "a slash cannot be part"},
    {ASK("/li\xc3\xb6"), 400, "BadRequest", "must be percent-encoded"},
    {ASK("/a\x01"), 400, "BadRequest", "must be percent-encoded"},
    {ASK("/a\x7f"), 400, "BadRequest", "must be percent-encoded"},
    {ASK("//"), 404, "NotFound", "empty, \".\" or \"..\" segment"},
    {ASK("//livez"), 404, "NotFound", "empty, \".\" or \"..\" segment"},
    {ASK(GV "//queue_depth"), 404, "NotFound", "empty, \".\" or \"..\" segment"},
    {ASK(GV "/namespaces//queue_depth"), 404, "NotFound", "empty, \".\" or \"..\" segment"},
    {ASK(GV "/namespaces/./queue_depth"), 404, "NotFound", "empty, \".\" or \"..\" segment"},
    {ASK(GV "/namespaces/x/../coder/queue_depth"), 404, "NotFound", "empty, \".\" or \"..\" segment"},
    {ASK(GV "/namespaces/%2e%2E/queue_depth"), 404, "NotFound", "empty, \".\" or \"..\" segment"},
    {ASK("/a/b/c/d/e/f/g/h/i"), 404, "NotFound", "more than 8 segments"},
    {ASK("/nosuch"), 404, "NotFound", NO_RESOURCE},
    {ASK("/LIVEZ"), 404, "NotFound", NO_RESOURCE},
    {ASK("/livez#fragment"), 404, "NotFound", NO_RESOURCE},
    {ASK("/api"), 404, "NotFound", NO_RESOURCE},
    {ASK("/apis/nothing.k8s.io"), 404, "NotFound", NO_RESOURCE},
    {ASK("/apis/external.metrics.k8s.io/v1"), 404, "NotFound", NO_RESOURCE},
    {ASK(GV "/watch/namespaces/coder/queue_depth"), 404, "NotFound", NO_RESOURCE},
    {ASK(METRIC "/one/two"), 404, "NotFound", NO_RESOURCE},
    {ASK(METRIC "/nosuch"), 404, "NotFound", "queue_depth.external.metrics.k8s.io \"nosuch\" not found"},
    {ASK(METRIC "/a%0Ab"), 404, "NotFound", "\"a\\nb\" not found"},
    {ASK(GV "/namespaces"), 404, "NotFound", "could not find the metric namespaces for all namespaces"},
    {ASK(GV "/namespaces/coder/"), 404, "NotFound", "could not find the metric namespaces for all namespaces"},
    {ASK(GV "/namespaces/coder/nosuch"), 404, "NotFound", "could not find the metric nosuch for namespace coder"},
    {ASK(GV "/namespaces/coder/no%0Asuch"), 404, "NotFound", "could not find the metric no\\nsuch"},
    {ASK(GV "/namespaces/coder/%C3%B6"), 404, "NotFound", "could not find the metric \xc3\xb6"},
    {ASK(GV "/namespaces/coder/%FF"), 404, "NotFound", "could not find the metric \\xff"},
    {ASK(GV "/namespaces/coder/adapter_polls_total"), 404, "NotFound", "could not find the metric adapter_polls_total"},
    {ASK("/livez/nosuch"), 404, "NotFound", NO_RESOURCE},
    /* queries */
    {ASK(METRIC "?x=%zz"), 400, "BadRequest", "two hexadecimal digits"},
    {ASK(METRIC "?%"), 400, "BadRequest", "two hexadecimal digits"},
    {ASK(METRIC "?x=%00"), 400, "BadRequest", "a NUL cannot be part"},
    {ASK(METRIC "?%00"), 400, "BadRequest", "a NUL cannot be part"},
    {ASK(METRIC "?labelSelector=a%3Db;c=d"), 400, "BadRequest", "has a \";\""},
    {ASK(METRIC "?limit=abc"), 400, "BadRequest", "strconv.ParseInt: parsing \"abc\": invalid syntax"},
    {ASK(METRIC "?limit="), 400, "BadRequest", "strconv.ParseInt: parsing \"\""},
    {ASK(METRIC "?limit=9223372036854775808"), 400, "BadRequest", "parsing \"9223372036854775808\": value out of range"},
    {ASK(METRIC "?limit=-99999999999999999999"), 400, "BadRequest", "value out of range"},
    {ASK(METRIC "?limit=%2B"), 400, "BadRequest", "parsing \"+\": invalid syntax"},
    {ASK(METRIC "?limit=1%0A2"), 400, "BadRequest", "parsing \"1\\n2\""},
    {ASK(METRIC "?timeoutSeconds=1s"), 400, "BadRequest", "strconv.ParseInt: parsing \"1s\""},
    {ASK(METRIC "?timeout=abc"), 400, "BadRequest", "time: invalid duration \"abc\""},
    {ASK(METRIC "?timeout=-1s"), 400, "BadRequest", "time: invalid duration \"-1s\""},
    {ASK(METRIC "?timeout=5"), 400, "BadRequest", "time: invalid duration \"5\""},
    {ASK(METRIC "?fieldSelector=metadata.name%3Dx"), 400, "BadRequest", "fieldSelector 'metadata.name=x' is not supported"},
    {ASK(METRIC "?fieldSelector=x"), 400, "BadRequest", "fieldSelector 'x' is not supported"},
    {ASK(METRIC "?resourceVersionMatch=Foo"), 422, "Invalid", "Unsupported value: \"Foo\""},
    {ASK(METRIC "?watch=true"), 405, "MethodNotAllowed", "watch is not supported on resources of kind \"*.external.metrics.k8s.io\""},
    {ASK(METRIC "?watch=1"), 405, "MethodNotAllowed", "watch is not supported"},
    {ASK(METRIC "?watch=maybe"), 405, "MethodNotAllowed", "watch is not supported"},
    {ASK(METRIC "?watch"), 405, "MethodNotAllowed", "watch is not supported"},
    {ACCEPT(METRIC "?watch=true", "application/json;as=Table;v=v1;g=meta.k8s.io"), 405, "MethodNotAllowed", "watch is not supported"},
    {ACCEPT(METRIC "?includeObject=all", "application/json;as=Table;v=v1;g=meta.k8s.io"), 400, "BadRequest",
     "Unable to convert to Table as requested: includeObject: Invalid value: \"all\""},
    {ASK(GV "/namespaces/coder/provisioner_daemons"), 400, "BadRequest", "label status may not be summed"},
    /* selectors */
    {SELECT("%2C"), 400, "BadRequest", "found ',', expected: !, identifier, or 'end of string'"},
    {SELECT("%3D"), 400, "BadRequest", "found '=', expected"},
    {SELECT("%3D%3D"), 400, "BadRequest", "found '==', expected"},
    {SELECT("a,"), 400, "BadRequest", "found '', expected: identifier after ','"},
    {SELECT("a,,b"), 400, "BadRequest", "found ',', expected: identifier after ','"},
    {SELECT("a+b"), 400, "BadRequest", "found 'b'"},
    {SELECT("a+in+b"), 400, "BadRequest", "unable to parse requirement: found 'b' expected: '('"},
    {SELECT("a+in+(b"), 400, "BadRequest", "unable to parse requirement"},
    {SELECT("a+in"), 400, "BadRequest", "unable to parse requirement"},
    {SELECT("a+notin+b)"), 400, "BadRequest", "unable to parse requirement"},
    {SELECT("(a)"), 400, "BadRequest", "found '('"},
    {SELECT("!"), 400, "BadRequest", "unable to parse requirement"},
    {SELECT("!a%3Db"), 400, "BadRequest", "found '='"},
    {SELECT("a%3D%3D%3Db"), 400, "BadRequest", "unable to parse requirement"},
    {SELECT("a%3D%25%25"), 400, "BadRequest", "Invalid value: \"%%\": a valid label must be"},
    {SELECT("-a%3Db"), 400, "BadRequest", "Invalid value: \"-a\": name part must consist of"},
    {SELECT("a/b/c%3Dd"), 400, "BadRequest", "unable to parse requirement: <nil>: Invalid value: \"a/b/c\": a valid label key must"},
    {SELECT("/a%3Db"), 400, "BadRequest", "unable to parse requirement: <nil>: Invalid value: \"/a\": prefix part must be non-empty"},
    {SELECT("A_/%3Db"), 400, "BadRequest",
     "is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'); name part must be non-empty"},
    {SELECT("a%22%5C%3Db"), 400, "BadRequest", "Invalid value: \"a\\\"\\\\\": name part must"},
    {SELECT("a%3Eb"), 400, "BadRequest", "unable to parse requirement"},
    {SELECT("a%3E99999999999999999999"), 400, "BadRequest", "unable to parse requirement"},
    {SELECT("%01%3Db"), 400, "BadRequest", "Invalid value: \"\\x01\""},
    {SELECT("a%3D%FF"), 400, "BadRequest", "values[0][a]: Invalid value: \"\\xff\""},
    /* headers */
    {BYTES(LINE "\r\n"), 400, "BadRequest", "exactly one Host"},
    {HEADERS(HOST HOST), 400, "BadRequest", "exactly one Host"},
    {HEADERS(HOST "Content-Length: 5\r\n\r\nabcde"), 400, "BadRequest", "with a body is refused"},
    {HEADERS(HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n"), 400, "BadRequest", "with a body is refused"},
    {HEADERS(HOST "Transfer-Encoding: gzip\r\n"), 400, "BadRequest", "the only Transfer-Encoding is chunked"},
    {HEADERS(HOST "Content-Length: 0\r\nContent-Length: 0\r\n"), 400, "BadRequest", "more than one Content-Length"},
    {HEADERS(HOST "X-Remote-User: ad\r\n\tmin\r\n"), 400, "BadRequest", "malformed: folded"},
    {HEADERS("Host: a\nX: y\r\n"), 400, "BadRequest", "malformed: folded"},
    {HEADERS(HOST "X: a\rb\r\n"), 400, "BadRequest", "control character"},
    {HEADERS(HOST "X-Remote-User: admin\0foo\r\n"), 400, "BadRequest", "NUL"},
    {HEADERS(HOST "X Y: z\r\n"), 400, NULL, NULL /* the library's own page */},
    {HEADERS(HOST ": z\r\n"), 400, "BadRequest", "the headers do not end where they should"},
    {HEADERS(HOST "X: \x01\r\n"), 400, "BadRequest", "control character"},
    {BYTES("GET  " METRIC " HTTP/1.1\r\n" HOST "\r\n"), 400, "BadRequest", "one blank between"},
    {BYTES("GET " METRIC " HTTP/1.7\r\n" HOST "\r\n"), 505, "HTTPVersionNotSupported", "only HTTP/1.1"},
    /* methods */
    {METHOD("POST", METRIC), 405, "MethodNotAllowed", "does not allow this method"},
    {METHOD("PUT", METRIC), 405, "MethodNotAllowed", "does not allow this method"},
    {METHOD("PATCH", METRIC "/name"), 405, "MethodNotAllowed", "does not allow this method"},
    {METHOD("DELETE", METRIC), 405, "MethodNotAllowed", "does not allow this method"},
    {METHOD("DELETE", GV), 405, "MethodNotAllowed", "does not allow this method"},
    {METHOD("OPTIONS", METRIC), 405, "MethodNotAllowed", "does not allow this method"},
    {METHOD("get", METRIC), 405, "MethodNotAllowed", "does not allow this method"},
    {METHOD("POST", "/nosuch"), 404, "NotFound", NO_RESOURCE},
    {METHOD("G@T", METRIC), 400, "BadRequest", "not a token"},
    /* Accept */
    {ACCEPT(METRIC, "text/html"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "application/xml;q=0.9"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "application/cbor"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "application/json;q=0"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "application/json;q=2"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "application/json;q=x"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "*/json"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, ",;/garbage"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, ";;;,,,="), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "json"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "application/json;as=Table;v=v2;g=meta.k8s.io"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "application/json;as=Table"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC, "application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT(METRIC "/red.acme.workspace--build", "text/html"), 406, "NotAcceptable", "accepted: application/json, application/yaml"},
    {ACCEPT(GV, "application/json;as=Table;v=v1;g=meta.k8s.io"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT("/apis", "application/json;g=apidiscovery.k8s.io;v=v3;as=APIGroupDiscoveryList"), 406, "NotAcceptable", MEDIA_TYPES},
    {ACCEPT("/openapi/v2", "text/html"), 406, "NotAcceptable", "accepted: application/json"},
    {ACCEPT("/version", "text/html"), 406, "NotAcceptable", "accepted: application/json"},
};

enum { ROWS_OF_ONE_SERVER = 32, SERVERS = (ARRAY_LEN(cases) + ROWS_OF_ONE_SERVER - 1) / ROWS_OF_ONE_SERVER };

static void setup(void)
{
    start_server(&usual_limits);
}

static void check_status(const struct exchange *exchange, int code, const char *reason, const char *message)
{
    json_error_t why;
    json_t *status;

    ck_assert_msg(exchange->status == code, "%d %s", exchange->status, buffer_text(&exchange->body));
    ck_assert_msg(strcasestr(buffer_text(&exchange->head), "\r\nContent-Type: application/json\r\n") != NULL, "%s", exchange->head.data);
    ck_assert_ptr_null(strcasestr(buffer_text(&exchange->head), "\r\nRetry-After:")); /* client-go would wait */
    status = json_loadb(buffer_text(&exchange->body), exchange->body.len, 0, &why);
    ck_assert_msg(status != NULL, "%s: %s", why.text, buffer_text(&exchange->body));
    ck_assert_str_eq(json_text_at(status, "kind"), "Status");
    ck_assert_str_eq(json_text_at(status, "apiVersion"), "v1");
    ck_assert_str_eq(json_text_at(status, "status"), "Failure");
    ck_assert_str_eq(json_text_at(status, "reason"), reason);
    ck_assert_int_eq(json_integer_value(json_object_get(status, "code")), code);
    ck_assert_msg(!message || strstr(json_text_at(status, "message"), message) != NULL, "%s", json_text_at(status, "message"));
    json_decref(status);
}

static void check_server_lives(void)
{
    struct exchange exchange = connect_now();

    raw_send(&exchange.client, BYTES(GOOD));
    ck_assert_int_eq(read_next(&exchange), 200);
    disconnect(&exchange);
}

static void check_row(size_t row)
{
    struct exchange exchange = connect_now();

    raw_send(&exchange.client, cases[row].bytes, cases[row].len);
    ck_assert_msg(read_next(&exchange) == cases[row].code, "%s: %d %s", cases[row].bytes, exchange.status, buffer_text(&exchange.body));
    if (cases[row].reason)
        check_status(&exchange, cases[row].code, cases[row].reason, cases[row].message);
    disconnect(&exchange);
}

/* One server for many rows: under a sanitizer a start costs more than all of them. */
START_TEST(gets_its_status)
{
    size_t first = (size_t)_i * ROWS_OF_ONE_SERVER;

    for (size_t row = first; row < first + ROWS_OF_ONE_SERVER && row < ARRAY_LEN(cases); row++)
        check_row(row);
    check_server_lives();
}
END_TEST

/* Too much of what is fine in small amounts: before, n times again, behind. */
static const struct {
    const char *before, *again;
    size_t n;
    const char *behind;
    int code;
    const char *reason, *message;
} excesses[] = {
    {"GET /", "a", 12288, " HTTP/1.1\r\n" HOST "\r\n", 414, "RequestURITooLong", "longer than 12288 bytes"},
    {"GET /", "a/", 4096, " HTTP/1.1\r\n" HOST "\r\n", 404, "NotFound", "more than 8 segments"},
    {"GET " METRIC "?a", "&a", 64, " HTTP/1.1\r\n" HOST "\r\n", 400, "BadRequest", "more than 64 parameters"},
    {"GET " METRIC "?a", "&a", 5000, " HTTP/1.1\r\n" HOST "\r\n", 400, "BadRequest", "more than 64 parameters"},
    {"GET " METRIC "?", "&", 12000, " HTTP/1.1\r\n" HOST "\r\n", 200, NULL, NULL},
    {"GET " METRIC "?labelSelector=a", ",a", 64, " HTTP/1.1\r\n" HOST "\r\n", 400, "BadRequest", "64"},
    {"GET " METRIC "?labelSelector=", "a", 64, " HTTP/1.1\r\n" HOST "\r\n", 400, "BadRequest", "name part must be no more than 63"},
    {"GET " METRIC "?labelSelector=", "(", 4096, " HTTP/1.1\r\n" HOST "\r\n", 400, "BadRequest", "found '('"},
    {"GET " METRIC "?labelSelector=", "!", 4096, " HTTP/1.1\r\n" HOST "\r\n", 400, "BadRequest", NULL},
    {"GET " METRIC " HTTP/1.1\r\n" HOST "Accept: ", "x/y,", 2000, "\r\n\r\n", 406, "NotAcceptable", NULL},
    {"GET " METRIC " HTTP/1.1\r\n" HOST "Accept: application/json", ";", 4000, "x\r\n\r\n", 200, NULL, NULL},
    {"GET " METRIC " HTTP/1.1\r\n" HOST "X: ", "y", 16384, "\r\n\r\n", 431, "RequestHeaderFieldsTooLarge", "serving.limits.headerBytes"},
    /* what does not fit into a connection's memory gets the library's own page */
    {"GET " METRIC " HTTP/1.1\r\n" HOST, "a: b\r\n", 1000, "\r\n", 431, NULL, NULL},
};

static void check_excess(size_t row)
{
    CLEANUP(buffer_clear) struct buffer request = BUFFER_INIT(65536);
    struct exchange exchange = connect_now();

    (void)buffer_add_text(&request, excesses[row].before);
    for (size_t i = 0; i < excesses[row].n; i++)
        (void)buffer_add_text(&request, excesses[row].again);
    (void)buffer_add_text(&request, excesses[row].behind);
    raw_send(&exchange.client, request.data, request.len);
    ck_assert_msg(read_next(&exchange) == excesses[row].code, "row %zu: %d %s", row, exchange.status, buffer_text(&exchange.body));
    if (excesses[row].reason)
        check_status(&exchange, excesses[row].code, excesses[row].reason, excesses[row].message);
    disconnect(&exchange);
}

START_TEST(too_much_gets_its_status)
{
    for (size_t row = 0; row < ARRAY_LEN(excesses); row++)
        check_excess(row);
    check_server_lives();
}
END_TEST

Suite *bad_input_suite(void)
{
    Suite *suite = suite_create("bad_input");
    TCase *tcase = tcase_create("bad_input");

    tcase_add_checked_fixture(tcase, setup, stop_server);
    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, gets_its_status, 0, SERVERS);
    tcase_add_test(tcase, too_much_gets_its_status);
    suite_add_tcase(suite, tcase);
    return suite;
}
