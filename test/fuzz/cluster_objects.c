/* cluster_objects.c - a Lease, a Secret and the ConfigMap of the front proxy, as any JSON: what is refused leaves nothing, what is read
 * stands in the object, and what is written into it is read again. */
#include <jansson.h>
#include <string.h>

#include "apiservice/requestheader.h"
#include "base/json.h"
#include "kube/lease_rules.h"
#include "kube/objects.h"
#include "test/fuzz/fuzz.h"

static const int64_t now_unix_ms = INT64_C(1789344000000);
enum { NOW_BOOT_MS = 5000000 };

static const char *text_at(const json_t *object, const char *section, const char *name)
{
    const char *text = json_string_value(json_object_get(json_object_get(object, section), name));

    return text ? text : "";
}

/* Another's lease is left alone for its duration, and then may be taken. */
static void law_lease(json_t *lease)
{
    struct lease_state state = {.self = "fuzz-1"};
    struct lease_record record;
    struct error err = {0};
    bool free_at_once;

    fill(&record, sizeof(record));
    if (lease_record_read(lease, &record, &err) < 0) {
        LAW(is_filled(&record, sizeof(record)));
        law_error_is_told(&err);
        return;
    }
    LAW(strcmp(record.holder, text_at(lease, "spec", "holderIdentity")) == 0);
    free_at_once = lease_observe(&state, &record, NOW_BOOT_MS);
    LAW(free_at_once == (record.holder[0] == '\0' || strcmp(record.holder, "fuzz-1") == 0 || record.duration_s < 0));
    LAW(lease_observe(&state, &record, INT64_MAX / 2) && !lease_is_led(&state, NOW_BOOT_MS));
    LAW(lease_claim(&state, lease, now_unix_ms, &err) == 0 && lease_record_read(lease, &record, &err) == 0);
    lease_renewed(&state, &record, NOW_BOOT_MS);
    LAW(lease_is_led(&state, NOW_BOOT_MS) && !lease_is_led(&state, NOW_BOOT_MS + LEASE_RENEW_DEADLINE_MS));
    LAW(lease_give_up(lease, now_unix_ms, &err) == 0 && lease_record_read(lease, &record, &err) == 0 && record.holder[0] == '\0');
}

static void law_secret(json_t *secret)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(OBJECT_BYTES_MAX), again = BUFFER_INIT(OBJECT_BYTES_MAX);
    struct error err = {0};

    if (secret_entry_read(secret, "tls.crt", &bytes, &err) < 0) {
        law_error_is_told(&err);
        return;
    }
    LAW(bytes.len * 4 <= strlen(text_at(secret, "data", "tls.crt")) * 3);
    LAW(secret_entry_set(secret, "tls.crt", bytes.len > 0 ? bytes.data : "", bytes.len, &err) == 0);
    LAW(secret_entry_read(secret, "tls.crt", &again, &err) == 0);
    LAW(again.len == bytes.len && (bytes.len == 0 || memcmp(again.data, bytes.data, bytes.len) == 0));
}

/* Every text of the list, in its order. */
static void law_list(const json_t *data, const char *key, const struct text_list *list)
{
    const char *text = json_string_value(json_object_get(data, key));
    json_t *array = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

    LAW(json_array_size(array) == list->len);
    for (size_t i = 0; i < list->len; i++)
        LAW(strcmp(json_string_value(json_array_get(array, i)), list->items[i]) == 0);
    json_decref(array);
}

static void law_front_proxy(const json_t *map)
{
    const json_t *data = json_object_get(map, "data");
    struct requestheader_config config;
    struct error err = {0};

    fill(&config, sizeof(config));
    if (requestheader_config_read(data, &config, &err) < 0) {
        LAW(is_filled(&config, sizeof(config)));
        law_error_is_told(&err);
        return;
    }
    law_list(data, "requestheader-username-headers", &config.username_headers);
    law_list(data, "requestheader-uid-headers", &config.uid_headers);
    law_list(data, "requestheader-group-headers", &config.group_headers);
    law_list(data, "requestheader-extra-headers-prefix", &config.extra_prefixes);
    law_list(data, "requestheader-allowed-names", &config.allowed_names);
    LAW(!requestheader_allows(&config, "nobody at all") || config.allowed_names.len == 0);
    requestheader_config_clear(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {0};
    json_t *object = NULL;

    if (json_read((const char *)data, size, &object, &err) < 0) {
        law_error_is_told(&err);
        return 0;
    }
    law_front_proxy(object);
    law_secret(object);
    law_lease(object);
    json_decref(object);
    return 0;
}
