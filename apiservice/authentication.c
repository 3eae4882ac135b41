#include "apiservice/authentication.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CREDENTIAL_ID "authentication.kubernetes.io/credential-id"
#define CREDENTIAL_PREFIX "X509SHA256="

/* --- certificates --- */

void client_peer_judge(struct client_peer *peer, const struct authentication_config *config, int64_t now_unix_ms)
{
    const struct client_question question = {config->front_proxy, config->clients, now_unix_ms};

    if (peer->chain.n == 0 || (peer->generation == config->generation && now_unix_ms <= peer->verdict.until_unix_ms))
        return;
    client_chain_judge(&peer->chain, &question, &peer->verdict);
    peer->generation = config->generation;
}

bool client_peer_is_verified(const struct client_peer *peer)
{
    return peer->verdict.by_front_proxy || peer->verdict.by_client_ca;
}

void client_peer_clear(struct client_peer *peer)
{
    client_verdict_clear(&peer->verdict);
    *peer = (struct client_peer){0};
}

/* As the API server itself tells a certificate apart from others of the same user. */
static void add_credential_id(const char *fingerprint, struct principal *out)
{
    size_t size = sizeof(CREDENTIAL_PREFIX) + strlen(fingerprint);
    struct kube_extra *extra = arena_alloc(&out->arena, sizeof(*extra));
    const char **values = arena_alloc(&out->arena, sizeof(*values));
    char *id = arena_alloc(&out->arena, size);

    if (!extra || !values || !id)
        return; /* the arena is failed */
    (void)snprintf(id, size, CREDENTIAL_PREFIX "%s", fingerprint);
    values[0] = id;
    *extra = (struct kube_extra){.key = CREDENTIAL_ID, .values = {values, 1}};
    out->user.extra = extra;
    out->user.n_extra = 1;
}

static void read_certificate(const struct client_verdict *verdict, struct principal *out)
{
    out->user = (struct kube_user){.name = verdict->name, .groups = {verdict->organizations, verdict->n_organizations}};
    add_credential_id(verdict->fingerprint, out);
}

/* ANONYMOUS: it can't tell. */
static enum authentication_way by_front_proxy(const struct authentication *authentication, struct principal *out)
{
    const struct authentication_config *config = authentication->config;
    const struct client_verdict *verdict = &authentication->peer->verdict;

    if (!config->front_proxy)
        return AUTHENTICATION_ANONYMOUS;
    if (!verdict->by_front_proxy || !requestheader_allows(&config->headers, verdict->name))
        return AUTHENTICATION_FAILED;
    return requestheader_read(&config->headers, authentication->request, out) ? AUTHENTICATION_FRONT_PROXY : AUTHENTICATION_ANONYMOUS;
}

static enum authentication_way by_client_ca(const struct authentication *authentication, struct principal *out)
{
    const struct client_verdict *verdict = &authentication->peer->verdict;

    if (!authentication->config->clients)
        return AUTHENTICATION_ANONYMOUS;
    if (!verdict->by_client_ca)
        return AUTHENTICATION_FAILED;
    if (verdict->name[0] == '\0')
        return AUTHENTICATION_ANONYMOUS;
    read_certificate(verdict, out);
    return AUTHENTICATION_CERTIFICATE;
}

static enum authentication_way by_certificate(const struct authentication *authentication, struct principal *out)
{
    enum authentication_way proxy, client;

    if (authentication->peer->chain.n == 0)
        return AUTHENTICATION_ANONYMOUS;
    proxy = by_front_proxy(authentication, out);
    if (proxy == AUTHENTICATION_FRONT_PROXY)
        return proxy;
    client = by_client_ca(authentication, out);
    return client == AUTHENTICATION_ANONYMOUS ? proxy : client;
}

/* --- tokens --- */

/* "Bearer TOKEN", the scheme in any case; what follows another blank is not looked at. */
const char *authentication_token(const struct request *request, struct arena *arena)
{
    static const char scheme[] = "Bearer ";
    const char *value = request->header(request, "Authorization");
    const char *token;
    size_t len;
    char *copy;

    if (!value)
        return NULL;
    value += strspn(value, " \t");
    if (strncasecmp(value, scheme, sizeof(scheme) - 1) != 0)
        return NULL;
    token = value + sizeof(scheme) - 1;
    len = strcspn(token, " ");
    if (len == strlen(token))
        while (len > 0 && token[len - 1] == '\t')
            len--;
    if (len == 0)
        return NULL;
    copy = arena_alloc(arena, len + 1);
    if (copy)
        memcpy(copy, token, len);
    return copy;
}

static enum authentication_way by_token(const struct authentication *authentication, struct principal *out)
{
    if (!authentication->token)
        return AUTHENTICATION_ANONYMOUS;
    if (!authentication->heard)
        return AUTHENTICATION_ASK;
    if (!authentication->heard->good)
        return AUTHENTICATION_FAILED;
    out->user = *authentication->heard->user;
    return AUTHENTICATION_TOKEN;
}

/* --- the order --- */

enum authentication_way authenticate(const struct authentication *authentication, struct principal *out)
{
    enum authentication_way way = by_certificate(authentication, out);
    enum authentication_way token;

    if (way == AUTHENTICATION_ANONYMOUS || way == AUTHENTICATION_FAILED) {
        token = by_token(authentication, out);
        if (token != AUTHENTICATION_ANONYMOUS)
            way = token;
    }
    if (way == AUTHENTICATION_ANONYMOUS)
        principal_set_anonymous(out);
    else if (way != AUTHENTICATION_FAILED && way != AUTHENTICATION_ASK)
        principal_add_authenticated(out);
    return way;
}
