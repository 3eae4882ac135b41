/* fixture.h - a small table of families, snapshots of it, and the recorded wire fixtures. */
#ifndef TEST_UNIT_APISERVICE_FIXTURE_H
#define TEST_UNIT_APISERVICE_FIXTURE_H

#include <jansson.h>

#include "apiservice/exchange.h"
#include "metric/store.h"

enum { FIXTURE_NOW_BOOT_MS = 1000000, FIXTURE_FAMILIES = 5 };

/* queue_depth, provisioner_daemons (status may not be summed), unserved_jobs, job_wait_seconds (a summary), adapter_polls_total (local) */
extern const struct metric_family fixture_families[FIXTURE_FAMILIES];

struct fixture_ages {
    int64_t red_ms, blue_ms; /* ages of the sources of the queues red and blue; -1: never read */
    const char *blue_error;
    int64_t now_boot_ms; /* 0: FIXTURE_NOW_BOOT_MS */
};

/* Queues red (namespace coder) and blue (namespace "*"); 60 s are allowed. New. */
struct metric_snapshot *fixture_snapshot(const struct fixture_ages *ages);

/* The same, both fresh by the real clock. */
struct metric_snapshot *fixture_snapshot_now(void);

/* Files below test/fixtures/wire, new. The body of a recorded answer is what follows its head. */
char *fixture_text(const char *name);
void check_bytes(const struct buffer *ours, const char *name); /* equal to a binary fixture */
json_t *fixture_json(const char *name);
json_t *fixture_answer_json(const char *name);
/* A recorded request's target; new. */
char *fixture_request_target(const char *name);
/* A recorded request's header; NULL: absent. New. */
char *fixture_request_header(const char *name, const char *header);

/* Response bodies. */
json_t *response_json(const struct response *response);
const char *json_text_at(const json_t *object, const char *name);

#endif
