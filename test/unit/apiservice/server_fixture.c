#include "test/unit/apiservice/server_fixture.h"

#include <check.h>
#include <signal.h>

#include "apiservice/self_signed.h"
#include "base/clock.h"
#include "base/log.h"
#include "test/unit/apiservice/fixture.h"

const struct server_limits usual_limits = {
    .connections = 240, .header_bytes = 16 * 1024, .requests_in_flight = 200, .header_timeout_ms = 60000, .idle_timeout_ms = 60000};
const struct raw_options usual_client = {.read_timeout_ms = 20000};

struct server_fixture fixture;

struct tls_identity *make_identity(void)
{
    const char *const names[] = {"localhost", "127.0.0.1"};
    const struct self_signed_spec spec = {names, ARRAY_LEN(names), clock_unix_ms(), 3600000};
    struct buffer cert = BUFFER_INIT(TLS_PEM_MAX), key = BUFFER_INIT(TLS_PEM_MAX);
    struct tls_identity *made = NULL;
    struct error err = {0};

    ck_assert_msg(self_signed_make(&spec, &cert, &key, &err) == 0 && tls_identity_new(&cert, &key, &made, &err) == 0, "%s", err.text);
    buffer_clear(&cert);
    buffer_clear(&key);
    return made;
}

void start_server(const struct server_limits *limits)
{
    start_server_with_access(limits, NULL);
}

void start_server_with_access(const struct server_limits *limits, struct access *access)
{
    struct api_options options = {.families = fixture_families, .n_families = FIXTURE_FAMILIES, .version = {"0.1.0", ""}};
    struct api_server_options where = {.address = "127.0.0.1", .limits = *limits};
    struct error err = {0};

    (void)signal(SIGPIPE, SIG_IGN);
    log_setup(LOG_ERROR, LOG_TEXT);
    options.access = access;
    options.store = fixture.store = metric_store_new();
    metric_store_publish(fixture.store, fixture_snapshot_now());
    where.api = fixture.api = api_new(&options, &err);
    where.identity = fixture.identity = make_identity();
    fixture.server = api_server_start(&where, &err);
    ck_assert_msg(fixture.server != NULL, "%s", err.text);
    ck_assert_uint_ne(api_server_port(fixture.server), 0);
}

void stop_server(void)
{
    api_server_stop(fixture.server);
    api_free(fixture.api);
    metric_store_free(fixture.store);
    tls_identity_release(fixture.identity);
}

struct exchange connect_now(void)
{
    return connect_as(&usual_client);
}

struct exchange connect_as(const struct raw_options *client)
{
    struct exchange exchange = {.head = BUFFER_INIT(65536), .body = BUFFER_INIT(1048576)};

    ck_assert(raw_connect(&exchange.client, api_server_port(fixture.server), client));
    return exchange;
}

void disconnect(struct exchange *exchange)
{
    raw_close(&exchange->client);
    buffer_clear(&exchange->head);
    buffer_clear(&exchange->body);
}

int read_next(struct exchange *exchange)
{
    exchange->status = raw_read_answer(&exchange->client, true, &exchange->head, &exchange->body);
    return exchange->status;
}
