#include "test/unit/emulator/world.h"

#include <check.h>
#include <string.h>

const char world_yaml[] = "token: " WORLD_TOKEN "\n"
                          "organizations:\n"
                          "  - {name: acme, default: true, id: 20b65688-77aa-59a7-b24c-dace09ddbc4c}\n"
                          "  - {name: platform}\n"
                          "pools:\n"
                          "  - {name: default, replicas: 2, startDelay: 10s}\n"
                          "  - {name: eu, tags: {cluster: eu}, replicas: 1, namePrefix: eu}\n"
                          "arrivals:\n"
                          "  - {at: 0s, count: 3, duration: 60s}\n"
                          "  - {at: 1s, count: 1, duration: 60s, initiator: prebuild}\n"
                          "  - {at: 2s, count: 1, duration: 60s}\n"
                          "  - {at: 3s, count: 1, duration: 30s, tags: {cluster: eu}, type: template_version_import, outcome: failed}\n"
                          "  - {at: 4s, count: 1, duration: 60s, tags: {gpu: a100}}\n"
                          "  - {at: 5s, count: 1, duration: 60s, organization: platform}\n";

void world_open(const char *yaml, int64_t now_ms, struct world *out)
{
    struct error err = {0};

    *out = (struct world){0};
    ck_assert_msg(scenario_read(yaml, strlen(yaml), &out->scenario, &err) == 0, "%s", err.text);
    out->sim = simulation_new(&out->scenario, &err);
    ck_assert_msg(out->sim != NULL, "%s", err.text);
    world_advance(out, now_ms);
}

void world_clear(struct world *world)
{
    simulation_free(world->sim);
    scenario_clear(&world->scenario);
    *world = (struct world){0};
}

void world_advance(struct world *world, int64_t now_ms)
{
    struct error err = {0};

    ck_assert_msg(simulation_advance(world->sim, now_ms, &err) == 0, "%s", err.text);
}

void world_get(const struct world *world, const char *text, struct answer *out)
{
    CLEANUP(url_clear) struct url target = {0};
    struct request request = {.method = "GET", .target = text, .token = WORLD_TOKEN, .body = ""};
    struct coder_view view = {world->sim, WORLD_START_UNIX_MS};
    struct error err = {0};

    ck_assert_msg(url_parse(text, &target, &err) == 0, "%s: %s", text, err.text);
    coder_api_answer(&view, &request, &target, out);
}
