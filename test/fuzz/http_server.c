/* http_server.c - the whole server on a loopback socket: bytes that any client may send, in pieces, pipelined, with an end.
 *
 * Input    four bytes, then what is sent. The first byte's lowest bit: the client waits for the answers to what it has sent so far before
 *          it sends the next piece, and before it ends; else it sends all and ends. The other three: where the bytes are cut, in 256ths
 * Laws     every answer is well-formed, of a known status and with exactly the body that it announces; each request that a strict reading
 *          finds has one answer, in order, and the one that it has on a connection of its own; what follows the last of them, be it
 *          unfinished or ambiguous, is refused once at most, and then nothing is answered any more; after all this the server still says
 *          the right value to another client */
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "test/fuzz/fuzz.h"
#include "test/fuzz/http_answer.h"
#include "test/fuzz/loopback_server.h"
#include "test/fuzz/strict_head.h"

enum { PREFIX = 4, CUTS = 3, REQUESTS_MAX = 256, ALONE_MAX = 4 };

/* --- What a strict reading finds in the bytes --- */

struct request_bytes {
    size_t at;
    struct strict_head head;
};

struct stream {
    char *text; /* ends at a NUL */
    size_t len;
    struct request_bytes requests[REQUESTS_MAX];
    size_t n;
    bool has_rest; /* bytes behind the last request that belong to none */
    bool is_blind; /* the rest may have what the library takes for line ends, and we cannot tell apart any more (request_head.c) */
};

static void read_stream(const uint8_t *data, size_t size, struct stream *out)
{
    bool ended = false;
    size_t at = 0;

    *out = (struct stream){.text = strndup((const char *)data, size), .len = size};
    LAW(out->text);
    out->is_blind = memchr(data, '\0', size) || memmem(data, size, "\n:", 2);
    while (out->n < REQUESTS_MAX && !ended && at < strlen(out->text)) {
        struct request_bytes *request = &out->requests[out->n];

        /* RFC 9112 2.2: empty lines before a request are none of it; the library takes a line feed alone for one. */
        while (strncmp(out->text + at, "\r\n", 2) == 0 || out->text[at] == '\n')
            at += out->text[at] == '\n' ? 1 : 2;
        if (!strict_head_read(out->text + at, &request->head))
            break;
        request->at = at;
        at += request->head.len;
        ended = request->head.ends || request->head.len > SERVER_HEAD_MAX;
        out->n++;
    }
    out->has_rest = !ended && at < size;
}

/* --- The answers --- */

static bool is_known(int status)
{
    static const int known[] = {200, 304, 400, 404, 405, 406, 413, 414, 422, 431, 503, 505};

    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i] == status)
            return true;
    return false;
}

static bool is_refusal(int status)
{
    return status == 400 || status == 405 || status == 413 || status == 414 || status == 431 || status == 505;
}

static enum http_reading next_answer(const struct client *client, size_t *at, bool without_body, struct http_answer *out)
{
    enum http_reading reading = http_answer_read(buffer_text(&client->received) + *at, client->received.len - *at, without_body, out);

    if (reading == HTTP_WHOLE)
        *at += out->head_len + (without_body || out->status == 304 ? 0 : out->body_len);
    return reading;
}

/* Until the first requests have their answers, or the server has ended. */
static void await_answers(struct client *client, const struct stream *stream, size_t requests)
{
    struct http_answer answer;
    size_t at = 0;

    for (size_t i = 0; i < requests; i++)
        while (next_answer(client, &at, stream->requests[i].head.head, &answer) == HTTP_CUT)
            if (!client_receive(client))
                return;
}

/* --- The other client --- */

static struct client *other_client(void)
{
    static struct client client;

    if (client.tls && client.ended)
        client_close(&client);
    if (!client.tls || client.ended)
        client_open(&client);
    return &client;
}

/* One request and its answer, which stands in the client's buffer until the next. */
static struct http_answer ask(const char *bytes, size_t len, bool without_body)
{
    struct http_answer answer;
    struct client *client;
    size_t at;

    do { /* the server may have ended the connection after the answer before */
        client = other_client();
        buffer_reset(&client->received);
        client_send(client, bytes, len);
        for (at = 0; next_answer(client, &at, without_body, &answer) == HTTP_CUT && client_receive(client);)
            ;
    } while (client->received.len == 0);
    LAW(at == client->received.len && at > 0);
    return answer;
}

static void law_lives_on(void)
{
    static const char request[] = "GET " SERVER_METRIC " HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char value[] = "\"timestamp\":\"2026-01-02T03:04:05Z\",\"value\":\"42\"";
    struct http_answer answer = ask(request, sizeof(request) - 1, false);

    LAW(answer.status == 200 && memmem(answer.body, answer.body_len, value, sizeof(value) - 1));
}

