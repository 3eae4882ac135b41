/* The keys of a scenario: one table per kind of entry. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "emulator/keys.h"

enum { DAY_MS = 24 * 3600 * 1000, TEN_DAYS_MS = 10 * DAY_MS };

static const char default_token[] = "emulator-token-secret";
static const char default_organization[] = "coder";
static const char fault_words[] =
    "down, slow, rate-limit, html, bad-gateway, truncated, cut, token-revoked, error-500, forbidden, wrong-type";

/* The reading of an organization's id: a text that is a UUID. */
static int key_id(struct keys_reader *reader, const yaml_node_t *node, const struct key *key, void *member)
{
    const struct key text_key = {.name = key->name, .least = STABLE_ID_TEXT - 1, .most = STABLE_ID_TEXT};
    struct scenario_organization *organization = member;
    char text[STABLE_ID_TEXT];

    if (key_text(reader, node, &text_key, text) < 0 || !stable_id_parse(text, strlen(text), &organization->id))
        return keys_fail(reader, node, "expected a UUID");
    organization->has_id = true;
    return 0;
}

static const struct key organization_keys[] = {
    {"name", key_text, offsetof(struct scenario_organization, name), .required = true, .least = 1, .most = SCENARIO_NAME_MAX},
    {"id", key_id, 0},
    {"default", key_bool, offsetof(struct scenario_organization, is_default)},
};

static const struct key pool_keys[] = {
    {"name", key_text, offsetof(struct scenario_pool, name), .required = true, .least = 1, .most = SCENARIO_NAME_MAX},
    {"namePrefix", key_text, offsetof(struct scenario_pool, name_prefix), .least = 1, .most = SCENARIO_NAME_MAX},
    {"organization", key_organization, offsetof(struct scenario_pool, organization)},
    {"tags", key_tags, offsetof(struct scenario_pool, tags)},
    {"replicas", key_whole, offsetof(struct scenario_pool, replicas), .most = SCENARIO_REPLICAS_MAX},
    {"startDelay", key_duration, offsetof(struct scenario_pool, start_delay_ms), .most = 3600 * 1000},
};

static const struct key arrival_keys[] = {
    {"at", key_duration, offsetof(struct scenario_arrival, at_ms), .most = TEN_DAYS_MS},
    {"count", key_whole, offsetof(struct scenario_arrival, count), .required = true, .least = 1, .most = SCENARIO_JOBS_MAX},
    {"over", key_duration, offsetof(struct scenario_arrival, over_ms), .most = TEN_DAYS_MS},
    {"organization", key_organization, offsetof(struct scenario_arrival, organization)},
    {"tags", key_tags, offsetof(struct scenario_arrival, tags)},
    {"type", key_choice, offsetof(struct scenario_arrival, type), .choose = scenario_job_type_parse,
     .words = "workspace_build, template_version_import, template_version_dry_run"},
    {"initiator", key_choice, offsetof(struct scenario_arrival, initiator), .choose = scenario_initiator_parse, .words = "user, prebuild"},
    {"duration", key_duration, offsetof(struct scenario_arrival, duration_ms), .required = true, .most = TEN_DAYS_MS},
    {"spread", key_duration, offsetof(struct scenario_arrival, spread_ms), .most = TEN_DAYS_MS},
    {"outcome", key_choice, offsetof(struct scenario_arrival, outcome), .choose = scenario_outcome_parse,
     .words = "succeeded, failed, canceled"},
};

static const struct key fault_keys[] = {
    {"kind", key_choice, offsetof(struct fault, kind), .required = true, .choose = fault_kind_parse, .words = fault_words},
    {"at", key_duration, offsetof(struct fault, at_ms), .most = TEN_DAYS_MS},
    {"for", key_duration, offsetof(struct fault, until_ms), .most = TEN_DAYS_MS},
    {"organization", key_organization, offsetof(struct fault, organization), .least = FAULT_EVERY_ORGANIZATION},
    {"path", key_text, offsetof(struct fault, path), .most = FAULT_PATH_MAX},
    {"delay", key_duration, offsetof(struct fault, delay_ms), .most = 600 * 1000},
};

static const struct key scenario_keys[] = {
    {"speed", key_number, offsetof(struct scenario, speed), .least = 0.01, .most = 1000},
    {"token", key_text, offsetof(struct scenario, token), .least = 1, .most = SCENARIO_TOKEN_MAX},
    {"seed", key_whole, offsetof(struct scenario, seed), .most = 1e15},
    {"rateLimit", key_whole, offsetof(struct scenario, rate_limit), .least = 1, .most = 1e6},
    {"organizations", key_ignored},
    {"pools", key_ignored},
    {"arrivals", key_ignored},
    {"faults", key_ignored},
};

