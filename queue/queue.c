#include "queue/queue.h"

#include <stdlib.h>
#include <string.h>

void queue_spec_clear(struct queue_spec *spec)
{
    free(spec->name);
    free(spec->organization);
    free(spec->name_space);
    free(spec->workload.name);
    tags_clear(&spec->tags);
    *spec = (struct queue_spec){0};
}

bool queue_spec_is_same(const struct queue_spec *a, const struct queue_spec *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->organization, b->organization) == 0 && tags_equal(&a->tags, &b->tags);
}
