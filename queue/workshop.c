#include "queue/workshop.h"

#include <stdlib.h>
#include <string.h>

enum { WAVES = 2 };

void workshop_clear(struct workshop *workshop)
{
    free(workshop->name);
    free(workshop->queue);
    *workshop = (struct workshop){0};
}

void workshop_list_clear(struct workshop_list *list)
{
    for (size_t i = 0; i < list->len; i++)
        workshop_clear(&list->items[i]);
    free(list->items);
    *list = (struct workshop_list){0};
}

const struct guideline *guideline_for(const struct guideline *rows, size_t n, int64_t users)
{
    const struct guideline *row = NULL;

    for (size_t i = 0; i < n && rows[i].users <= users; i++)
        row = &rows[i];
    if (!row || row != &rows[n - 1])
        return row;
    return users == row->users || users <= WAVES * row->replicas ? row : NULL;
}

int64_t guideline_replicas(const struct guideline *rows, size_t n, int64_t users)
{
    const struct guideline *row = guideline_for(rows, n, users);
    int64_t replicas = (users + WAVES - 1) / WAVES;

    if (users <= 0)
        return 0;
    if (row)
        return row->replicas;
    if (n > 0 && users > rows[n - 1].users && rows[n - 1].replicas > replicas)
        return rows[n - 1].replicas; /* more people never get less */
    return replicas;
}

int64_t workshop_users(const struct workshop *workshops, size_t n, const char *queue, int64_t now_unix_ms)
{
    int64_t users = 0;

    for (size_t i = 0; i < n; i++)
        if (strcmp(workshops[i].queue, queue) == 0 && now_unix_ms >= workshops[i].start_unix_ms - workshops[i].lead_ms &&
            now_unix_ms < workshops[i].end_unix_ms)
            users += workshops[i].users;
    return users;
}
