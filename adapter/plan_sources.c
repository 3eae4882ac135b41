#include "adapter/plan_sources.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

enum { SELECTOR_MAX = 256 };

static int ask(const struct running_adapter *adapter, const struct explain_question *question, json_t **out_new, struct error *err)
{
    CLEANUP(json_decrefp) json_t *answer = NULL;

    if (running_adapter_explain(adapter, question, NULL, &answer, err) < 0)
        return error_wrap(err, "ask %s for %s", adapter->server, question->metric);
    if (plan_answer_check(answer, question->metric, err) < 0)
        return -1;
    *out_new = json_incref(answer);
    return 0;
}

int plan_read_builds(const struct running_adapter *adapter, const char *queue, const char *name_space, struct plan_crowd *crowd,
                     struct error *err)
{
    CLEANUP(json_decrefp) json_t *answer = NULL;
    char selector[SELECTOR_MAX];
    const struct explain_question question = {"coder_provisioner_job_duration_seconds", name_space, selector};

    if ((size_t)snprintf(selector, sizeof(selector), "queue=%s,job_type=workspace_build", queue) >= sizeof(selector))
        return error_set(err, ERROR_INVALID, "--from-history: the name of a queue has at most 63 characters");
    if (ask(adapter, &question, &answer, err) < 0)
        return -1;
    if (!plan_answer_builds(answer, crowd))
        return error_set(err, ERROR_NOT_FOUND,
                         "--from-history %s: no workspace build of such a queue in namespace %s has ended in the last hour; give "
                         "--job-seconds and --job-cv",
                         queue, name_space);
    return 0;
}

static int read_amounts(const struct running_adapter *adapter, const struct explain_question *question, enum plan_amount amount,
                        struct plan_rooms *rooms, struct error *err)
{
    CLEANUP(json_decrefp) json_t *answer = NULL;

    if (ask(adapter, question, &answer, err) < 0)
        return -1;
    plan_answer_rooms(answer, amount, rooms);
    return 0;
}

int plan_read_rooms(const struct running_adapter *adapter, const char *name_space, struct plan_rooms *out, struct error *err)
{
    CLEANUP(plan_rooms_clear) struct plan_rooms rooms = {.items = calloc(PLAN_ROOMS_MAX, sizeof(struct plan_room))};
    const struct explain_question cores = {"node_group_headroom_cores", name_space, "resilience=node"};
    const struct explain_question bytes = {"node_group_headroom_bytes", name_space, "resilience=node"};

    if (!rooms.items)
        return error_no_memory(err);
    if (read_amounts(adapter, &cores, PLAN_CORES, &rooms, err) < 0 || read_amounts(adapter, &bytes, PLAN_BYTES, &rooms, err) < 0)
        return -1;
    *out = rooms;
    rooms = (struct plan_rooms){0};
    return 0;
}
