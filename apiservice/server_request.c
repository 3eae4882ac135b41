/* Requests: from the library's callbacks to api_answer and back. */
#include <stdlib.h>
#include <string.h>

#include "apiservice/request_head.h"
#include "apiservice/server_edge.h"

enum { ANSWER_TIMEOUT_MS = 30 * 1000 }; /* for a slow reader */

/* The first sight of a request. Its target must be copied: the library decodes and splits it in place. */
void *server_on_target(void *context UNUSED, const char *target, struct MHD_Connection *mhd)
{
    struct connection *connection = server_connection_of(mhd);
    size_t len = strlen(target);
    char *larger;

    if (!connection)
        return NULL;
    server_connection_allow(connection, connection->server->limits.header_timeout_ms);
    if (len + 1 > connection->target_capacity) {
        larger = realloc(connection->target, len + 1);
        if (!larger)
            return NULL;
        connection->target = larger;
        connection->target_capacity = len + 1;
    }
    memcpy(connection->target, target, len + 1);
    connection->target_len = len;
    return connection;
}

/* Switches the library's own decoding off. */
size_t server_keep_escapes(void *context UNUSED, struct MHD_Connection *mhd UNUSED, char *text)
{
    return strlen(text);
}

/* NOLINTNEXTLINE(readability-function-size): the library gives the parameters */
static enum MHD_Result check_header(void *context, enum MHD_ValueKind kind UNUSED, const char *name, size_t name_len, const char *value,
                                    size_t value_len)
{
    const struct request_header header = {.name = name, .value = value, .name_len = name_len, .value_len = value_len};

    request_head_header(context, &header);
    return MHD_YES;
}

static void check_head(struct MHD_Connection *mhd, const struct request_line *line, size_t most, struct request_head *head)
{
    const union MHD_ConnectionInfo *found = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    size_t size = found ? found->header_size : SIZE_MAX;

    request_head_begin(head, line);
    if (size > most) {
        head->code = 431;
        head->problem = "the request's head is larger than serving.limits.headerBytes";
        return;
    }
    (void)MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, check_header, head);
    request_head_end(head, size);
}

static const char *find_header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* libmicrohttpd takes the bytes of the body over. */
static enum MHD_Result send_response(struct MHD_Connection *mhd, struct response *response)
{
    struct buffer body = buffer_move(&response->body);
    struct MHD_Response *out = MHD_create_response_from_buffer(body.len, body.data, MHD_RESPMEM_MUST_FREE);
    enum MHD_Result sent;

    if (!out) {
        buffer_clear(&body);
        return MHD_NO;
    }
    if (response->content_type)
        (void)MHD_add_response_header(out, "Content-Type", response->content_type);
    (void)MHD_add_response_header(out, "Cache-Control", response->cache_control ? response->cache_control : "no-cache, private");
    for (size_t i = 0; i < response->n_headers; i++)
        (void)MHD_add_response_header(out, response->headers[i].name, response->headers[i].value);
    if (response->close)
        (void)MHD_add_response_header(out, "Connection", "close");
    sent = MHD_queue_response(mhd, (unsigned)response->status, out);
    MHD_destroy_response(out);
    return sent;
}

/* Fills the response. */
static void answer(struct connection *connection, const struct request *request, const struct request_head *head, struct response *response)
{
    struct api_server *server = connection->server;

    if (head && head->problem)
        api_refuse(server->api, head->code, head->problem, response);
    else if (atomic_load(&server->in_flight) > server->limits.requests_in_flight)
        api_refuse(server->api, 429, "too many requests at once, please try again later", response);
    else
        api_answer(server->api, request, response);
}

static enum MHD_Result answer_and_send(struct connection *connection, struct MHD_Connection *mhd, const char *method,
                                       const struct request_head *head)
{
    const struct request request = {.method = method, .target = connection->target, .header = find_header, .connection = mhd};
    struct response response;
    enum MHD_Result sent;

    response_init(&response);
    server_connection_allow(connection, ANSWER_TIMEOUT_MS);
    answer(connection, &request, head, &response);
    /* A body is not read to its end; and while shutting down clients should find another replica. */
    response.close = head || api_is_shutting_down(connection->server->api);
    sent = send_response(mhd, &response);
    response_clear(&response);
    return sent;
}

/* The head is complete. What is malformed or may have a body is answered at once, which makes the library end the connection;
 * for all others true: the library calls again, and the connection lives on. */
static bool begin_request(struct connection *connection, struct MHD_Connection *mhd, const struct request_line *line,
                          struct request_head *head)
{
    connection->in_flight = true;
    (void)atomic_fetch_add(&connection->server->in_flight, 1);
    check_head(mhd, line, connection->server->limits.header_bytes, head);
    return !head->problem && !head->has_body && head->has_safe_method;
}

/* NOLINTNEXTLINE(readability-function-size): the library gives the parameters */
enum MHD_Result server_on_request(void *context UNUSED, struct MHD_Connection *mhd, const char *url UNUSED, const char *method,
                                  const char *version, const char *upload UNUSED, size_t *upload_size, void **request_context)
{
    struct connection *connection = *request_context;
    struct request_line line;
    struct request_head head;

    if (!connection)
        return MHD_NO; /* there was no memory for its target */
    if (connection->in_flight) {
        *upload_size = 0;
        return answer_and_send(connection, mhd, method, NULL);
    }
    line = (struct request_line){.method = method, .version = version, .target_len = connection->target_len};
    if (begin_request(connection, mhd, &line, &head))
        return MHD_YES;
    return answer_and_send(connection, mhd, method, &head);
}

void server_on_completed(void *context UNUSED, struct MHD_Connection *mhd UNUSED, void **request_context,
                         enum MHD_RequestTerminationCode code UNUSED)
{
    struct connection *connection = *request_context;

    if (!connection)
        return;
    if (connection->in_flight)
        (void)atomic_fetch_sub(&connection->server->in_flight, 1);
    connection->in_flight = false;
    *request_context = NULL;
    server_connection_allow(connection, connection->server->limits.idle_timeout_ms);
}
