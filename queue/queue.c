#include "queue/queue.h"

#include <stdlib.h>

void queue_spec_clear(struct queue_spec *spec)
{
    free(spec->name);
    free(spec->organization);
    free(spec->name_space);
    free(spec->workload.name);
    tags_clear(&spec->tags);
    *spec = (struct queue_spec){0};
}
