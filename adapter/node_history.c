#include "adapter/node_history.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "nodegroup/forecast.h"
#include "nodegroup/history.h"

enum { HOUR_SECONDS = 3600, GROUPS_MAX = 1000, DAY_ROWS_MAX = 300 };

static const int64_t hour_ms = 3600000, day_ms = 86400000, week_ms = 7 * INT64_C(86400000);
static const int64_t piece_longest_ms = 900000; /* longer without a recording is a gap */
static const double minutes_coverage_least = 0.1, hours_coverage_least = 0.5;

static const char *const resource_names[USAGE_RESOURCES] = {[USAGE_CPU] = "cpu", [USAGE_MEMORY] = "memory"};
static const size_t amounts_of[USAGE_RESOURCES] = {[USAGE_CPU] = RESOURCE_CPU, [USAGE_MEMORY] = RESOURCE_MEMORY};

/* The look ahead of one group. */
struct outlook {
    char *group;
    int64_t hour[USAGE_RESOURCES]; /* for which it was made; 0: not yet */
    int64_t at_unix_ms[USAGE_RESOURCES];
    int64_t seconds[USAGE_RESOURCES]; /* from at; -1: it does not pass the line */
};

struct node_history {
    struct history *history;
    double line[USAGE_RESOURCES];
    struct usage_clocks recorded; /* when; unix_ms is 0: not yet */
    int64_t now_unix_ms;
    struct outlook *outlooks;
    size_t n_outlooks;
    bool failing;
};

struct node_history *node_history_new(const struct config_node_groups *settings, struct error *err)
{
    const struct history_options options = {.path = settings->history.path, .retention_ms = settings->history.retention_ms};
    struct node_history *history = calloc(1, sizeof(*history));

    if (!history) {
        (void)error_no_memory(err);
        return NULL;
    }
    history->line[USAGE_CPU] = settings->thresholds.p2.cpu;
    history->line[USAGE_MEMORY] = settings->thresholds.p2.memory;
    history->history = history_open(&options, err);
    if (!history->history) {
        free(history);
        return NULL;
    }
    if (history_problem(history->history))
        log_warn("the history of the node groups has a problem", "file", settings->history.path, "error", history_problem(history->history),
                 NULL);
    return history;
}

void node_history_free(struct node_history *history)
{
    if (!history)
        return;
    history_close(history->history);
    for (size_t i = 0; i < history->n_outlooks; i++)
        free(history->outlooks[i].group);
    free(history->outlooks);
    free(history);
}

void node_history_adopt(struct node_history *history, struct history *take)
{
    if (!take || history_is_kept(history->history)) {
        history_close(take);
        return;
    }
    history_close(history->history);
    history->history = take;
    for (size_t i = 0; i < history->n_outlooks; i++)
        memset(history->outlooks[i].hour, 0, sizeof(history->outlooks[i].hour)); /* look ahead anew */
}

const char *node_history_problem(const struct node_history *history)
{
    return history_problem(history->history);
}

/* --- after a restart --- */

struct group_names {
    char *items[GROUPS_MAX];
    size_t n;
};

static void clear_names(struct group_names **names)
{
    for (size_t i = 0; *names && i < (*names)->n; i++)
        free((*names)->items[i]);
    free(*names);
}

static void note_name(void *context, const char *name)
{
    struct group_names *names = context;
    const char *slash = strchr(name, '/');

    if (!slash || strcmp(slash, "/cpu/use") != 0 || names->n == GROUPS_MAX)
        return;
    names->items[names->n] = strndup(name, (size_t)(slash - name));
    names->n += names->items[names->n] != NULL;
}

struct rows {
    struct history_row items[DAY_ROWS_MAX];
    size_t n;
};

static void keep_row(void *context, const struct history_row *row)
{
    struct rows *rows = context;

    if (rows->n < DAY_ROWS_MAX)
        rows->items[rows->n++] = *row;
}

/* What is read back, and where it goes. */
struct restoring {
    struct node_history *history;
    struct usage_tracker *tracker;
    const struct usage_clocks *now;
    const char *group;
};

static int read_day(const struct restoring *restoring, enum usage_resource resource, const char *what, struct rows *out, struct error *err)
{
    char name[HISTORY_NAME_MAX];
    const struct history_range range = {
        .name = name,
        .tier = HISTORY_MINUTES,
        .from_unix_ms = restoring->now->unix_ms - day_ms,
        .to_unix_ms = restoring->now->unix_ms,
        .coverage_least = minutes_coverage_least,
    };

    (void)snprintf(name, sizeof(name), "%s/%s/%s", restoring->group, resource_names[resource], what);
    return history_read(restoring->history->history, &range, keep_row, out, err);
}

static int restore_row(const struct restoring *restoring, enum usage_resource resource, const struct history_row *use,
                       const struct history_row *capacity, struct error *err)
{
    int64_t from = use->start_ms - restoring->now->unix_ms + restoring->now->boot_ms;
    const struct window_piece piece = {
        .from_ms = from,
        .to_ms = from + use->covered_ms,
        .use = (double)use->mean,
        .capacity = (double)capacity->mean,
        .expected = (double)capacity->mean,
        .watched = true,
    };

    if (piece.to_ms > restoring->now->boot_ms)
        return 0;
    return usage_tracker_restore(restoring->tracker, restoring->group, resource, &piece, err);
}

