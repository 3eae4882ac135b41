#include "emulator/coder_filter.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/json.h"
#include "emulator/coder_names.h"

enum { DEFAULT_LIMIT = 50, STALE_AFTER_MS = 90 * 1000 };

/* Coder's own rule yields no "unknown", but its enum has it. */
static const char *const job_statuses[SIM_JOB_STATES + 1] = {"pending", "running",  "canceling", "succeeded",
                                                             "failed",  "canceled", "unknown"};
static const char *const daemon_statuses[CODER_DAEMON_STATUSES] = {"offline", "idle", "busy"};

static const char *const job_parameters[] = {"limit", "status", "ids", "tags", "initiator"};
static const char *const daemon_parameters[] = {"limit", "status", "ids", "tags", "offline", "max_age"};

PRINTF_LIKE(3, 4) static void refuse(struct validations *wrong, const char *field, const char *format, ...)
{
    va_list args;

    if (wrong->len == VALIDATIONS_MAX)
        return;
    (void)snprintf(wrong->items[wrong->len].field, sizeof(wrong->items[0].field), "%s", field);
    va_start(args, format);
    (void)vsnprintf(wrong->items[wrong->len].detail, sizeof(wrong->items[0].detail), format, args);
    va_end(args);
    wrong->len++;
}

static void refuse_unknown(const struct url *target, const char *const *known, size_t n, struct validations *wrong)
{
    for (size_t i = 0; i < target->n_pairs; i++) {
        size_t at = 0;

        while (at < n && strcmp(known[at], target->pairs[i].key) != 0)
            at++;
        if (at == n)
            refuse(wrong, target->pairs[i].key, "\"%.60s\" is not a valid query param", target->pairs[i].key);
    }
}

/* The one value of a parameter; NULL when it is absent, empty, or there more than once (then refused). */
static const char *single(const struct url *target, const char *key, struct validations *wrong)
{
    size_t count = 0;
    const char *value = url_value(target, key, &count);

    if (count > 1) {
        refuse(wrong, key, "Query param \"%s\" provided more than once, found %zu times. Only provide 1 instance of this query param.", key,
               count);
        return NULL;
    }
    return value && *value != '\0' ? value : NULL;
}

static void parse_limit(const struct url *target, int64_t *out, struct validations *wrong)
{
    const char *value = single(target, "limit", wrong);
    char *end = NULL;
    long long limit;

    *out = DEFAULT_LIMIT;
    if (!value)
        return;
    errno = 0;
    limit = strtoll(value, &end, 10);
    if (*end != '\0' || strchr(" \t\n\v\f\r", *value))
        refuse(wrong, "limit",
               "Query param \"limit\" must be a valid 32-bit positive integer: strconv.ParseInt: parsing \"%.40s\": invalid syntax", value);
    else if (errno != 0 || limit > INT_MAX || limit < INT_MIN)
        refuse(wrong, "limit",
               "Query param \"limit\" must be a valid 32-bit positive integer: strconv.ParseInt: parsing \"%.40s\": value out of range",
               value);
    else if (limit < 0)
        refuse(wrong, "limit", "Query param \"limit\" must be a valid 32-bit positive integer: value is negative");
    else
        *out = limit;
}

/* Calls take(context, word, len) for each word of a parameter: repeated, or with commas, or both. */
typedef void take_word(void *context, const char *word, size_t len);
static void each_word(const struct url *target, const char *key, take_word *take, void *context)
{
    for (size_t i = 0; i < target->n_pairs; i++) {
        const char *at = target->pairs[i].value;

        if (strcmp(target->pairs[i].key, key) != 0)
            continue;
        while (*at != '\0') {
            size_t len = strcspn(at, ",");

            take(context, at, len);
            at += len + (at[len] == ',');
        }
    }
}

struct id_taking {
    struct list_filter *list;
    struct validations *wrong;
};

static void take_id(void *context, const char *word, size_t len)
{
    struct id_taking *taking = context;
    struct stable_id id;

    if (!stable_id_parse(word, len, &id))
        refuse(taking->wrong, "ids", "Query param \"ids\" has invalid values: \"%.*s\" is not a valid UUID", len > 60 ? 60 : (int)len,
               word);
    else if (taking->list->n_ids == FILTER_IDS_MAX)
        refuse(taking->wrong, "ids", "Query param \"ids\" has more than %d values", FILTER_IDS_MAX);
    else
        taking->list->ids[taking->list->n_ids++] = id;
}

static void parse_tags(const struct url *target, struct list_filter *list, struct validations *wrong)
{
    const char *text = single(target, "tags", wrong), *key;
    json_auto_t *object = NULL;
    json_t *value;
    struct error err = {0};

    if (!text)
        return;
    if (json_read(text, strlen(text), &object, &err) < 0 || !json_is_object(object)) {
        refuse(wrong, "tags", "Query param \"tags\" must be a valid JSON object: %.120s", *err.text ? err.text : "not an object");
        return;
    }
    list->has_tags = true;
    json_object_foreach (object, key, value) {
        if (!json_is_string(value) || tagset_set(&list->tags, key, json_string_value(value), &err) < 0)
            refuse(wrong, "tags", "Query param \"tags\" must be a valid JSON object: values must be short strings");
    }
}

static size_t find_word(const char *const *words, size_t n, const char *word, size_t len)
{
    size_t at = 0;

    while (at < n && !(strlen(words[at]) == len && memcmp(words[at], word, len) == 0))
        at++;
    return at;
}

