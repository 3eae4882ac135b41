#include "base/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/timestamp.h"

enum {
    IDLE_HANDLES_MAX = 8, /* kept for their TLS sessions */
    CONNECT_TIMEOUT_MS = 5000,
    IDLE_CONNECTION_SECONDS = 60, /* kube-apiserver closes idle ones after 90 */
    CA_CACHE_SECONDS = 60,        /* curl's default of a day would miss a rotated CA */
    RETRY_AFTER_MAX_MS = 3600000,
    TARGET_TEXT_MAX = 256,
};

struct http_transfer {
    struct http_client *client;
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    struct buffer body;
    http_done *done;
    http_head *on_head;
    http_data *on_data;
    void *context;
    bool too_large, head_seen, refused;
    char curl_error[CURL_ERROR_SIZE];
    char target[TARGET_TEXT_MAX]; /* "GET https://host/path", for error texts */
    struct http_transfer *next;
};

struct http_client {
    struct loop *loop;
    CURLM *multi;
    struct loop_timer *timer;
    struct http_transfer *running;
    CURL *idle[IDLE_HANDLES_MAX];
    size_t n_idle;
};

/* --- one transfer --- */

static void read_head(struct http_transfer *transfer, struct http_response *out);

static void tell_head(struct http_transfer *transfer)
{
    struct http_response head = {0};

    transfer->head_seen = true;
    read_head(transfer, &head);
    if (transfer->on_head)
        transfer->on_head(transfer->context, &head);
}

/* The empty line ends a head; that of a 1xx is followed by another.
 * NOLINTNEXTLINE(readability-non-const-parameter): the form that curl wants */
static size_t on_header(char *data, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;
    long status = 0;

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (data[0] == '\r' && status >= 200 && !transfer->head_seen)
        tell_head(transfer);
    return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct http_transfer *transfer = context;

    if (transfer->on_data) {
        transfer->refused = transfer->on_data(transfer->context, data, size * count) < 0;
        return transfer->refused ? 0 : size * count;
    }
    /* CURLOPT_MAXFILESIZE only looks at Content-Length: the limit is counted here. */
    if (buffer_append(&transfer->body, data, size * count) == 0)
        return size * count;
    transfer->too_large = transfer->body.len + size * count > transfer->body.limit;
    return 0;
}

static void transfer_free(struct http_transfer *transfer)
{
    struct http_client *client = transfer->client;
    struct http_transfer **at = &client->running;

    while (*at != transfer)
        at = &(*at)->next;
    *at = transfer->next;
    if (transfer->easy) {
        (void)curl_multi_remove_handle(client->multi, transfer->easy);
        if (client->n_idle < IDLE_HANDLES_MAX)
            client->idle[client->n_idle++] = transfer->easy;
        else
            curl_easy_cleanup(transfer->easy);
    }
    curl_slist_free_all(transfer->headers);
    curl_slist_free_all(transfer->connect_to);
    buffer_clear(&transfer->body);
    free(transfer);
}

void http_transfer_cancel(struct http_transfer *transfer)
{
    transfer_free(transfer);
}

static int add_headers(struct http_transfer *transfer, const char *const *headers)
{
    for (; headers && *headers; headers++) {
        struct curl_slist *longer = curl_slist_append(transfer->headers, *headers);

        if (!longer)
            return -1;
        transfer->headers = longer;
    }
    return 0;
}

/* curl's form is HOST:PORT:CONNECT-TO-HOST:CONNECT-TO-PORT, the first two empty: any. */
static int add_connect_to(struct http_transfer *transfer, const char *connect_to)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(TARGET_TEXT_MAX);

    if (!connect_to)
        return 0;
    if (buffer_printf(&text, "::%s", connect_to) < 0)
        return -1;
    transfer->connect_to = curl_slist_append(NULL, buffer_text(&text));
    return transfer->connect_to ? 0 : -1;
}

static bool set_request(CURL *easy, const struct http_request *request)
{
    bool ok = curl_easy_setopt(easy, CURLOPT_URL, request->url) == CURLE_OK;

    if (request->body) {
        ok = ok && curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len) == CURLE_OK;
        ok = ok && curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body) == CURLE_OK;
    }
    if (request->method)
        ok = ok && curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
    return ok && curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms) == CURLE_OK;
}

static bool set_blob(CURL *easy, CURLoption option, const char *pem)
{
    struct curl_blob blob = {.len = pem ? strlen(pem) : 0, .flags = CURL_BLOB_COPY};

    if (!pem)
        return true;
    memcpy(&blob.data, &pem, sizeof(blob.data)); /* curl copies; its member only lacks a const */
    return curl_easy_setopt(easy, option, &blob) == CURLE_OK;
}

/* 127.0.0.0/8 or ::1 in numbers: a name could be resolved to anything. */
static bool is_loopback_host(const char *host)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcmp(host, "[::1]") == 0;
}

static bool is_loopback_url(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    bool is = parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK && is_loopback_host(host);

    curl_free(host);
    curl_url_cleanup(parts);
    return is;
}

