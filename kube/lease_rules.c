#include "kube/lease_rules.h"

#include <string.h>

#include "base/json.h"
#include "kube/microtime.h"

static int read_text(const json_t *spec, const char *name, char *out, size_t size, struct error *err)
{
    const char *text = NULL;

    if (json_text_optional(spec, name, &text, err) < 0)
        return -1;
    if (text && strlen(text) >= size)
        return error_set(err, ERROR_LIMIT, "%s: longer than %zu bytes", name, size - 1);
    if (text)
        memcpy(out, text, strlen(text) + 1);
    return 0;
}

int lease_record_read(const json_t *lease, struct lease_record *out, struct error *err)
{
    struct lease_record record = {0};
    const json_t *spec = NULL;

    if (!json_is_object(lease))
        return error_set(err, ERROR_INVALID, "a Lease: expected object, got %s", json_type_name(lease));
    if (json_object_optional(lease, "spec", &spec, err) < 0)
        return -1;
    if (read_text(spec, "holderIdentity", record.holder, sizeof(record.holder), err) < 0 ||
        read_text(spec, "renewTime", record.renew_time, sizeof(record.renew_time), err) < 0 ||
        read_text(spec, "acquireTime", record.acquire_time, sizeof(record.acquire_time), err) < 0 ||
        json_int_optional(spec, "leaseDurationSeconds", 0, &record.duration_s, err) < 0 ||
        json_int_optional(spec, "leaseTransitions", 0, &record.transitions, err) < 0)
        return error_wrap(err, "spec");
    *out = record;
    return 0;
}

static bool same_record(const struct lease_record *a, const struct lease_record *b)
{
    return strcmp(a->holder, b->holder) == 0 && strcmp(a->renew_time, b->renew_time) == 0 &&
           strcmp(a->acquire_time, b->acquire_time) == 0 && a->duration_s == b->duration_s && a->transitions == b->transitions;
}

static bool has_run_out(const struct lease_state *state, int64_t now_ms)
{
    int64_t duration_s = state->seen.duration_s;

    if (duration_s > INT32_MAX) /* the API's type; beyond it nothing is meant */
        duration_s = INT32_MAX;
    return now_ms - state->seen_boot_ms > duration_s * 1000;
}

bool lease_observe(struct lease_state *state, const struct lease_record *record, int64_t now_ms)
{
    if (state->seen_boot_ms == 0 || !same_record(&state->seen, record)) {
        state->seen = *record;
        state->seen_boot_ms = now_ms;
    }
    if (strcmp(record->holder, state->self) != 0)
        state->leading = false;
    return record->holder[0] == '\0' || strcmp(record->holder, state->self) == 0 || has_run_out(state, now_ms);
}

void lease_renewed(struct lease_state *state, const struct lease_record *record, int64_t begun_ms)
{
    state->seen = *record;
    state->seen_boot_ms = begun_ms;
    state->renewed_boot_ms = begun_ms;
    state->leading = strcmp(record->holder, state->self) == 0;
}

bool lease_is_led(const struct lease_state *state, int64_t now_ms)
{
    return state->leading && now_ms - state->renewed_boot_ms < LEASE_RENEW_DEADLINE_MS;
}

/* The spec of the object, made when it is missing. NULL: out of memory. */
static json_t *spec_of(json_t *lease)
{
    json_t *spec = json_object_get(lease, "spec");

    if (json_is_object(spec))
        return spec;
    spec = json_object();
    return json_object_set_new(lease, "spec", spec) == 0 ? spec : NULL;
}

int lease_claim(const struct lease_state *state, json_t *lease, int64_t now_unix_ms, struct error *err)
{
    char now[TIMESTAMP_TEXT_MAX];
    json_t *spec = spec_of(lease);
    const char *holder = json_string_value(json_object_get(spec, "holderIdentity"));
    json_int_t transitions = json_integer_value(json_object_get(spec, "leaseTransitions"));
    int failed = 0;

    microtime_format(now_unix_ms, now);
    if (!holder || strcmp(holder, state->self) != 0) {
        failed |= json_object_set_new(spec, "holderIdentity", json_string(state->self));
        failed |= json_object_set_new(spec, "acquireTime", json_string(now));
        failed |= json_object_set_new(spec, "leaseTransitions", json_integer(transitions < INT32_MAX ? transitions + 1 : 1));
    }
    failed |= json_object_set_new(spec, "leaseDurationSeconds", json_integer(LEASE_DURATION_S));
    failed |= json_object_set_new(spec, "renewTime", json_string(now));
    return failed ? error_no_memory(err) : 0;
}

/* As client-go does it: nobody, for one second. */
int lease_give_up(json_t *lease, int64_t now_unix_ms, struct error *err)
{
    char now[TIMESTAMP_TEXT_MAX];
    json_t *spec = spec_of(lease);
    int failed = 0;

    microtime_format(now_unix_ms, now);
    failed |= json_object_set_new(spec, "holderIdentity", json_string(""));
    failed |= json_object_set_new(spec, "leaseDurationSeconds", json_integer(1));
    failed |= json_object_set_new(spec, "renewTime", json_string(now));
    failed |= json_object_set_new(spec, "acquireTime", json_string(now));
    return failed ? error_no_memory(err) : 0;
}

json_t *lease_new_object(const char *namespace, const char *name)
{
    return json_pack("{s:s, s:s, s:{s:s, s:s}}", "apiVersion", "coordination.k8s.io/v1", "kind", "Lease", "metadata", "namespace",
                     namespace, "name", name);
}