static void take_job_status(void *context, const char *word, size_t len)
{
    struct job_filter *filter = context;
    size_t found = find_word(job_statuses, ARRAY_LEN(job_statuses), word, len);

    if (found < ARRAY_LEN(job_statuses))
        filter->list.statuses |= 1U << found;
    else
        (void)snprintf(filter->unknown_status, sizeof(filter->unknown_status), "%.*s", len > 60 ? 60 : (int)len, word);
}

void job_filter_parse(const struct url *target, struct job_filter *out, struct validations *wrong)
{
    struct id_taking ids = {&out->list, wrong};
    const char *initiator;

    *out = (struct job_filter){0};
    parse_limit(target, &out->list.limit, wrong);
    each_word(target, "status", take_job_status, out);
    each_word(target, "ids", take_id, &ids);
    parse_tags(target, &out->list, wrong);
    initiator = single(target, "initiator", wrong);
    out->has_initiator = initiator != NULL;
    if (initiator && !stable_id_parse(initiator, strlen(initiator), &out->initiator))
        refuse(wrong, "initiator", "Query param \"initiator\" must be a valid uuid");
    refuse_unknown(target, job_parameters, ARRAY_LEN(job_parameters), wrong);
}

struct status_taking {
    struct list_filter *list;
    struct validations *wrong;
};

static void take_daemon_status(void *context, const char *word, size_t len)
{
    struct status_taking *taking = context;
    size_t found = find_word(daemon_statuses, ARRAY_LEN(daemon_statuses), word, len);

    if (found < ARRAY_LEN(daemon_statuses))
        taking->list->statuses |= 1U << found;
    else
        refuse(taking->wrong, "status", "Query param \"status\" has invalid values: \"%.*s\" is not a valid value",
               len > 60 ? 60 : (int)len, word);
}

static bool is_bool(const char *text, bool *out)
{
    static const char *const truths[] = {"1", "t", "T", "true", "TRUE", "True"}, *const lies[] = {"0", "f", "F", "false", "FALSE", "False"};

    *out = find_word(truths, ARRAY_LEN(truths), text, strlen(text)) < ARRAY_LEN(truths);
    return *out || find_word(lies, ARRAY_LEN(lies), text, strlen(text)) < ARRAY_LEN(lies);
}

void daemon_filter_parse(const struct url *target, struct daemon_filter *out, struct validations *wrong)
{
    struct id_taking ids = {&out->list, wrong};
    struct status_taking statuses = {&out->list, wrong};
    const char *offline, *max_age;

    *out = (struct daemon_filter){0};
    parse_limit(target, &out->list.limit, wrong);
    each_word(target, "status", take_daemon_status, &statuses);
    each_word(target, "ids", take_id, &ids);
    parse_tags(target, &out->list, wrong);
    offline = single(target, "offline", wrong);
    if (offline && !is_bool(offline, &out->offline))
        refuse(wrong, "offline", "Query param \"offline\" must be a valid boolean: strconv.ParseBool: parsing \"%.40s\": invalid syntax",
               offline);
    max_age = single(target, "max_age", wrong);
    if (max_age && !duration_parse(max_age, &out->max_age_ms))
        refuse(wrong, "max_age",
               "Query param \"max_age\" must be a valid duration (e.g., '24h', '30m', '1h30m'): time: invalid duration \"%.40s\"", max_age);
    refuse_unknown(target, daemon_parameters, ARRAY_LEN(daemon_parameters), wrong);
}

const char *coder_job_status_name(enum sim_job_state state)
{
    return state <= SIM_JOB_STATES ? job_statuses[state] : "unknown";
}

const char *coder_daemon_status_name(enum coder_daemon_status status)
{
    return status < CODER_DAEMON_STATUSES ? daemon_statuses[status] : "offline";
}

enum coder_daemon_status coder_daemon_status_of(const struct sim_daemon *daemon, int64_t now_ms)
{
    if (now_ms - sim_daemon_last_seen_ms(daemon, now_ms) > STALE_AFTER_MS)
        return CODER_DAEMON_OFFLINE;
    return daemon->job != SIM_NO_JOB ? CODER_DAEMON_BUSY : CODER_DAEMON_IDLE;
}

static bool is_wanted(const struct list_filter *list, unsigned status, struct stable_id id, const struct tagset *tags)
{
    size_t at = 0;

    if (list->statuses != 0 && !(list->statuses >> status & 1))
        return false;
    if (list->has_tags && !tagset_contains(tags, &list->tags))
        return false;
    while (at < list->n_ids && !stable_id_equal(list->ids[at], id))
        at++;
    return list->n_ids == 0 || at < list->n_ids;
}

bool job_filter_matches(const struct job_filter *filter, const struct simulation *sim, size_t index)
{
    const struct sim_job *job = &sim->jobs[index];

    return is_wanted(&filter->list, job->state, job->id, &sim->tagsets[job->tags]) &&
           (!filter->has_initiator || stable_id_equal(filter->initiator, coder_initiator_id(sim, index)));
}

bool daemon_filter_matches(const struct daemon_filter *filter, const struct simulation *sim, const struct sim_daemon *daemon)
{
    enum coder_daemon_status status = coder_daemon_status_of(daemon, sim->now_ms);
    bool shows_offline = filter->offline || (filter->list.statuses >> CODER_DAEMON_OFFLINE & 1);

    if (status == CODER_DAEMON_OFFLINE && !shows_offline)
        return false;
    if (filter->max_age_ms > 0 && sim->now_ms - sim_daemon_last_seen_ms(daemon, sim->now_ms) > filter->max_age_ms)
        return false;
    return is_wanted(&filter->list, status, coder_daemon_id(sim, daemon->serial), &sim->scenario->pools[daemon->pool].tags);
}