/* What is the same at any time. */
static bool has_steady_body(const char *request)
{
    const char *target = strchr(request, ' ') + 1;

    return strncmp(target, "/metrics", 8) != 0 && strncmp(target, "/explain", 8) != 0;
}

static void law_as_if_alone(const char *request, const struct strict_head *head, const struct http_answer *answer)
{
    struct http_answer alone = ask(request, head->len, head->head);

    LAW(alone.status == answer->status);
    if (!has_steady_body(request))
        return;
    LAW(alone.body_len == answer->body_len);
    LAW(head->head || answer->status == 304 || memcmp(alone.body, answer->body, alone.body_len) == 0);
}

/* --- Laws of one connection --- */

/* Where the library itself refuses a Content-Length it writes the head twice (0.9.75); the connection ends with it. */
static size_t skip_doubled_head(const struct client *client, size_t at)
{
    const char *text = buffer_text(&client->received) + at, *end = strstr(text, "\r\n\r\n");
    size_t len = end ? (size_t)(end + 4 - text) : 0;

    return len > 0 && strstr(text, "\r\nConnection: close\r\n") && strncmp(text, text + len, len) == 0 ? at + len : at;
}

/* An answer to we do not know what: without a body when another answer, or nothing, follows its head. */
static struct http_answer law_some_answer(const struct client *client, size_t *at)
{
    const char *text, *end;
    struct http_answer answer;

    *at = skip_doubled_head(client, *at);
    text = buffer_text(&client->received) + *at;
    end = strstr(text, "\r\n\r\n");
    LAW(end && next_answer(client, at, end[4] == '\0' || strncmp(end + 4, "HTTP/1.1 ", 9) == 0, &answer) == HTTP_WHOLE);
    return answer;
}

/* Bytes behind the requests: unfinished, malformed or ambiguous. Those that we cannot read as the library does may be requests to it. */
static void law_refused_once(const struct client *client, size_t at, bool is_blind)
{
    while (is_blind && at < client->received.len)
        LAW(is_known(law_some_answer(client, &at).status));
    if (at < client->received.len)
        LAW(is_refusal(law_some_answer(client, &at).status));
    LAW(at == client->received.len);
}

/* waits: the client has not ended before. The library may end a connection that its client has half ended before all is sent. */
static void law_answered(const struct client *client, const struct stream *stream, bool waits)
{
    bool may_end = false;
    size_t at = 0;

    for (size_t i = 0; i < stream->n; i++) {
        const struct strict_head *head = &stream->requests[i].head;
        struct http_answer answer;
        enum http_reading reading;

        if (may_end && at == client->received.len)
            return;
        reading = next_answer(client, &at, head->head, &answer);
        if (!waits && reading == HTTP_CUT)
            return;
        LAW(reading == HTTP_WHOLE);
        LAW(is_known(answer.status));
        LAW((answer.status == 431) == (head->len > SERVER_HEAD_MAX));
        if (i < ALONE_MAX)
            law_as_if_alone(stream->text + stream->requests[i].at, head, &answer);
        may_end = may_end || head->may_end;
    }
    LAW(stream->has_rest || at == client->received.len);
    law_refused_once(client, at, stream->is_blind);
}

static size_t requests_before(const struct stream *stream, size_t end)
{
    size_t n = 0;

    while (n < stream->n && stream->requests[n].at + stream->requests[n].head.len <= end)
        n++;
    return n;
}

static bool waits_between(const uint8_t *prefix)
{
    return (prefix[0] & 1) != 0;
}

static void send_pieces(struct client *client, const uint8_t *prefix, const uint8_t *bytes, const struct stream *stream)
{
    bool waits = waits_between(prefix);
    size_t sent = 0;

    for (size_t i = 0; i <= CUTS; i++) {
        size_t end = i < CUTS ? stream->len * prefix[1 + i] / 256 : stream->len;

        if (end <= sent)
            continue;
        client_send(client, (const char *)bytes + sent, end - sent);
        sent = end;
        if (waits)
            await_answers(client, stream, requests_before(stream, sent));
    }
    client_end_sending(client);
    while (client_receive(client))
        ;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct stream stream;
    struct client client;

    if (size < PREFIX)
        return 0;
    read_stream(data + PREFIX, size - PREFIX, &stream);
    client_open(&client);
    send_pieces(&client, data, data + PREFIX, &stream);
    law_answered(&client, &stream, waits_between(data));
    client_close(&client);
    free(stream.text);
    law_lives_on();
    return 0;
}
