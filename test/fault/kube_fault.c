/* Kubeconfigs, lists, watch events and reviews when memory runs out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "kube/decoder.h"
#include "kube/identity.h"
#include "kube/kubeconfig.h"
#include "kube/lease_rules.h"
#include "kube/objects.h"
#include "kube/protobuf_decoder.h"
#include "kube/review_wire.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

static const char kubeconfig[] = "current-context: lab\ncontexts:\n- name: lab\n  context: {cluster: c, user: u}\nclusters:\n- name: c\n"
                                 "  cluster:\n    server: https://10.0.0.1:6443\n    certificate-authority-data: UEVNCg==\n"
                                 "users:\n- name: u\n  user:\n    tokenFile: token\n    client-certificate-data: UEVNCg==\n"
                                 "    client-key: client.key\n";

static enum fault_outcome read_kubeconfig(struct error *err)
{
    static const struct kubeconfig_choice choice = {.folder = "/etc/kube"};
    struct kubeconfig config;

    fault_fill(&config, sizeof(config));
    if (kubeconfig_read(kubeconfig, strlen(kubeconfig), &choice, &config, err) < 0)
        return fault_refused(&config, sizeof(config));
    kubeconfig_clear(&config);
    return FAULT_DONE;
}

static void count(void *context, const struct kube_event *event UNUSED)
{
    ++*(int *)context;
}

/* No event of a page that is refused is told. */
static enum fault_outcome read_page(struct error *err)
{
    static const char page_body[] = "{\"metadata\":{\"resourceVersion\":\"9\",\"continue\":\"abc\"},\"items\":["
                                    "{\"metadata\":{\"resourceVersion\":\"5\"}},{\"metadata\":{\"name\":\"b\"}}]}";
    int told = 0;
    const struct kube_sink sink = {count, &told};
    struct kube_page page;

    fault_fill(&page, sizeof(page));
    if (kube_json_decoder.read_page(page_body, strlen(page_body), &sink, &page, err) < 0)
        return told > 0 ? FAULT_TOUCHED : fault_refused(&page, sizeof(page));
    return told == 2 ? FAULT_DONE : FAULT_DAMAGED;
}

static enum fault_outcome feed_watch(struct error *err)
{
    static const char events[] = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"5\"}}}\n"
                                 "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"resourceVersion\":\"6\"}}}\n";
    CLEANUP(watch_stream_clear) struct watch_stream stream = WATCH_STREAM_INIT(&kube_json_decoder);
    int told = 0;
    const struct kube_sink sink = {count, &told};

    if (watch_stream_feed(&stream, events, strlen(events), &sink, err) < 0)
        return told < 2 ? FAULT_REFUSED : FAULT_TOUCHED;
    return told == 2 ? FAULT_DONE : FAULT_DAMAGED;
}

/* A NodeList of version 9 with one node, n1. */
static enum fault_outcome read_protobuf_page(struct error *err)
{
    static const char body[] = "k8s\0"
                               "\n\16\n\2v1\22\10NodeList"
                               "\22\15"
                               "\n\3\22\001"
                               "9"
                               "\22\6\n\4\n\2n1";
    int told = 0;
    const struct kube_sink sink = {count, &told};
    struct kube_page page;

    fault_fill(&page, sizeof(page));
    if (kube_protobuf_decoder.read_page(body, sizeof(body) - 1, &sink, &page, err) < 0)
        return told > 0 ? FAULT_TOUCHED : fault_refused(&page, sizeof(page));
    return told == 1 ? FAULT_DONE : FAULT_DAMAGED;
}

/* --- Reviews --- */

static enum fault_outcome read_token_review(struct error *err)
{
    static const char text[] = "{\"kind\":\"TokenReview\",\"apiVersion\":\"authentication.k8s.io/v1\",\"status\":{\"authenticated\":true,"
                               "\"user\":{\"username\":\"u\",\"uid\":\"1\",\"groups\":[\"a\",\"b\"],\"extra\":{\"k\":[\"v\",\"w\"]}}}}";
    static const struct text_list none = {NULL, 0};
    CLEANUP(json_decrefp) json_t *review = NULL;
    struct token_answer answer;

    fault_fill(&answer, sizeof(answer));
    if (json_read(text, strlen(text), &review, err) < 0 || token_review_read(review, &none, &answer, err) < 0)
        return fault_refused(&answer, sizeof(answer));
    if (!answer.authenticated || answer.user.groups.len != 2) {
        token_answer_clear(&answer);
        return FAULT_DAMAGED;
    }
    token_answer_clear(&answer);
    return FAULT_DONE;
}

/* Never allowed because of what could not be read. */
static enum fault_outcome read_access_review(struct error *err)
{
    static const char text[] =
        "{\"kind\":\"SubjectAccessReview\",\"apiVersion\":\"authorization.k8s.io/v1\",\"status\":{\"allowed\":true}}";
    CLEANUP(json_decrefp) json_t *review = NULL;
    struct access_answer answer;

