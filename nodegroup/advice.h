/* advice.h - what an administrator should do about a node group, and why. Pure.
 *
 * Shape    fixed codes; each advice says what to do (text) and the figures behind it (why). Advice to grow is given at once,
 *          advice to shrink only at a review and only with months of history
 * Source   capacity.md sections 4 and 5.4 */
#ifndef NODEGROUP_ADVICE_H
#define NODEGROUP_ADVICE_H

#include "nodegroup/advice_size.h"
#include "nodegroup/resilience.h"

enum advice_code {
    ADVICE_ADD_NODE,
    ADVICE_REBALANCE,
    ADVICE_CONSOLIDATE,
    ADVICE_HALF_SIZE_BEFORE_BELOW_THREE,
    ADVICE_ASK_BEFORE_DOUBLING,
    ADVICE_ASK_BEFORE_HALVING,
    ADVICE_ANTI_AFFINITY_LIMIT,
    ADVICE_REMOVE_NODE,
    ADVICE_DRAIN_AND_CORDON,
    ADVICE_P2_LINE_TOO_LATE,
    ADVICE_CODES,
};

enum advice_severity { ADVICE_INFO, ADVICE_WARNING, ADVICE_CRITICAL };

enum { ADVICE_TEXT_MAX = 512, ADVICE_LIST_MAX = 32 };

struct advice {
    enum advice_code code;
    enum advice_severity severity;
    char text[ADVICE_TEXT_MAX], why[ADVICE_TEXT_MAX];
};

struct advice_list {
    struct advice items[ADVICE_LIST_MAX];
    size_t n;
};

/* A week of the group's demand, absolute: ratios of the past mean nothing after a resize. */
struct advice_week {
    double median_cpu, peak_cpu;  /* milli-cores: median, and the largest mean over 24 hours */
    double peak_memory;           /* bytes, the same */
    double hour_cpu, hour_memory; /* the largest mean over an hour */
    double coverage;              /* 0..1: how much of the week is known */
};

/* Where use goes within four weeks: its mean over a day against what the group carries and still loses a node. */
struct advice_outlook {
    bool crosses;                      /* the forecast itself passes the line, not only its band */
    double earliest_days, latest_days; /* by the two ends of the band; latest below 0: not within four weeks */
    double missing;                    /* milli-cores or bytes: how far above the line it comes */
};

/* What the last months say. */
struct advice_history {
    const struct advice_week *weeks; /* oldest first */
    size_t n_weeks;
    double days_since_change, days_since_review; /* of the number of nodes; of the last such advice */
    double nodes;                                /* the newest number that it knows; 0: it was not asked */
    double review_period_days;
    bool will_cross;                /* a forecast, or its band, passes a line within 28 days */
    struct advice_outlook ahead[2]; /* cpu, memory */
};

/* What a node really uses now; known is false where nothing reports: absent is not idle. */
struct advice_usage {
    const struct node_usage *nodes; /* per node of the placement */
    size_t n_known;                 /* usable nodes that report */
};

struct advice_input {
    struct placement *placement; /* is as before afterwards */
    const struct resilience *checks;
    size_t n_checks, n_asked;  /* the first ones are what the group shall outlive, the others are good to know */
    bool requests_count;       /* false: a data service, whose requests say nothing about room */
    size_t anti_affinity_most; /* nodes that the infrastructure can keep apart; 0: unknown */
    struct size_lines lines;
    struct advice_usage usage;
    const struct advice_history *history; /* NULL: none, and so no advice to remove nodes */
};

int advice_give(const struct advice_input *input, struct advice_list *out, struct error *err) MUST_CHECK;
const char *advice_code_name(enum advice_code code);
const char *advice_severity_name(enum advice_severity severity);

/* --- its parts --- */

struct advice *advice_add(struct advice_list *list, enum advice_code code, enum advice_severity severity);
int advice_shrink(const struct advice_input *input, struct advice_list *out, struct error *err) MUST_CHECK;
/* Is the P2 line early enough for this many nodes, or zones, of their sizes? */
void advice_lines(const struct advice_input *input, struct advice_list *out);
/* More nodes before the forecast passes the line; *most: the largest number of nodes that is asked for. */
void advice_look_ahead(const struct advice_input *input, size_t *most, struct advice_list *out);
/* Half as many nodes of twice the size, where that holds in use and requests too; with a history only at a review. */
int advice_consolidate(const struct advice_input *input, struct advice_list *out, struct error *err) MUST_CHECK;
/* Instead of going below three. */
int advice_half_size(const struct advice_input *input, struct advice_list *out, struct error *err) MUST_CHECK;
/* Are as many nodes there as the history knows? Not when one came or went within the hour. */
bool advice_is_as_known(const struct advice_input *input);
/* Is this the time to speak of shrinking at all? At most once a review period, never right after a change. */
bool advice_is_review(const struct advice_input *input);
/* Where a node is asked for already, more need not be said. */
bool advice_wants_more(const struct advice_list *list);
/* "c4 (4000m cpu, 16384 MiB allocatable)" */
void advice_describe_node(const struct placement *placement, uint32_t type, char *out, size_t size);
const char *advice_loss_name(enum resilience_mode mode); /* "a node" */
/* Weeks that count for shrinking: covered, and not quiet. The busiest day and hour are of all of them. */
struct advice_weeks {
    size_t n_counted, n_quiet;
    double peak_cpu, peak_memory, hour_cpu, hour_memory;
};
struct advice_weeks advice_weigh_weeks(const struct advice_history *history);
/* May a node's name stand in a command? */
bool advice_is_plain_name(const char *name);

#endif
