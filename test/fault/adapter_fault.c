/* The configuration when memory runs out: never a part of it, never "no mistakes". */
#include <stdlib.h>
#include <string.h>

#include "adapter/config.h"
#include "adapter/families.h"
#include "test/fault/rounds.h"
#include "test/fault/suites.h"

static const char text[] = "apiVersion: coder-metrics-adapter/v1\nkind: Config\n"
                           "serving: {tokenAudiences: [a, b]}\n"
                           "coder: {url: \"https://coder.example.com\", tokenFile: /run/token}\n"
                           "queues:\n  - {name: default, tags: {region: eu}, replicas: {min: 6, max: 15}}\n  - {name: gpu}\n"
                           "guidelines:\n  - {users: 0, replicas: 6}\n"
                           "workshops:\n  - {name: autumn, queue: gpu, start: 2026-11-25T09:00:00Z, end: 2026-11-25T17:00:00Z, users: 25}\n"
                           "nodeGroups:\n  label: example.com/group\n  dataServices: [db]\n"
                           "  usage: {source: prometheus, prometheus: {url: \"http://p:9090\", headers: {X-Scope-OrgID: a}}}\n";

/* Mistakes are told in a value of their own; of memory only that it ran out. */
static enum fault_outcome parse(const char *yaml, struct error *err)
{
    struct config_mistakes mistakes;
    struct config config;

    fault_fill(&config, sizeof(config));
    if (config_parse(yaml, strlen(yaml), "config.yaml", &config, &mistakes) < 0) {
        if (mistakes.no_memory)
            error_no_memory(err);
        return fault_refused(&config, sizeof(config));
    }
    config_clear(&config);
    return FAULT_DONE;
}

static enum fault_outcome parse_config(struct error *err)
{
    return parse(text, err);
}

static const struct fault_action actions[] = {{"parse the configuration", parse_config, 300}};

START_TEST(allocation_fails)
{
    fault_rounds(&actions[_i]);
}
END_TEST

Suite *adapter_fault_suite(void)
{
    Suite *suite = suite_create("adapter");
    TCase *tcase = tcase_create("allocations");

    tcase_set_timeout(tcase, 30);
    tcase_add_loop_test(tcase, allocation_fails, 0, ARRAY_LEN(actions));
    suite_add_tcase(suite, tcase);
    return suite;
}