static int restore_group(const struct restoring *restoring, enum usage_resource resource, struct error *err)
{
    struct rows use = {.n = 0}, capacity = {.n = 0};
    size_t k = 0;

    if (read_day(restoring, resource, "use", &use, err) < 0 || read_day(restoring, resource, "capacity", &capacity, err) < 0)
        return -1;
    for (size_t i = 0; i < use.n; i++) {
        while (k < capacity.n && capacity.items[k].start_ms < use.items[i].start_ms)
            k++;
        if (k < capacity.n && capacity.items[k].start_ms == use.items[i].start_ms &&
            restore_row(restoring, resource, &use.items[i], &capacity.items[k], err) < 0)
            return -1;
    }
    return 0;
}

static void note_trouble(struct node_history *history, const struct error *err)
{
    if (err && !history->failing)
        log_warn("the history of the node groups cannot be read or written; it is tried again", "error", err->text, NULL);
    else if (!err && history->failing)
        log_info("the history of the node groups is read and written again", NULL);
    history->failing = err != NULL;
}

static int restore(struct restoring *restoring, const struct group_names *names, struct error *err)
{
    for (size_t i = 0; i < names->n; i++) {
        restoring->group = names->items[i];
        for (enum usage_resource resource = 0; resource < USAGE_RESOURCES; resource++)
            if (restore_group(restoring, resource, err) < 0)
                return -1;
    }
    return 0;
}

int node_history_restore(struct node_history *history, struct usage_tracker *tracker, const struct usage_clocks *now, struct error *err)
{
    CLEANUP(clear_names) struct group_names *names = calloc(1, sizeof(*names));
    struct restoring restoring = {.history = history, .tracker = tracker, .now = now};
    struct error why = {0};

    if (!names)
        return error_no_memory(err);
    if (history_each_series(history->history, note_name, names, &why) < 0 || restore(&restoring, names, &why) < 0)
        note_trouble(history, &why); /* the windows fill by themselves, in a day */
    return 0;
}

/* --- recording --- */

struct recording {
    struct node_history *history;
    const char *group;
    struct history_piece piece;
    struct error err; /* the first one */
};

/* One series that cannot be kept (there are too many) takes nothing from the others. */
static void record_value(struct recording *recording, const char *what, double value)
{
    char name[HISTORY_NAME_MAX];
    struct error err = {0};

    if (!isfinite(value))
        return;
    recording->piece.value = value;
    if ((size_t)snprintf(name, sizeof(name), "%s/%s", recording->group, what) < sizeof(name) &&
        history_add(recording->history->history, name, &recording->piece, &err) < 0 && recording->err.code == ERROR_NONE)
        recording->err = err;
}

static void record_resource(struct recording *recording, enum usage_resource resource, const struct usage_tracker *tracker,
                            const struct group_figures *figures)
{
    struct usage_demand demand;
    size_t amount = amounts_of[resource];
    char what[32];

    if (usage_tracker_demand(tracker, figures->name, resource, WINDOW_NOW, &demand) && isfinite(demand.use)) {
        (void)snprintf(what, sizeof(what), "%s/use", resource_names[resource]);
        record_value(recording, what, demand.use);
        (void)snprintf(what, sizeof(what), "%s/capacity", resource_names[resource]);
        record_value(recording, what, demand.capacity_now);
    }
    if (figures->requests_count) {
        (void)snprintf(what, sizeof(what), "%s/requests", resource_names[resource]);
        record_value(recording, what, (double)figures->requested[amount]);
    }
    (void)snprintf(what, sizeof(what), "%s/line", resource_names[resource]);
    record_value(recording, what, (double)figures->line[amount]);
}

static void record_groups(struct recording *recording, const struct usage_tracker *tracker, const struct node_figures *figures)
{
    for (size_t i = 0; i < figures->n_groups; i++) {
        recording->group = figures->groups[i].name;
        for (enum usage_resource resource = 0; resource < USAGE_RESOURCES; resource++)
            record_resource(recording, resource, tracker, &figures->groups[i]);
        record_value(recording, "nodes/ready", (double)figures->groups[i].n_state[NODE_READY]);
    }
}

/* --- looking ahead --- */

static struct outlook *find_outlook(const struct node_history *history, const char *group)
{
    for (size_t i = 0; i < history->n_outlooks; i++)
        if (strcmp(history->outlooks[i].group, group) == 0)
            return &history->outlooks[i];
    return NULL;
}

static struct outlook *get_outlook(struct node_history *history, const char *group)
{
    struct outlook *found = find_outlook(history, group), *moved;