static int check_verification(const struct http_transfer *transfer, const struct http_request *request, struct error *err)
{
    if (!request->loopback_unverified || (is_loopback_url(request->url) && !request->connect_to))
        return 0;
    return error_set(err, ERROR_INVALID, "%s: the certificate can only go unverified at a loopback address in numbers, like 127.0.0.1",
                     transfer->target);
}

static bool set_verification(CURL *easy, const struct http_request *request)
{
    return !request->loopback_unverified || (curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
                                             curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK);
}

static bool set_tls(CURL *easy, const struct http_request *request)
{
    /* With a CA folder set (Debian's default) curl parses the whole system bundle for every connection. */
    bool ok = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK;

    ok = ok && curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, (long)CA_CACHE_SECONDS) == CURLE_OK;
    ok = ok && curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    if (request->ca_file && *request->ca_file)
        ok = ok && curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file) == CURLE_OK;
    ok = ok && set_blob(easy, CURLOPT_CAINFO_BLOB, request->ca_pem) && set_verification(easy, request);
    return ok && set_blob(easy, CURLOPT_SSLCERT_BLOB, request->client_cert_pem) &&
           set_blob(easy, CURLOPT_SSLKEY_BLOB, request->client_key_pem);
}

static bool set_rules(CURL *easy)
{
    static const struct {
        CURLoption option;
        long value;
    } longs[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_QUICK_EXIT, 1}, /* a hanging resolver thread must not block the loop */
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_TCP_KEEPALIVE, 1},
        {CURLOPT_MAXAGE_CONN, IDLE_CONNECTION_SECONDS},
    };
    bool ok = curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK;

    ok = ok && curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK;
    for (size_t i = 0; i < ARRAY_LEN(longs); i++)
        ok = ok && curl_easy_setopt(easy, longs[i].option, longs[i].value) == CURLE_OK;
    return ok;
}

static bool set_callbacks(CURL *easy, struct http_transfer *transfer)
{
    return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer->connect_to) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->curl_error) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers) == CURLE_OK;
}

static CURL *take_handle(struct http_client *client)
{
    CURL *easy;

    if (client->n_idle == 0)
        return curl_easy_init();
    easy = client->idle[--client->n_idle];
    curl_easy_reset(easy); /* keeps the TLS sessions */
    return easy;
}

static void describe(struct http_transfer *transfer, const struct http_request *request)
{
    struct buffer text = BUFFER_INIT(sizeof(transfer->target) - 1);

    (void)buffer_printf(&text, "%s ", request->method ? request->method : request->body ? "POST" : "GET");
    for (const char *c = request->url; *c && *c != '?' && text.len < text.limit; c++)
        (void)buffer_add_char(&text, *c);
    memcpy(transfer->target, buffer_text(&text), text.len + 1);
    buffer_clear(&text);
}

struct http_transfer *http_client_start(struct http_client *client, const struct http_request *request, http_done *done, void *context,
                                        struct error *err)
{
    struct http_transfer *transfer = calloc(1, sizeof(*transfer));

    if (!transfer) {
        error_no_memory(err);
        return NULL;
    }
    *transfer = (struct http_transfer){.client = client,
                                       .done = done,
                                       .on_head = request->on_head,
                                       .on_data = request->on_data,
                                       .context = context,
                                       .next = client->running};
    transfer->body = BUFFER_INIT(request->answer_limit);
    client->running = transfer;
    describe(transfer, request);
    if (check_verification(transfer, request, err) < 0) {
        transfer_free(transfer);
        return NULL;
    }
    transfer->easy = take_handle(client);
    if (!transfer->easy || add_headers(transfer, request->headers) < 0 || add_connect_to(transfer, request->connect_to) < 0 ||
        !set_rules(transfer->easy) || !set_request(transfer->easy, request) || !set_tls(transfer->easy, request) ||
        !set_callbacks(transfer->easy, transfer) || curl_multi_add_handle(client->multi, transfer->easy) != CURLM_OK) {
        error_set(err, ERROR_IO, "%s: cannot set the transfer up", transfer->target);
        transfer_free(transfer);
        return NULL;
    }
    return transfer;
}

/* --- its end --- */

static const char *header_value(CURL *easy, const char *name)
{
    struct curl_header *header = NULL;

    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : NULL;
}

/* Seconds or a date, as RFC 9110 10.2.3 has it; bounded, so that a wrong answer cannot silence us for ever. */
static int64_t retry_after_ms(const char *text, int64_t date_unix_ms)
{
    int64_t ms = 0, until = 0;

    if (!text)
        return -1;
    if (timestamp_parse_http_date(text, &until)) {
        ms = date_unix_ms > 0 ? until - date_unix_ms : 0;
    } else {
        if (*text < '0' || *text > '9')
            return -1;
        for (; *text >= '0' && *text <= '9' && ms < RETRY_AFTER_MAX_MS; text++)
            ms = ms * 10 + (*text - '0') * INT64_C(1000);
    }
    if (ms < 0)
        return 0;
    return ms < RETRY_AFTER_MAX_MS ? ms : RETRY_AFTER_MAX_MS;
}

