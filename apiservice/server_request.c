/* Requests: from the library's callbacks to api_answer and back. */
#include <stdlib.h>
#include <string.h>

#include "apiservice/request_head.h"
#include "apiservice/server_edge.h"

enum { ANSWER_TIMEOUT_MS = 30 * 1000 }; /* for a slow reader, and for what has to wait for the API server */

/* False: there is no memory for it. */
static bool keep_target(struct connection *connection, const char *target)
{
    size_t len = strlen(target);
    char *larger;

    if (len + 1 > connection->target_capacity) {
        larger = realloc(connection->target, len + 1);
        if (!larger)
            return false;
        connection->target = larger;
        connection->target_capacity = len + 1;
    }
    memcpy(connection->target, target, len + 1);
    connection->target_len = len;
    return true;
}

/* The library keeps 64 bytes for each argument of the query. Where its memory does not suffice it gives no answer, and nobody needs them:
 * the query is read from our copy. In its receive buffer it therefore ends here. */
static void hide_query(const char *target)
{
    char *query = strchr(target, '?');

    if (query && query[1] != '\0')
        query[1] = '\0';
}

/* The first sight of a request. Its target must be copied: the library decodes and splits it in place. */
void *server_on_target(void *context UNUSED, const char *target, struct MHD_Connection *mhd)
{
    struct connection *connection = server_connection_of(mhd);

    if (!connection)
        return NULL;
    server_connection_allow(connection, connection->server->limits.header_timeout_ms);
    if (!keep_target(connection, target))
        return NULL;
    hide_query(target);
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

struct header_visit {
    request_header_visitor *visit;
    void *context;
};

static enum MHD_Result visit_header(void *context, enum MHD_ValueKind kind UNUSED, const char *name, const char *value)
{
    const struct header_visit *visit = context;

    visit->visit(visit->context, name, value ? value : "");
    return MHD_YES;
}

static void each_header(const struct request *request, request_header_visitor *visit, void *context)
{
    struct header_visit header = {visit, context};

    (void)MHD_get_connection_values(request->connection, MHD_HEADER_KIND, visit_header, &header);
}

/* On the loop's thread, or a server thread's. The library then calls the handler again, on the connection's own thread. */
static void resume(void *context)
{
    MHD_resume_connection(context);
}

static bool is_one_too_many(const struct connection *connection)
{
    return connection->ticket.started_us == 0 && /* it is not one that waited already */
           atomic_load(&connection->server->in_flight) > connection->server->limits.requests_in_flight;
}

/* Fills the response, unless it has to wait. */
static enum api_outcome answer(struct connection *connection, const struct request *request, struct response *response)
{
    enum api_outcome outcome;

    server_connection_note_peer(connection, request->connection);
    outcome = api_answer(connection->server->api, request, response);
    if (client_peer_is_verified(&connection->peer))
        server_connection_uncount(connection);
    return outcome;
}

static enum MHD_Result send_and_clear(struct connection *connection, struct MHD_Connection *mhd, struct response *response)
{
    enum MHD_Result sent;

    /* While shutting down clients should find another replica. */
    response->close = connection->ends || api_is_shutting_down(connection->server->api);
    sent = send_response(mhd, response);
    response_clear(response);
    return sent;
}

/* Suspended first and only then handed over: the other order would make the library spin. */
static enum MHD_Result answer_or_wait(struct connection *connection, struct MHD_Connection *mhd, const char *method)
{
    const struct request request = {.method = method,
                                    .target = connection->target,
                                    .header = find_header,
                                    .each_header = each_header,
                                    .connection = mhd,
                                    .peer = &connection->peer,
                                    .ticket = &connection->ticket,
                                    .read_ticket = &connection->read_ticket,
                                    .one_too_many = is_one_too_many(connection)};
    struct response response;

    response_init(&response);
    server_connection_allow(connection, ANSWER_TIMEOUT_MS);
    if (answer(connection, &request, &response) == API_ANSWERED)
        return send_and_clear(connection, mhd, &response);
    response_clear(&response);
    MHD_suspend_connection(mhd);
    api_wait(connection->server->api, &request, resume, mhd);
    return MHD_YES;
}

static enum MHD_Result refuse(struct connection *connection, struct MHD_Connection *mhd, const struct request_head *head)
{
    struct response response;

    response_init(&response);
    server_connection_allow(connection, ANSWER_TIMEOUT_MS);
    api_refuse(connection->server->api, head->code, head->problem, &response);
    return send_and_clear(connection, mhd, &response);
}

/* The head is complete. What is malformed or may have a body is answered at once, if it can be, which makes the library end the
 * connection; so is what expects a 100 Continue, after which the library would take the next request for a body. For all others it calls
 * again, and the connection lives on. */
static enum MHD_Result begin_request(struct connection *connection, struct MHD_Connection *mhd, const struct request_line *line)
{
    struct request_head head;

    connection->in_flight = true;
    (void)atomic_fetch_add(&connection->server->in_flight, 1);
    check_head(mhd, line, connection->server->limits.header_bytes, &head);
    connection->ends = head.problem || head.has_body || !head.has_safe_method || head.expects;
    if (head.problem)
        return refuse(connection, mhd, &head);
    return connection->ends ? answer_or_wait(connection, mhd, line->method) : MHD_YES;
}

/* NOLINTNEXTLINE(readability-function-size): the library gives the parameters */
enum MHD_Result server_on_request(void *context UNUSED, struct MHD_Connection *mhd, const char *url UNUSED, const char *method,
                                  const char *version, const char *upload, size_t *upload_size UNUSED, void **request_context)
{
    struct connection *connection = *request_context;

    if (!connection)
        return MHD_NO; /* there was no memory for its target */
    if (!connection->in_flight) {
        const struct request_line line = {
            .method = method, .version = version, .target = connection->target, .target_len = connection->target_len};

        return begin_request(connection, mhd, &line);
    }
    if (upload)
        return MHD_NO; /* never seen: a request with a body has its answer before the library reads it */
    return answer_or_wait(connection, mhd, method);
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
    access_ticket_reset(&connection->ticket);
    connection->read_ticket = (struct read_ticket){0};
    *request_context = NULL;
    server_connection_allow(connection, connection->server->limits.idle_timeout_ms);
}