    if (found || history->n_outlooks == GROUPS_MAX)
        return found;
    moved = reallocarray(history->outlooks, history->n_outlooks + 1, sizeof(*moved));
    if (!moved)
        return NULL;
    history->outlooks = moved;
    moved[history->n_outlooks] = (struct outlook){.group = strdup(group), .seconds = {-1, -1}};
    return moved[history->n_outlooks].group ? &moved[history->n_outlooks++] : NULL;
}

static int64_t crossing_seconds(const struct forecast *forecast, double line)
{
    struct forecast_crossing crossing;

    if (!forecast->ready)
        return -1;
    crossing = forecast_time_to(forecast, line);
    if (crossing.outlook == FORECAST_ABOVE)
        return 0;
    return crossing.outlook == FORECAST_CROSSES && crossing.likely >= 0 ? crossing.likely * HOUR_SECONDS : -1;
}

static int read_weeks(const struct node_history *history, const char *name, struct series *out, struct error *err)
{
    const struct history_range range = {
        .name = name,
        .tier = HISTORY_HOURS,
        .from_unix_ms = history->now_unix_ms - FORECAST_WEEKS_USED * week_ms,
        .to_unix_ms = history->now_unix_ms / hour_ms * hour_ms,
        .coverage_least = hours_coverage_least,
    };

    return history_read_hours(history->history, &range, out, err);
}

/* -1: it does not pass the line, or that cannot be told. */
static int64_t look_ahead(const struct node_history *history, const char *name, double line, struct error *err)
{
    CLEANUP(series_clear) struct series use = {0};
    CLEANUP(forecast_clear) struct forecast forecast = {0};
    struct forecast_input input = {.horizon = FORECAST_HORIZON_MAX};

    if (read_weeks(history, name, &use, err) < 0 || use.len == 0)
        return -1;
    input.values = use.values;
    input.len = use.len;
    input.first_hour = use.first_hour;
    return forecast_make(&input, &forecast, err) < 0 ? -1 : crossing_seconds(&forecast, line);
}

/* True: one was due, and was made. */
static bool look_ahead_of(struct node_history *history, struct outlook *outlook, enum usage_resource resource,
                          const struct usage_tracker *tracker, struct error *err)
{
    int64_t hour = history->now_unix_ms / hour_ms;
    struct usage_demand demand;
    char name[HISTORY_NAME_MAX];

    if (outlook->hour[resource] == hour || !usage_tracker_demand(tracker, outlook->group, resource, WINDOW_NOW, &demand) ||
        demand.capacity_now <= 0)
        return false;
    outlook->hour[resource] = hour;
    outlook->at_unix_ms[resource] = history->now_unix_ms;
    (void)snprintf(name, sizeof(name), "%s/%s/use", outlook->group, resource_names[resource]);
    outlook->seconds[resource] = look_ahead(history, name, demand.capacity_now * history->line[resource], err);
    return true;
}

static void look_ahead_once(struct node_history *history, const struct usage_tracker *tracker, const struct node_figures *figures,
                            struct error *err)
{
    for (size_t i = 0; i < figures->n_groups; i++) {
        struct outlook *outlook = get_outlook(history, figures->groups[i].name);

        for (enum usage_resource resource = 0; outlook && resource < USAGE_RESOURCES; resource++)
            if (look_ahead_of(history, outlook, resource, tracker, err))
                return;
    }
}

/* The time since the recording before, as long as both clocks say: one that was set forward leaves a gap. */
static struct history_piece since(const struct usage_clocks *before, const struct usage_clocks *now)
{
    int64_t passed = now->boot_ms - before->boot_ms, from = now->unix_ms - passed;

    return (struct history_piece){.from_unix_ms = from > before->unix_ms ? from : before->unix_ms, .to_unix_ms = now->unix_ms};
}

void node_history_record(struct node_history *history, const struct usage_tracker *tracker, const struct node_figures *figures,
                         const struct usage_clocks *now)
{
    struct recording recording = {.history = history, .piece = since(&history->recorded, now)};
    int64_t held = recording.piece.to_unix_ms - recording.piece.from_unix_ms;
    bool first = history->recorded.unix_ms == 0;
    struct error err = {0};

    history->now_unix_ms = now->unix_ms;
    history->recorded = *now;
    if (first || held <= 0 || held > piece_longest_ms)
        return;
    record_groups(&recording, tracker, figures);
    if (history_flush(history->history, now->boot_ms, &err) == 0)
        look_ahead_once(history, tracker, figures, &err);
    if (recording.err.code == ERROR_NONE)
        recording.err = err;
    note_trouble(history, recording.err.code == ERROR_NONE ? NULL : &recording.err);
}

bool node_history_crossing(const struct node_history *history, const char *group, enum usage_resource resource, int64_t *out_seconds)
{
    const struct outlook *outlook = find_outlook(history, group);
    int64_t passed;

    if (!outlook || outlook->hour[resource] == 0 || outlook->seconds[resource] < 0)
        return false;
    passed = (history->now_unix_ms - outlook->at_unix_ms[resource]) / 1000;
    *out_seconds = outlook->seconds[resource] > passed ? outlook->seconds[resource] - passed : 0;
    return true;
}
