/* Who asks, who leads and how the cluster is reached when memory runs out: never somebody else, never with less than was said. */
#include <stdio.h>
#include <string.h>

#include "apiservice/authentication_config.h"
#include "apiservice/requestheader.h"
#include "apiservice/review_cache.h"
#include "base/json.h"
#include "kube/kubeconfig.h"
#include "kube/lease_rules.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

enum { LONG = 20 * 1024 }; /* more than the first block of an arena */

static char long_text[LONG + 1];

/* --- a front proxy's headers --- */

static json_t *data; /* of the ConfigMap */
static struct requestheader_config config;

static enum fault_outcome read_lists(struct error *err)
{
    struct requestheader_config read;

    fault_fill(&read, sizeof(read));
    if (requestheader_config_read(data, &read, err) < 0)
        return fault_refused(&read, sizeof(read));
    requestheader_config_clear(&read);
    return FAULT_DONE;
}

static void each_header(const struct request *request UNUSED, request_header_visitor *visit, void *context)
{
    visit(context, "X-Remote-User", "ada");
    visit(context, "X-Remote-Group", "staff");
    visit(context, "X-Remote-Extra-Scopes", "all");
    for (int i = 0; i < 40; i++)
        visit(context, "X-Remote-Extra-Long%2fer", "a");
    for (int i = 0; i < 1000; i++)
        visit(context, "X-Remote-Group", "more");
}

/* A failed arena refuses the request, whatever stands in the principal. */
static enum fault_outcome judge(const struct principal *principal, enum fault_outcome outcome, struct error *err)
{
    if (!principal->arena.failed)
        return outcome;
    error_no_memory(err);
    return FAULT_REFUSED;
}

static enum fault_outcome read_headers(struct error *err)
{
    static const struct request request = {.each_header = each_header};
    CLEANUP(principal_clear) struct principal principal = PRINCIPAL_INIT;
    bool named = requestheader_read(&config, &request, &principal);
    const struct kube_user *user = &principal.user;

    return judge(&principal,
                 named && user->groups.len == 1001 && user->n_extra == 2 && user->extra[1].values.len == 1 ? FAULT_DONE : FAULT_DAMAGED,
                 err);
}

/* --- a user --- */

static enum fault_outcome copy_user(struct error *err)
{
    const char *groups[] = {long_text, "staff"}, *values[] = {long_text, "all"};
    const struct kube_extra extra = {long_text, {values, ARRAY_LEN(values)}};
    const struct kube_user user = {"ada", long_text, {groups, ARRAY_LEN(groups)}, &extra, 1};
    CLEANUP(principal_clear) struct principal principal = PRINCIPAL_INIT;

    principal_copy(&principal, &user);
    if (!principal.arena.failed)
        principal_add_authenticated(&principal);
    return judge(&principal, principal.user.groups.len == ARRAY_LEN(groups) + 1 ? FAULT_DONE : FAULT_DAMAGED, err);
}

static enum fault_outcome add_authenticated(struct error *err)
{
    static const char *const groups[] = {"staff"};
    CLEANUP(principal_clear) struct principal principal = PRINCIPAL_INIT;

    principal.user = (struct kube_user){.name = "ada", .groups = {groups, ARRAY_LEN(groups)}};
    principal_add_authenticated(&principal);
    return judge(&principal, principal.user.groups.len == 2 ? FAULT_DONE : FAULT_DAMAGED, err);
}

static enum fault_outcome lower(struct error *err)
{
    CLEANUP(principal_clear) struct principal principal = PRINCIPAL_INIT;
    const char *text = arena_lower(&principal.arena, "ADA");

    return judge(&principal, strcmp(text, "ada") == 0 ? FAULT_DONE : FAULT_DAMAGED, err);
}

/* --- a lease --- */

static enum fault_outcome write_lease(struct error *err)
{
    static const struct lease_state state = {.self = "us"};
    CLEANUP(json_decrefp) json_t *lease = lease_new_object("monitoring", "adapter");
    struct lease_record record;

    if (!lease) {
        error_no_memory(err);
        return FAULT_REFUSED;
    }
    if (lease_claim(&state, lease, 0, err) < 0)
        return FAULT_REFUSED;
    if (lease_record_read(lease, &record, err) < 0 || strcmp(record.holder, "us") != 0 || record.renew_time[0] == '\0')
        return FAULT_DAMAGED;
    if (lease_give_up(lease, 0, err) < 0)
        return FAULT_REFUSED;
    return lease_record_read(lease, &record, err) == 0 && record.holder[0] == '\0' && record.duration_s == 1 ? FAULT_DONE : FAULT_DAMAGED;
}