/* One entry of a list: reads it and checks what no single key can. */
typedef int entry_read(struct keys_reader *reader, const yaml_node_t *node, void *entry);

struct entry_list {
    const char *name;
    entry_read *read;
    size_t size; /* of an entry */
    size_t most;
};

static int read_organization(struct keys_reader *reader, const yaml_node_t *node, void *entry)
{
    struct scenario_organization *organization = entry;

    *organization = (struct scenario_organization){0};
    if (keys_read(reader, node, KEY_TABLE(organization_keys), organization) < 0)
        return -1;
    if (strcmp(organization->name, "default") == 0)
        return keys_fail(reader, node, "the name default is Coder's word for the default organization");
    return 0;
}

static int64_t find_default(const struct scenario *scenario)
{
    return scenario_find_organization(scenario, "default", strlen("default"));
}

static int read_pool(struct keys_reader *reader, const yaml_node_t *node, void *entry)
{
    struct scenario_pool *pool = entry;

    *pool = (struct scenario_pool){.organization = find_default(reader->scenario), .replicas = 1, .start_delay_ms = 1000};
    if (tagset_complete(&pool->tags, reader->err) < 0 || keys_read(reader, node, KEY_TABLE(pool_keys), pool) < 0)
        return -1;
    if (*pool->name_prefix == '\0' && snprintf(pool->name_prefix, sizeof(pool->name_prefix), "coder-provisioner-%.*s",
                                               (int)(sizeof(pool->name_prefix) - sizeof("coder-provisioner-")), pool->name) < 0)
        return keys_fail(reader, node, "no name for its provisioners");
    return 0;
}

static int read_arrival(struct keys_reader *reader, const yaml_node_t *node, void *entry)
{
    struct scenario_arrival *arrival = entry;

    *arrival = (struct scenario_arrival){.organization = find_default(reader->scenario)};
    if (tagset_complete(&arrival->tags, reader->err) < 0 || keys_read(reader, node, KEY_TABLE(arrival_keys), arrival) < 0)
        return -1;
    if (arrival->spread_ms > arrival->duration_ms)
        return keys_fail(reader, node, "spread is larger than duration");
    return 0;
}

static int read_fault(struct keys_reader *reader, const yaml_node_t *node, void *entry)
{
    struct fault *fault = entry;

    *fault = (struct fault){.organization = FAULT_EVERY_ORGANIZATION, .delay_ms = FAULT_DEFAULT_DELAY_MS};
    if (keys_read(reader, node, KEY_TABLE(fault_keys), fault) < 0)
        return -1;
    /* The key says how long; a fault without it stays. */
    fault->until_ms = fault->until_ms == 0 ? FAULT_FOREVER : fault->at_ms + fault->until_ms;
    return 0;
}

static const struct entry_list organization_list = {"organizations", read_organization, sizeof(struct scenario_organization),
                                                    SCENARIO_ORGANIZATIONS_MAX};
static const struct entry_list pool_list = {"pools", read_pool, sizeof(struct scenario_pool), SCENARIO_POOLS_MAX};
static const struct entry_list arrival_list = {"arrivals", read_arrival, sizeof(struct scenario_arrival), SCENARIO_ARRIVALS_MAX};
static const struct entry_list fault_entries = {"faults", read_fault, sizeof(struct fault), FAULTS_MAX};

static int add_default_organization(struct scenario *scenario, struct error *err)
{
    scenario->organizations = calloc(1, sizeof(*scenario->organizations));
    if (!scenario->organizations)
        return error_no_memory(err);
    scenario->n_organizations = 1;
    memcpy(scenario->organizations[0].name, default_organization, sizeof(default_organization));
    return 0;
}

/* Gives ids, finds the default one (the first, when none says so), refuses names that are not one organization's. */
static int settle_organizations(struct scenario *scenario, struct error *err)
{
    size_t n_defaults = 0;

    if (scenario->n_organizations == 0 && add_default_organization(scenario, err) < 0)
        return -1;
    for (size_t i = 0; i < scenario->n_organizations; i++) {
        struct scenario_organization *organization = &scenario->organizations[i];

        if (!organization->has_id)
            organization->id = stable_id_make((uint64_t)scenario->seed, STABLE_ORGANIZATION, i);
        organization->has_id = true;
        n_defaults += organization->is_default;
        if (scenario_find_organization(scenario, organization->name, strlen(organization->name)) != (int64_t)i)
            return error_set(err, ERROR_INVALID, "organizations[%zu]: the name %s is taken", i, organization->name);
    }
    if (n_defaults > 1)
        return error_set(err, ERROR_INVALID, "organizations: only one may be the default");
    if (n_defaults == 0)
        scenario->organizations[0].is_default = true;
    return 0;
}

