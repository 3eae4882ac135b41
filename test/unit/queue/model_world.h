/* model_world.h - jobs, daemons and queues in a few words, and the model made of them in one line of text.
 *
 * Shape    tags: "a=1,b=2"; scope and owner as any other. Ids are small numbers. Jobs and daemons go through Coder's JSON and the
 *          decoders, as in life.
 *          The text: "waiting+active" of each queue; then "unserved tags:count ...", "unmanaged tags:count ..." when there are any */
#ifndef TEST_UNIT_QUEUE_MODEL_WORLD_H
#define TEST_UNIT_QUEUE_MODEL_WORLD_H

#include "queue/model.h"

enum { WORLD_MAX = 12 };

/* An all-zero row ends each list. */
struct world_queue {
    const char *tags; /* NULL: the end */
    int64_t max;
};

struct world_job {
    const char *status; /* NULL: the end */
    const char *tags;
    int id, worker; /* worker 0: not said */
    int age_s;
    bool prebuild;
};

struct world_daemon {
    const char *status; /* NULL: the end */
    const char *tags;
    int id, job; /* job 0: none */
    bool built_in;
};

struct world {
    struct world_queue queues[WORLD_MAX];
    struct world_job jobs[WORLD_MAX];
    struct world_daemon daemons[WORLD_MAX];
};

void world_model(const struct world *world, struct queue_model *out);
void world_print(const struct queue_model *model, struct buffer *out);

#endif
