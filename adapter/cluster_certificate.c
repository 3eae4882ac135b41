#include "adapter/cluster_certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapter/ca_bundle.h"
#include "adapter/certificate_secret.h"
#include "adapter/certificate_writer.h"
#include "adapter/followed_object.h"
#include "base/clock.h"
#include "base/log.h"
#include "kube/path.h"

enum {
    NAMES = 4,
    NAME_SIZE = 320,
    PATH_SIZE = 1024,
    LOOK_AT_LEAST_EVERY_MS = 60 * 1000, /* the wall clock may have been set */
    UNREAD_MOST_MS = 3 * 60 * 1000,     /* two silent watches and some: kube/watch.h */
    COMPLAIN_EVERY_MS = 60 * 1000,
};

struct cluster_certificate {
    struct cluster_certificate_options options; /* serving and name_space are not kept */
    char *name_space, *service;
    int64_t lifetime_ms;
    char names[NAMES][NAME_SIZE];
    const char *name_list[NAMES];
    char *secret_path;

    struct followed_object *secret, *api_service;
    struct loop_timer *timer;
    struct certificate_writer writer;

    struct buffer served_pem;  /* the certificate in force */
    struct buffer settled_pem; /* ca.crt as it was when it began to stand */
    int64_t settled_boot_ms;   /* since when; 0: it does not */

    int64_t begun_boot_ms;
    int64_t complained_boot_ms; /* of what cannot be read; 0: not yet */
    unsigned problems;          /* as last told */
};

/* --- what is there --- */

static struct own_ca_spec spec_of(const struct cluster_certificate *certificate)
{
    return (struct own_ca_spec){
        .names = certificate->name_list, .n_names = NAMES, .now_unix_ms = clock_unix_ms(), .valid_ms = certificate->lifetime_ms};
}

