#include "adapter/cluster_told.h"

#include <stdlib.h>
#include <string.h>

struct told_grace {
    struct told_grace *next;
    int64_t grace_s;
    char queue[];
};

void cluster_told_clear(struct cluster_told *told)
{
    workshop_list_clear(&told->workshops);
    workshop_list_clear(&told->next);
    schedule_clear(&told->schedule);
    schedule_clear(&told->next_schedule);
    while (told->graces) {
        struct told_grace *grace = told->graces;

        told->graces = grace->next;
        free(grace);
    }
    *told = (struct cluster_told){0};
}

void cluster_told_set_workshops(struct cluster_told *told, struct workshop_list take)
{
    workshop_list_clear(&told->next);
    told->next = take;
    told->has_next = true;
}

void cluster_told_set_schedule(struct cluster_told *told, struct schedule take)
{
    schedule_clear(&told->next_schedule);
    told->next_schedule = take;
    told->has_next_schedule = true;
}

void cluster_told_set_grace(struct cluster_told *told, const char *queue, int64_t grace_s)
{
    struct told_grace *grace = told->graces;
    size_t len = strlen(queue);

    while (grace && strcmp(grace->queue, queue) != 0)
        grace = grace->next;
    if (!grace) {
        grace = calloc(1, sizeof(*grace) + len + 1);
        if (!grace)
            return; /* it is told again */
        memcpy(grace->queue, queue, len);
        grace->next = told->graces;
        told->graces = grace;
    }
    grace->grace_s = grace_s;
}

static void apply_grace(const struct told_grace *grace, struct coder_state *state)
{
    for (size_t i = 0; i < state->n_specs; i++)
        if (strcmp(state->specs[i].name, grace->queue) == 0) {
            state->policies[i].grace.known = state->specs[i].protect_busy;
            state->policies[i].grace.grace_s = grace->grace_s;
        }
}

void cluster_told_apply(struct cluster_told *told, struct coder_state *state)
{
    for (const struct told_grace *grace = told->graces; grace; grace = grace->next)
        apply_grace(grace, state);
    if (told->has_next_schedule) {
        schedule_clear(&told->schedule);
        told->schedule = schedule_move(&told->next_schedule);
        told->has_next_schedule = false;
    }
    if (!told->has_next)
        return;
    workshop_list_clear(&told->workshops);
    told->workshops = told->next;
    told->next = (struct workshop_list){0};
    told->has_next = false;
}
