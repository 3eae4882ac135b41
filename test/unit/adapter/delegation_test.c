/* delegation_test.c - the cluster's authentication configuration as it is read, changed, broken and lost. */
#include "adapter/delegation.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "test/unit/adapter/suites.h"
#include "test/unit/kube/script_server.h"

#define PATH "/api/v1/namespaces/kube-system/configmaps?fieldSelector=metadata.name%3Dextension-apiserver-authentication"
#define LIST "GET " PATH "&limit=500 HTTP"
#define WATCH(version) "GET " PATH "&watch=true&allowWatchBookmarks=true&resourceVersion=" version "&timeoutSeconds="
#define MAP(version, data) \
    "{\"metadata\":{\"name\":\"extension-apiserver-authentication\",\"resourceVersion\":\"" version "\"},\"data\":" data "}"
#define PAGE(items) SCRIPT_JSON("200 OK", "{\"kind\":\"ConfigMapList\",\"metadata\":{\"resourceVersion\":\"100\"},\"items\":[" items "]}")
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define STREAM(events) SCRIPT_JSON("200 OK", events)
#define NAMES(name) "{\"requestheader-allowed-names\":\"[\\\"" name "\\\"]\"}"

static void stop(void *context)
{
    loop_stop(((struct script_client *)context)->loop);
}

/* The last step holds its connection, so that the story ends there. */
static const struct {
    const char *label;
    struct script_step steps[5];
    bool ready;
    const char *allowed; /* the name that the state in force allows; NULL: there is none */
    uint64_t generation;
    const char *refused; /* adapter_authentication_config_refused */
} stories[] = {
    {"read", {{LIST, PAGE(MAP("7", NAMES("a"))), false, NULL}, {WATCH("100"), "", true, stop}}, true, "a", 1, " 0\n"},
    {"changed",
     {{LIST, PAGE(MAP("7", NAMES("a"))), false, NULL},
      {WATCH("100"), STREAM(EVENT("MODIFIED", MAP("101", NAMES("b")))), false, NULL},
      {WATCH("101"), "", true, stop}},
     true,
     "b",
     2,
     " 0\n"},
    {"told again by a later list",
     {{LIST, PAGE(MAP("7", NAMES("a"))), false, NULL},
      {WATCH("100"), SCRIPT_JSON("410 Gone", ""), false, NULL},
      {LIST, PAGE(MAP("7", NAMES("a"))), false, NULL},
      {WATCH("100"), "", true, stop}},
     true,
     "a",
     1,
     " 0\n"},
    {"broken: what is in force stays",
     {{LIST, PAGE(MAP("7", NAMES("a"))), false, NULL},
      {WATCH("100"), STREAM(EVENT("MODIFIED", MAP("101", "{\"client-ca-file\":\"rubbish\"}"))), false, NULL},
      {WATCH("101"), "", true, stop}},
     true,
     "a",
     1,
     " 1\n"},
    {"broken and mended",
     {{LIST, PAGE(MAP("7", "{\"client-ca-file\":\"rubbish\"}")), false, NULL},
      {WATCH("100"), STREAM(EVENT("MODIFIED", MAP("101", NAMES("b")))), false, NULL},
      {WATCH("101"), "", true, stop}},
     true,
     "b",
     1,
     " 0\n"},
    {"deleted: what is in force stays",
     {{LIST, PAGE(MAP("7", NAMES("a"))), false, NULL},
      {WATCH("100"), STREAM(EVENT("DELETED", MAP("101", NAMES("a")))), false, NULL},
      {WATCH("101"), "", true, stop}},
     true,
     "a",
     1,
     " 0\n"},
    {"deleted and made again",
     {{LIST, PAGE(MAP("7", NAMES("a"))), false, NULL},
      {WATCH("100"), STREAM(EVENT("DELETED", MAP("101", NAMES("a"))) EVENT("ADDED", MAP("102", NAMES("c")))), false, NULL},
      {WATCH("102"), "", true, stop}},
     true,
     "c",
     2,
     " 0\n"},
    {"not there", {{LIST, PAGE(""), false, NULL}, {WATCH("100"), "", true, stop}}, false, NULL, 0, " 0\n"},
    {"broken from the start",
     {{LIST, PAGE(MAP("7", "{\"client-ca-file\":7}")), false, NULL}, {WATCH("100"), "", true, stop}},
     false,
     NULL,
     0,
     " 1\n"},
    {"forbidden at first",
     {{LIST, SCRIPT_JSON("403 Forbidden", "{\"kind\":\"Status\",\"message\":\"no\"}"), false, NULL},
      {LIST, PAGE(MAP("7", NAMES("a"))), false, NULL},
      {WATCH("100"), "", true, stop}},
     true,
     "a",
     1,
     " 0\n"},
};

static void check_end(int row, struct delegation *delegation)
{
    CLEANUP(authentication_config_releasep) struct authentication_config *config = access_config(delegation_access(delegation));
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(65536);
    struct exposition exposition = {.out = &text};
    char reason[128] = "", line[128];

    ck_assert(delegation_is_ready(delegation, reason, sizeof(reason)) == stories[row].ready);
    ck_assert((reason[0] == '\0') == stories[row].ready);
    ck_assert((config != NULL) == (stories[row].allowed != NULL));
    if (config) {
        ck_assert(requestheader_allows(&config->headers, stories[row].allowed));
        ck_assert_uint_eq(config->generation, stories[row].generation);
    }
    delegation_expose(delegation, &exposition);
    (void)snprintf(line, sizeof(line), "\nadapter_authentication_config_refused%s", stories[row].refused);
    ck_assert_msg(strstr(buffer_text(&text), line) != NULL, "%s", buffer_text(&text));
    ck_assert_ptr_nonnull(strstr(buffer_text(&text), "\nadapter_reviews_total{kind=\"access\",result=\"yes\"} 0\n"));
}

START_TEST(story_case)
{
    static struct script_server server;
    static struct script_client client;
    char one[] = "one", two[] = "two", *audiences[] = {one, two};
    struct config_serving serving = {.authorization_ttl_ms = 30000, .token_audiences = {audiences, 2}};
    struct delegation *delegation;
    struct error err = {0};
    size_t n = 0;

    log_setup(LOG_ERROR, LOG_TEXT);
    while (n < ARRAY_LEN(stories[_i].steps) && stories[_i].steps[n].expects)
        n++;
    server = (struct script_server){.steps = stories[_i].steps, .n_steps = n, .context = &client};
    script_server_start(&server);
    script_client_open(&client, &server);
    delegation = delegation_new(client.client, &serving, &err);
    ck_assert_msg(delegation != NULL, "%s", err.text);
    script_client_run(&client);
    check_end(_i, delegation);
    delegation_free(delegation);
    script_server_stop(&server); /* first: its thread is still on its way out of loop_stop */
    script_client_close(&client);
}
END_TEST

Suite *delegation_suite(void)
{
    Suite *suite = suite_create("delegation");
    TCase *tcase = tcase_create("delegation");

    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, story_case, 0, ARRAY_LEN(stories));
    suite_add_tcase(suite, tcase);
    return suite;
}