static void read_head(struct http_transfer *transfer, struct http_response *out)
{
    const char *content_type = header_value(transfer->easy, "Content-Type");
    const char *date = header_value(transfer->easy, "Date");
    long status = 0;
    curl_off_t micros = 0;

    (void)curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &micros);
    out->status = (int)status;
    out->duration_ms = (int64_t)micros / 1000;
    if (date && !timestamp_parse_http_date(date, &out->date_unix_ms))
        out->date_unix_ms = 0;
    out->retry_after_ms = retry_after_ms(header_value(transfer->easy, "Retry-After"), out->date_unix_ms);
    if (content_type && strlen(content_type) < sizeof(out->content_type))
        memcpy(out->content_type, content_type, strlen(content_type) + 1);
}

static void explain(const struct http_transfer *transfer, CURLcode result, struct error *err)
{
    const char *why = transfer->curl_error[0] ? transfer->curl_error : curl_easy_strerror(result);

    if (transfer->refused)
        error_set(err, ERROR_INVALID, "%s: the answer cannot be used", transfer->target);
    else if (transfer->too_large)
        error_set(err, ERROR_LIMIT, "%s: the answer is larger than %zu bytes", transfer->target, transfer->body.limit);
    else if (result == CURLE_OPERATION_TIMEDOUT)
        error_set(err, ERROR_TIMEOUT, "%s: no whole answer in time: %s", transfer->target, why);
    else if (result == CURLE_OUT_OF_MEMORY || transfer->body.failed)
        error_set(err, ERROR_MEMORY, "%s: out of memory", transfer->target);
    else
        error_set(err, ERROR_UNAVAILABLE, "%s: %s", transfer->target, why);
}

static void finish(struct http_transfer *transfer, CURLcode result)
{
    struct http_response response = {0};
    struct error err = {0};
    http_done *done = transfer->done;
    void *context = transfer->context;

    if (result == CURLE_OK) {
        read_head(transfer, &response);
        response.body = buffer_move(&transfer->body);
    } else {
        explain(transfer, result, &err);
    }
    transfer_free(transfer); /* first: done may start or cancel others */
    done(context, result == CURLE_OK ? &response : NULL, result == CURLE_OK ? NULL : &err);
    buffer_clear(&response.body);
}

static void finish_all(struct http_client *client)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        void *private = NULL;

        if (message->msg != CURLMSG_DONE)
            continue;
        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        finish(private, message->data.result);
    }
}

/* --- curl on the loop --- */

static void on_timer(void *context)
{
    struct http_client *client = context;
    int running;

    (void)curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    finish_all(client);
}

static int on_timer_change(CURLM *multi UNUSED, long ms, void *context)
{
    struct http_client *client = context;

    /* Zero arms the timer too: calling into curl from here is not allowed. */
    if (ms < 0)
        loop_timer_stop(client->timer);
    else
        loop_timer_after(client->timer, ms);
    return 0;
}

static void on_socket(void *context, int fd, uint32_t events)
{
    struct http_client *client = context;
    int mask = 0, running;

    mask |= events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0;
    mask |= events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
    mask |= events & EPOLLERR ? CURL_CSELECT_ERR : 0;
    (void)curl_multi_socket_action(client->multi, fd, mask, &running);
    finish_all(client);
}

static int on_socket_change(CURL *easy UNUSED, curl_socket_t fd, int what, void *context, void *socket_context)
{
    struct http_client *client = context;
    struct loop_watch *watch = socket_context;
    uint32_t events = (what & CURL_POLL_IN ? (uint32_t)EPOLLIN : 0) | (what & CURL_POLL_OUT ? (uint32_t)EPOLLOUT : 0);

    if (what == CURL_POLL_REMOVE) {
        loop_watch_free(watch);
        return curl_multi_assign(client->multi, fd, NULL) == CURLM_OK ? 0 : -1;
    }
    if (watch)
        return loop_watch_set(watch, events);
    watch = loop_watch_new(client->loop, fd, events, on_socket, client);
    if (!watch)
        return -1;
    return curl_multi_assign(client->multi, fd, watch) == CURLM_OK ? 0 : -1;
}

/* --- the client --- */

struct http_client *http_client_new(struct loop *loop, struct error *err)
{
    struct http_client *client = calloc(1, sizeof(*client));

    if (!client) {
        error_no_memory(err);
        return NULL;
    }
    client->loop = loop;
    client->multi = curl_multi_init();
    client->timer = loop_timer_new(loop, on_timer, client);
    if (!client->multi || !client->timer || curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, on_socket_change) != CURLM_OK ||
        curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client) != CURLM_OK ||
        curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, on_timer_change) != CURLM_OK ||
        curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client) != CURLM_OK) {
        error_set(err, ERROR_MEMORY, "cannot make an HTTP client");
        http_client_free(client);
        return NULL;
    }
    return client;
}

void http_client_free(struct http_client *client)
{
    if (!client)
        return;
    while (client->running)
        transfer_free(client->running);
    while (client->n_idle > 0)
        curl_easy_cleanup(client->idle[--client->n_idle]);
    (void)curl_multi_cleanup(client->multi); /* closes its connections, so it still needs timer and loop */
    loop_timer_free(client->timer);
    free(client);
}