/* --- a kubeconfig with texts that are longer than a block --- */

static char kubeconfig[4 * LONG];

static enum fault_outcome read_kubeconfig(struct error *err)
{
    static const struct kubeconfig_choice choice = {.folder = "/etc/kube"};
    struct kubeconfig read;

    fault_fill(&read, sizeof(read));
    if (kubeconfig_read(kubeconfig, strlen(kubeconfig), &choice, &read, err) < 0)
        return fault_refused(&read, sizeof(read));
    kubeconfig_clear(&read);
    return FAULT_DONE;
}

/* --- whom the cluster lets in --- */

static enum fault_outcome read_configuration(struct error *err)
{
    static const char text[] = "{\"data\":{\"requestheader-username-headers\":\"[\\\"X-Remote-User\\\"]\","
                               "\"requestheader-allowed-names\":\"[\\\"front-proxy-client\\\"]\"}}";
    CLEANUP(authentication_config_releasep) struct authentication_config *found = NULL;
    CLEANUP(json_decrefp) json_t *map = NULL;

    if (json_read(text, strlen(text), &map, err) < 0)
        return FAULT_REFUSED;
    found = authentication_config_from_map(map, NULL, err);
    if (!found)
        return FAULT_REFUSED;
    return requestheader_allows(&found->headers, "front-proxy-client") && !requestheader_allows(&found->headers, "another") ? FAULT_DONE
                                                                                                                            : FAULT_DAMAGED;
}

/* What was answered is found as it was, or not at all: then it is asked again. */
static enum fault_outcome keep_review(struct error *err)
{
    static const char *const groups[] = {"a", "b"};
    static const struct kube_user user = {.name = "u", .groups = {groups, 2}};
    static const struct review_key key = {.bytes = {7}};
    CLEANUP(review_cache_freep) struct review_cache *cache = review_cache_new(16);
    CLEANUP(review_answer_releasep) struct review_answer *answer = cache ? review_answer_new(true, "so", &user) : NULL;
    CLEANUP(review_answer_releasep) struct review_answer *found = NULL;

    if (!answer) {
        error_no_memory(err);
        return FAULT_REFUSED;
    }
    review_cache_store(cache, &key, &(struct review_result){.answer = answer, .asked_ms = 1000, .question = "who is it?"});
    found = review_cache_find(cache, &key, (struct review_time){.now_ms = 2000, .ttl_ms = 60000});
    if (!found) {
        error_no_memory(err);
        return review_cache_len(cache) == 0 ? FAULT_REFUSED : FAULT_TOUCHED;
    }
    return found->yes && strcmp(found->principal.user.name, "u") == 0 && found->principal.user.groups.len == 2 ? FAULT_DONE : FAULT_DAMAGED;
}

static const struct fault_action actions[] = {
    {"read whom the cluster lets in", read_configuration, 20},
    {"keep a review", keep_review, 5, .may_do_without = true},
    {"read the requestheader lists", read_lists, 10},
    {"read a front proxy's headers", read_headers, 2},
    {"copy a user", copy_user, 5},
    {"add system:authenticated", add_authenticated, 1},
    {"write in lower case", lower, 1},
    {"write a lease", write_lease, 20},
    {"read a long kubeconfig", read_kubeconfig, 60},
};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

static void prepare(void)
{
    struct error err = {0};

    memset(long_text, 'Q', LONG); /* good base64, too */
    data = json_pack("{s:s, s:s, s:s}", "requestheader-username-headers", "[\"X-Remote-User\"]", "requestheader-group-headers",
                     "[\"X-Remote-Group\"]", "requestheader-extra-headers-prefix", "[\"X-Remote-Extra-\"]");
    ck_assert_ptr_nonnull(data);
    ck_assert_int_eq(requestheader_config_read(data, &config, &err), 0);
    (void)snprintf(kubeconfig, sizeof(kubeconfig),
                   "current-context: lab\ncontexts:\n- name: lab\n  context: {cluster: c, user: u}\nclusters:\n- name: c\n"
                   "  cluster:\n    server: https://10.0.0.1:6443/\n    certificate-authority-data: %s\n"
                   "users:\n- name: u\n  user:\n    client-certificate-data: %s\n    client-key: key\n",
                   long_text, long_text);
}

static void tidy(void)
{
    json_decref(data);
    requestheader_config_clear(&config);
}

Suite *identity_fault_suite(void)
{
    Suite *suite = suite_create("identity");
    TCase *tcase = tcase_create("allocations");

    tcase_add_checked_fixture(tcase, prepare, tidy);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    suite_add_tcase(suite, tcase);
    return suite;
}
