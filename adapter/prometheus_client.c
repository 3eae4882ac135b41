#include "adapter/prometheus_client.h"

#include <string.h>

#include "base/file.h"
#include "nodegroup/prometheus.h"
#include "nodegroup/prometheus_past.h"

enum { URL_MAX = 4096, TOKEN_MAX = 65536, HEADER_MAX = 70000, HEADERS_MAX = 64 };

const char *prometheus_text_of(const struct config_prometheus *where, const char *name)
{
    for (size_t i = 0; i < where->queries.len; i++)
        if (strcmp(where->queries.items[i].name, name) == 0)
            return where->queries.items[i].value;
    return past_query_text(name) ? past_query_text(name) : prometheus_query_text(name);
}

struct header_lines {
    struct buffer texts[HEADERS_MAX];
    const char *lines[HEADERS_MAX + 1];
    size_t n;
};

static void clear_lines(struct header_lines *headers)
{
    for (size_t i = 0; i < headers->n; i++)
        buffer_clear(&headers->texts[i]);
}

static void add_line(struct header_lines *headers, const char *name, const char *before, const char *value)
{
    struct buffer *text = &headers->texts[headers->n];

    *text = BUFFER_INIT(HEADER_MAX);
    (void)buffer_printf(text, "%s: %s%s", name, before, value);
    headers->lines[headers->n++] = buffer_text(text);
}

/* The token is read each time: it may have been replaced. */
static int make_headers(const struct config_prometheus *prometheus, struct header_lines *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer token = BUFFER_INIT(TOKEN_MAX);

    add_line(out, "Content-Type", "", "application/x-www-form-urlencoded");
    if (prometheus->token_file[0] != '\0') {
        if (file_read_secret(prometheus->token_file, &token, err) < 0)
            return error_wrap(err, "nodeGroups.usage.prometheus.tokenFile");
        add_line(out, "Authorization", "Bearer ", buffer_text(&token));
    }
    for (size_t i = 0; i < prometheus->headers.len; i++) {
        if (out->n == HEADERS_MAX)
            return error_set(err, ERROR_LIMIT, "nodeGroups.usage.prometheus.headers: more than %d", HEADERS_MAX - 2);
        add_line(out, prometheus->headers.items[i].name, "", prometheus->headers.items[i].value);
    }
    for (size_t i = 0; i < out->n; i++)
        if (buffer_failed(&out->texts[i]))
            return error_set(err, ERROR_LIMIT, "a header for Prometheus is larger than %d bytes, or memory is short", HEADER_MAX);
    return 0;
}

struct http_transfer *prometheus_ask(struct http_client *http, const struct config_prometheus *where,
                                     const struct prometheus_question *question, struct error *err)
{
    CLEANUP(clear_lines) struct header_lines headers = {.n = 0};
    CLEANUP(buffer_clear) struct buffer url = BUFFER_INIT(URL_MAX);
    struct http_request request = {
        .method = "POST",
        .headers = headers.lines,
        .body = buffer_text(question->form),
        .body_len = question->form->len,
        .answer_limit = PROMETHEUS_ANSWER_MAX,
        .timeout_ms = question->timeout_ms,
        .ca_file = where->ca_file,
    };
    size_t len = strlen(where->url);

    if (make_headers(where, &headers, err) < 0)
        return NULL;
    while (len > 0 && where->url[len - 1] == '/')
        len--;
    (void)buffer_printf(&url, "%.*s/api/v1/%s", (int)len, where->url, question->path);
    if (buffer_failed(&url) || buffer_failed(question->form)) {
        (void)error_set(err, ERROR_LIMIT, "a query is larger than %d bytes, or memory is short", PROMETHEUS_FORM_MAX);
        return NULL;
    }
    request.url = buffer_text(&url);
    return http_client_start(http, &request, question->done, question->context, err);
}