static int check_pools(const struct scenario *scenario, struct error *err)
{
    for (size_t i = 0; i < scenario->n_pools; i++)
        if (scenario_find_pool(scenario, scenario->pools[i].name, strlen(scenario->pools[i].name)) != (int64_t)i)
            return error_set(err, ERROR_INVALID, "pools[%zu]: the name %s is taken", i, scenario->pools[i].name);
    return 0;
}

static int check_arrivals(const struct scenario *scenario, struct error *err)
{
    int64_t jobs = 0;

    for (size_t i = 0; i < scenario->n_arrivals; i++)
        jobs += scenario->arrivals[i].count;
    if (jobs > SCENARIO_JOBS_MAX)
        return error_set(err, ERROR_LIMIT, "arrivals: %lld jobs together; at most %d", (long long)jobs, SCENARIO_JOBS_MAX);
    return 0;
}

static size_t list_len(const yaml_node_t *node)
{
    return node ? (size_t)(node->data.sequence.items.top - node->data.sequence.items.start) : 0;
}

/* The list's node, NULL when the root has none. */
static int find_list(struct keys_reader *reader, const struct entry_list *list, const yaml_node_t **out)
{
    const yaml_node_t *node = keys_find(reader, yaml_document_get_root_node(reader->document), list->name);

    if (node && node->type != YAML_SEQUENCE_NODE)
        return keys_fail(reader, node, "%s: expected a list", list->name);
    if (list_len(node) > list->most)
        return keys_fail(reader, node, "%s: more than %zu", list->name, list->most);
    *out = node;
    return 0;
}

static int read_entries(struct keys_reader *reader, const yaml_node_t *node, const struct entry_list *list, void *entries)
{
    for (size_t i = 0; node && i < list_len(node); i++) {
        const yaml_node_t *entry = yaml_document_get_node(reader->document, node->data.sequence.items.start[i]);

        (void)snprintf(reader->where, sizeof(reader->where), "%s[%zu]", list->name, i);
        if (list->read(reader, entry, (char *)entries + i * list->size) < 0)
            return -1;
    }
    reader->where[0] = '\0';
    return 0;
}

struct entries {
    void *items; /* NULL when len is 0 */
    size_t len;
};

static int read_list(struct keys_reader *reader, const struct entry_list *list, struct entries *out)
{
    const yaml_node_t *node = NULL;
    struct entries entries = {0};

    if (find_list(reader, list, &node) < 0)
        return -1;
    entries.len = list_len(node);
    if (entries.len > 0) {
        entries.items = calloc(entries.len, list->size);
        if (!entries.items)
            return error_no_memory(reader->err);
    }
    if (read_entries(reader, node, list, entries.items) < 0) {
        free(entries.items);
        return -1;
    }
    *out = entries;
    return 0;
}

static int read_organizations(struct keys_reader *reader, struct scenario *scenario)
{
    struct entries entries = {0};

    if (read_list(reader, &organization_list, &entries) < 0)
        return -1;
    scenario->organizations = entries.items;
    scenario->n_organizations = entries.len;
    return settle_organizations(scenario, reader->err);
}

static int read_pools(struct keys_reader *reader, struct scenario *scenario)
{
    struct entries entries = {0};

    if (read_list(reader, &pool_list, &entries) < 0)
        return -1;
    scenario->pools = entries.items;
    scenario->n_pools = entries.len;
    return check_pools(scenario, reader->err);
}

static int read_arrivals(struct keys_reader *reader, struct scenario *scenario)
{
    struct entries entries = {0};

    if (read_list(reader, &arrival_list, &entries) < 0)
        return -1;
    scenario->arrivals = entries.items;
    scenario->n_arrivals = entries.len;
    return check_arrivals(scenario, reader->err);
}

static int read_faults(struct keys_reader *reader, struct scenario *scenario)
{
    const yaml_node_t *node = NULL;

    if (find_list(reader, &fault_entries, &node) < 0)
        return -1;
    scenario->faults.len = list_len(node);
    return read_entries(reader, node, &fault_entries, scenario->faults.items);
}

