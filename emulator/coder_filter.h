/* coder_filter.h - the query parameters of Coder's two lists, checked as Coder checks them. Pure.
 *
 * Shape    plain data; a parameter that is not given filters nothing
 * Errors   go into validations, one per parameter, with Coder's texts; unknown parameters too
 * Source   coder-api 1.1, 1.6: codersdk's httpapi query parser */
#ifndef EMULATOR_CODER_FILTER_H
#define EMULATOR_CODER_FILTER_H

#include "emulator/simulation.h"
#include "emulator/url.h"

enum { FILTER_IDS_MAX = 1024, VALIDATIONS_MAX = 8, VALIDATION_TEXT_MAX = 256 };

enum coder_daemon_status { CODER_DAEMON_OFFLINE, CODER_DAEMON_IDLE, CODER_DAEMON_BUSY, CODER_DAEMON_STATUSES };

struct validations {
    struct {
        char field[TAGSET_TEXT_MAX], detail[VALIDATION_TEXT_MAX];
    } items[VALIDATIONS_MAX];
    size_t len;
};

/* What both lists have. */
struct list_filter {
    int64_t limit;     /* 0: none */
    unsigned statuses; /* a bit per status; 0: all */
    struct stable_id ids[FILTER_IDS_MAX];
    size_t n_ids; /* 0: all */
    bool has_tags;
    struct tagset tags;
};

struct job_filter {
    struct list_filter list; /* statuses: bits of enum sim_job_state */
    bool has_initiator;
    struct stable_id initiator;
    char unknown_status[TAGSET_TEXT_MAX]; /* Coder hands it to the database, which refuses it */
};

struct daemon_filter {
    struct list_filter list; /* statuses: bits of enum coder_daemon_status */
    bool offline;            /* offline ones too */
    int64_t max_age_ms;      /* of the last heartbeat; 0: any */
};

void job_filter_parse(const struct url *target, struct job_filter *out, struct validations *wrong);
void daemon_filter_parse(const struct url *target, struct daemon_filter *out, struct validations *wrong);

const char *coder_job_status_name(enum sim_job_state state);
const char *coder_daemon_status_name(enum coder_daemon_status status);
/* Offline when not seen for 90 s, as Coder works it out. */
enum coder_daemon_status coder_daemon_status_of(const struct sim_daemon *daemon, int64_t now_ms);

bool job_filter_matches(const struct job_filter *filter, const struct simulation *sim, size_t job);
bool daemon_filter_matches(const struct daemon_filter *filter, const struct simulation *sim, const struct sim_daemon *daemon);

#endif