static bool same_bytes(const struct buffer *a, const struct buffer *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static void copy_bytes(struct buffer *to, const struct buffer *from)
{
    buffer_reset(to);
    (void)buffer_append(to, buffer_text(from), from->len);
}

/* How long ca.crt has stood as it is now, where clients look for it. By our own clock, so that nobody else's matters. */
static int64_t settled_ms(struct cluster_certificate *certificate, const struct buffer *bundle_pem, bool stands)
{
    if (!stands) {
        certificate->settled_boot_ms = 0;
        return 0;
    }
    if (certificate->settled_boot_ms == 0 || !same_bytes(bundle_pem, &certificate->settled_pem)) {
        copy_bytes(&certificate->settled_pem, bundle_pem);
        certificate->settled_boot_ms = clock_boot_ms();
    }
    return clock_boot_ms() - certificate->settled_boot_ms;
}

static int gather(struct cluster_certificate *certificate, const struct certificate_secret *content, const struct own_ca_spec *spec,
                  struct certificate_facts *out, struct error *err)
{
    const json_t *api_service = followed_object_now(certificate->api_service);
    struct certificate_facts facts = {
        .leads = leadership_leads(certificate->options.leadership),
        .secret_known = followed_object_known(certificate->secret),
        .secret_exists = followed_object_now(certificate->secret) != NULL,
        .lifetime_ms = certificate->lifetime_ms,
        .now_unix_ms = spec->now_unix_ms,
    };
    bool stands;

    if (certificate_secret_look(content, spec, &facts, err) < 0)
        return -1;
    if (followed_object_known(certificate->api_service))
        facts.registration = ca_bundle_registration(api_service, certificate->name_space, certificate->service);
    facts.published = facts.registration == REGISTRATION_OURS && ca_bundle_is(api_service, &content->bundle_pem);
    stands = facts.secret_exists && facts.registration != REGISTRATION_UNKNOWN &&
             (facts.published || facts.registration != REGISTRATION_OURS);
    facts.settled_ms = settled_ms(certificate, &content->bundle_pem, stands);
    *out = facts;
    return 0;
}

/* --- serving with it --- */

static void take_up(struct cluster_certificate *certificate, const struct certificate_secret *content, const struct own_pair *pair)
{
    CLEANUP(tls_identity_releasep) struct tls_identity *identity = NULL;
    struct error err = {0};

    if (!own_pair_is_good(pair, clock_unix_ms()) || same_bytes(&content->cert_pem, &certificate->served_pem))
        return;
    if (tls_identity_new(&content->cert_pem, &content->key_pem, &identity, &err) < 0) {
        log_error("the certificate in the Secret cannot be served with", "secret", certificate->secret_path, "error", err.text, NULL);
        return;
    }
    copy_bytes(&certificate->served_pem, &content->cert_pem);
    log_info("a serving certificate from the Secret is in force", "secret", certificate->secret_path, NULL);
    certificate->options.changed(certificate->options.context, identity);
}

/* --- telling --- */

static void tell_problem(const struct cluster_certificate *certificate, enum certificate_problem problem)
{
    CLEANUP(buffer_clear) struct buffer service = BUFFER_INIT(PATH_SIZE);

    if (problem == CERTIFICATE_REGISTRATION_FOREIGN)
        ca_bundle_service(followed_object_now(certificate->api_service), &service);
    if (problem == CERTIFICATE_NO_GOOD)
        log_warn(certificate_problem_text(problem), "secret", certificate->secret_path, NULL);
    else
        log_error(certificate_problem_text(problem), "secret", certificate->secret_path, service.len > 0 ? "service" : NULL,
                  buffer_text(&service), NULL);
}

/* Both objects are current, or were not asked for until just now. */
static bool is_read(const struct cluster_certificate *certificate)
{
    int64_t secret_ms = followed_object_current_ms(certificate->secret);
    int64_t api_service_ms = followed_object_current_ms(certificate->api_service);
    int64_t since = secret_ms < api_service_ms ? secret_ms : api_service_ms;

    return clock_boot_ms() - (since > certificate->begun_boot_ms ? since : certificate->begun_boot_ms) < UNREAD_MOST_MS;
}

static void tell_problems(struct cluster_certificate *certificate, const struct certificate_facts *facts)
{
    unsigned found = certificate_problems(facts), fresh;

    found |= is_read(certificate) ? 0 : 1U << CERTIFICATE_READ_FAILED;
    found |= certificate_writer_is_failing(&certificate->writer) ? 1U << CERTIFICATE_WRITE_FAILED : 0;
    fresh = found & ~certificate->problems;
    for (unsigned i = 0; i < CERTIFICATE_READ_FAILED; i++)
        if (fresh >> i & 1U)
            tell_problem(certificate, i);
    certificate->problems = found;
    atomic_store(&certificate->options.own->certificate_problems, found);
}

/* --- deciding --- */

static void look_after(struct cluster_certificate *certificate, int64_t ms)
{
    loop_timer_after(certificate->timer, ms < LOOK_AT_LEAST_EVERY_MS ? ms : LOOK_AT_LEAST_EVERY_MS);
}

static void consider(struct cluster_certificate *certificate)
{
    CLEANUP(certificate_secret_clear) struct certificate_secret content = certificate_secret_init();
    struct certificate_facts facts = {0};
    const struct own_ca_spec spec = spec_of(certificate);
    struct certificate_plan plan;
    struct error err = {0};
    int64_t rest;

    certificate_secret_read(followed_object_now(certificate->secret), &content);
    if (gather(certificate, &content, &spec, &facts, &err) < 0) {
        log_error("the Secret cannot be looked at", "secret", certificate->secret_path, "error", err.text, NULL);
        look_after(certificate, LOOK_AT_LEAST_EVERY_MS);
        return;
    }
    take_up(certificate, &content, &facts.serving);
    tell_problems(certificate, &facts);
    if (certificate_writer_is_busy(&certificate->writer))
        return;
    plan = certificate_plan(&facts);
    rest = plan.step == CERTIFICATE_WAIT ? plan.wait_ms : certificate_writer_rest_ms(&certificate->writer, plan.step);
    if (plan.step == CERTIFICATE_WAIT)
        certificate_writer_forgive(&certificate->writer);
    if (plan.step == CERTIFICATE_WAIT || rest > 0)
        look_after(certificate, rest);
    else
        certificate_writer_take(&certificate->writer, &plan, &spec, &content.bundle_pem);
}

void cluster_certificate_consider(struct cluster_certificate *certificate)
{
    consider(certificate);
}

/* Time has passed, an object has changed, a step is over. */
static void on_news(void *context)
{
    consider(context);
}

static void on_failed(void *context, const struct error *err)
{
    struct cluster_certificate *certificate = context;
    int64_t now_ms = clock_boot_ms();

    if (certificate->complained_boot_ms != 0 && now_ms - certificate->complained_boot_ms < COMPLAIN_EVERY_MS)
        return;
    certificate->complained_boot_ms = now_ms;
    log_warn("the Secret or the APIService cannot be read; tried again", "error", err->text, NULL);
}

/* --- beginning and end --- */

/* As a client may call the Service; the aggregator takes the third. */
static void make_names(struct cluster_certificate *certificate)
{
    static const char *const suffixes[NAMES] = {NULL, "", ".svc", ".svc.cluster.local"};

    for (int i = 0; i < NAMES; i++) {
        if (suffixes[i])
            (void)snprintf(certificate->names[i], NAME_SIZE, "%s.%s%s", certificate->service, certificate->name_space, suffixes[i]);
        else
            (void)snprintf(certificate->names[i], NAME_SIZE, "%s", certificate->service);
        certificate->name_list[i] = certificate->names[i];
    }
}

static int make_paths(struct cluster_certificate *certificate, char *collection, const char *secret_name)
{
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(PATH_SIZE - 1);

    (void)buffer_add_text(&path, "/api/v1/namespaces");
    path_add_segment(&path, certificate->name_space);
    (void)buffer_add_text(&path, "/secrets");
    (void)snprintf(collection, PATH_SIZE, "%s", buffer_text(&path));
    path_add_segment(&path, secret_name);
    certificate->secret_path = strdup(buffer_text(&path));
    return buffer_failed(&path) || !certificate->secret_path ? -1 : 0;
}

static int begin(struct cluster_certificate *certificate, const char *secret_name, struct error *err)
{
    static const struct followed_object_handler handler = {on_news, on_failed};
    struct kube_client *client = certificate->options.client;
    char collection[PATH_SIZE];
    const struct followed_name secret = {collection, secret_name}, api_service = {CA_BUNDLE_COLLECTION, CA_BUNDLE_APISERVICE};

    certificate->timer = loop_timer_new(kube_client_loop(client), on_news, certificate);
    if (!certificate->name_space || !certificate->service || !certificate->timer || make_paths(certificate, collection, secret_name) < 0)
        return error_no_memory(err);
    make_names(certificate);
    certificate->api_service = followed_object_new(client, &api_service, &handler, certificate, err);
    if (!certificate->api_service)
        return -1;
    certificate->secret = followed_object_new(client, &secret, &handler, certificate, err);
    certificate->writer = (struct certificate_writer){.client = client,
                                                      .secret_path = certificate->secret_path,
                                                      .secret = certificate->secret,
                                                      .api_service = certificate->api_service,
                                                      .done = on_news,
                                                      .context = certificate};
    return certificate->secret ? 0 : -1;
}

struct cluster_certificate *cluster_certificate_new(const struct cluster_certificate_options *options, struct error *err)
{
    struct cluster_certificate *certificate = calloc(1, sizeof(*certificate));

    if (!certificate) {
        error_no_memory(err);
        return NULL;
    }
    certificate->options = *options;
    certificate->options.serving = NULL;
    certificate->options.name_space = NULL;
    certificate->served_pem = certificate->settled_pem = BUFFER_INIT(OWN_CA_PEM_MAX);
    certificate->begun_boot_ms = clock_boot_ms();
    certificate->lifetime_ms = options->serving->certificate_lifetime_ms;
    certificate->name_space = strdup(options->name_space);
    certificate->service = strdup(options->serving->service.name);
    if (begin(certificate, options->serving->secret_name, err) < 0) {
        error_wrap(err, "follow the Secret %s/%s", options->name_space, options->serving->secret_name);
        cluster_certificate_free(certificate);
        return NULL;
    }
    atomic_store(&options->own->own_certificate, true);
    log_info("waiting for the certificate in the Secret; the port opens with it", "secret", certificate->secret_path, NULL);
    return certificate;
}

void cluster_certificate_free(struct cluster_certificate *certificate)
{
    if (!certificate)
        return;
    certificate_writer_clear(&certificate->writer);
    followed_object_free(certificate->secret);
    followed_object_free(certificate->api_service);
    loop_timer_free(certificate->timer);
    buffer_clear(&certificate->served_pem);
    buffer_clear(&certificate->settled_pem);
    free(certificate->name_space);
    free(certificate->service);
    free(certificate->secret_path);
    free(certificate);
}