static int read_root(struct keys_reader *reader, struct scenario *scenario)
{
    if (keys_read(reader, yaml_document_get_root_node(reader->document), KEY_TABLE(scenario_keys), scenario) < 0)
        return -1;
    /* Organizations first: the other lists name them. */
    if (read_organizations(reader, scenario) < 0 || read_pools(reader, scenario) < 0)
        return -1;
    if (read_arrivals(reader, scenario) < 0 || read_faults(reader, scenario) < 0)
        return -1;
    return 0;
}

int scenario_read(const char *yaml, size_t len, struct scenario *out, struct error *err)
{
    CLEANUP(scenario_clear) struct scenario scenario = {.speed = 1, .seed = 1, .rate_limit = 512};
    CLEANUP(keys_document_clear) yaml_document_t document = {0};
    struct keys_reader reader = {.document = &document, .scenario = &scenario, .err = err};

    memcpy(scenario.token, default_token, sizeof(default_token));
    if (keys_document_read(yaml, len, &document, err) < 0 || read_root(&reader, &scenario) < 0)
        return -1;
    *out = scenario_move(&scenario);
    return 0;
}

/* JSON is YAML: once jansson has judged it and written it in its plain form, the scenario's own tables read it,
 * so that a file and the control API speak one language. */
static int read_json(const char *json, size_t len, yaml_document_t *out, struct error *err)
{
    json_auto_t *value = NULL;
    char *plain;
    int result;

    if (json_read(json, len, &value, err) < 0)
        return -1;
    plain = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    if (!plain)
        return error_no_memory(err);
    result = keys_document_read(plain, strlen(plain), out, err);
    free(plain);
    return result;
}

int scenario_read_arrival(const char *json, size_t len, const struct scenario *scenario, struct scenario_arrival *out, struct error *err)
{
    CLEANUP(keys_document_clear) yaml_document_t document = {0};
    struct keys_reader reader = {.document = &document, .scenario = scenario, .err = err};
    struct scenario_arrival arrival;

    if (read_json(json, len, &document, err) < 0 || read_arrival(&reader, yaml_document_get_root_node(&document), &arrival) < 0)
        return -1;
    *out = arrival;
    return 0;
}

struct fault_order {
    struct fault fault;
    double seconds;
};

static const struct key fault_order_keys[] = {
    {"kind", key_choice, offsetof(struct fault_order, fault.kind), .required = true, .choose = fault_kind_parse, .words = fault_words},
    {"seconds", key_number, offsetof(struct fault_order, seconds), .most = 10 * 24 * 3600},
    {"organization", key_organization, offsetof(struct fault_order, fault.organization), .least = FAULT_EVERY_ORGANIZATION},
    {"path", key_text, offsetof(struct fault_order, fault.path), .most = FAULT_PATH_MAX},
    {"delay", key_duration, offsetof(struct fault_order, fault.delay_ms), .most = 600 * 1000},
};

int scenario_read_fault(const char *json, size_t len, const struct scenario *scenario, struct fault *out, struct error *err)
{
    CLEANUP(keys_document_clear) yaml_document_t document = {0};
    struct keys_reader reader = {.document = &document, .scenario = scenario, .err = err};
    struct fault_order order = {.fault = {.organization = FAULT_EVERY_ORGANIZATION, .delay_ms = FAULT_DEFAULT_DELAY_MS}};

    if (read_json(json, len, &document, err) < 0 ||
        keys_read(&reader, yaml_document_get_root_node(&document), KEY_TABLE(fault_order_keys), &order) < 0)
        return -1;
    order.fault.until_ms = order.seconds > 0 ? (int64_t)(order.seconds * 1000 * scenario->speed) : FAULT_FOREVER;
    *out = order.fault;
    return 0;
}

int scenario_read_replicas(const char *json, size_t len, int64_t *out, struct error *err)
{
    static const struct key replicas_keys[] = {{"replicas", key_whole, 0, .required = true, .most = SCENARIO_REPLICAS_MAX}};
    CLEANUP(keys_document_clear) yaml_document_t document = {0};
    struct keys_reader reader = {.document = &document, .err = err};
    int64_t replicas = 0;

    if (read_json(json, len, &document, err) < 0 ||
        keys_read(&reader, yaml_document_get_root_node(&document), KEY_TABLE(replicas_keys), &replicas) < 0)
        return -1;
    *out = replicas;
    return 0;
}