    fault_fill(&answer, sizeof(answer));
    if (json_read(text, strlen(text), &review, err) < 0 || access_review_read(review, &answer, err) < 0)
        return fault_refused(&answer, sizeof(answer));
    return answer.allowed ? FAULT_DONE : FAULT_DAMAGED;
}

static enum fault_outcome write_reviews(struct error *err)
{
    static const char *const groups[] = {"a", "b"};
    static const struct kube_user user = {.name = "u", .groups = {groups, 2}};
    static const struct access_question question = {.user = &user, .verb = "get", .namespace = "coder", .group = "g", .resource = "r"};
    static const struct text_list audiences = {groups, 1};
    CLEANUP(buffer_clear) struct buffer access = BUFFER_INIT(4096), token = BUFFER_INIT(4096);

    access_review_write(&question, &access);
    token_review_write("t", &audiences, &token);
    if (buffer_failed(&access) || buffer_failed(&token)) {
        error_no_memory(err);
        return FAULT_REFUSED;
    }
    return strstr(access.data, "\"resource\":\"r\"") && strstr(token.data, "\"token\":\"t\"") ? FAULT_DONE : FAULT_DAMAGED;
}

/* Nobody leads because of a lease that could not be written. */
static enum fault_outcome claim_lease(struct error *err)
{
    static const char text[] = "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"holderIdentity\":\"\",\"leaseTransitions\":3}}";
    CLEANUP(json_decrefp) json_t *lease = NULL;
    struct lease_state state = {.self = "a-1"};
    struct lease_record record;

    fault_fill(&record, sizeof(record));
    if (json_read(text, strlen(text), &lease, err) < 0 || lease_claim(&state, lease, 1789344000000, err) < 0)
        return FAULT_REFUSED;
    if (lease_record_read(lease, &record, err) < 0)
        return fault_refused(&record, sizeof(record));
    if (strcmp(record.holder, "a-1") != 0 || record.transitions != 4)
        return FAULT_DAMAGED;
    return lease_give_up(lease, 1789344000000, err) < 0 ? FAULT_REFUSED : FAULT_DONE;
}

/* --- a Secret, an APIService, and who we are --- */

static enum fault_outcome replace_secret(struct error *err)
{
    static const char text[] = "{\"data\":{\"tls.crt\":\"UEVNCg==\"}}";
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(4096), patch = BUFFER_INIT(4096);
    CLEANUP(json_decrefp) json_t *secret = NULL;

    if (json_read(text, strlen(text), &secret, err) < 0 || secret_entry_read(secret, "tls.crt", &bytes, err) < 0 ||
        secret_entry_set(secret, "tls.key", "key", 3, err) < 0 || ca_bundle_patch_write("5", buffer_text(&bytes), &patch, err) < 0)
        return FAULT_REFUSED;
    return strcmp(buffer_text(&bytes), "PEM\n") == 0 && strstr(patch.data, "UEVNCg==") ? FAULT_DONE : FAULT_DAMAGED;
}

static char kubeconfig_path[32];

static void write_kubeconfig(void)
{
    static const char text[] = "current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u, namespace: n}}]\n"
                               "clusters: [{name: c, cluster: {server: 'https://10.0.0.1:6443', certificate-authority-data: "
                               "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClFRPT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=}}]\n"
                               "users: [{name: u, user: {token: t}}]\n";
    int fd;

    (void)snprintf(kubeconfig_path, sizeof(kubeconfig_path), "/tmp/kube-fault-XXXXXX");
    fd = mkstemp(kubeconfig_path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, sizeof(text) - 1), (ssize_t)sizeof(text) - 1);
    (void)close(fd);
}

static void remove_kubeconfig(void)
{
    (void)unlink(kubeconfig_path);
}

static enum fault_outcome make_identity(struct error *err)
{
    CLEANUP(kube_identity_freep) struct kube_identity *identity = kube_identity_new_kubeconfig(kubeconfig_path, NULL, err);
    struct kube_credentials credentials;

    if (!identity)
        return FAULT_REFUSED;
    credentials = kube_identity_credentials(identity);
    return credentials.token && strcmp(credentials.token, "t") == 0 && credentials.ca_pem ? FAULT_DONE : FAULT_DAMAGED;
}

static const struct fault_action actions[] = {
    {"read a kubeconfig", read_kubeconfig, 60},
    {"read a page of a list", read_page, 15},
    {"read a page in protobuf", read_protobuf_page, 10},
    {"read watch events", feed_watch, 15},
    {"read a TokenReview", read_token_review, 30},
    {"read an access review", read_access_review, 10},
    {"write reviews", write_reviews, 2},
    {"claim a lease", claim_lease, 20},
    {"replace an entry of a Secret", replace_secret, 15},
    {"make an identity", make_identity, 60},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

Suite *kube_fault_suite(void)
{
    Suite *suite = suite_create("kube");
    TCase *tcase = tcase_create("allocations");

    tcase_add_checked_fixture(tcase, write_kubeconfig, remove_kubeconfig);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    suite_add_tcase(suite, tcase);
    return suite;
}
