#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodegroup/capacity_json.h"

enum { LIST_MAX = 256 }; /* expressions, terms, values, tolerations, ports of one pod */

static size_t bounded_size(struct capacity_reader *reader, const json_t *array)
{
    size_t n = json_array_size(array);

    reader->strange |= n > LIST_MAX;
    return n < LIST_MAX ? n : LIST_MAX;
}

/* --- selectors --- */

static enum label_operator operator_of(const char *text)
{
    static const char *const names[] = {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"};

    for (size_t i = 0; text && i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], text) == 0)
            return (enum label_operator)i;
    return LABEL_UNKNOWN;
}

static void read_values(struct capacity_reader *reader, const json_t *array, struct label_requirement *out)
{
    size_t i, n = bounded_size(reader, array);
    const char **values = n > 0 ? read_alloc(reader, n, sizeof(*values)) : NULL;

    out->values = values;
    for (i = 0; values && i < n; i++) {
        const char *text = json_string_value(json_array_get(array, i));

        reader->strange |= !text;
        if (text && (text = read_keep(reader, text)))
            values[out->n_values++] = text;
    }
}

/* matchLabels first, then matchExpressions. */
static struct label_selector read_selector(struct capacity_reader *reader, json_t *map, const json_t *expressions)
{
    struct labels labels = read_labels(reader, map);
    size_t i, n = labels.n + bounded_size(reader, expressions);
    struct label_requirement *all = n > 0 ? read_alloc(reader, n, sizeof(*all)) : NULL;
    struct label_selector selector = {.all = all};

    for (i = 0; all && i < labels.n; i++)
        all[selector.n++] = (struct label_requirement){
            .key = labels.items[i].key, .op = LABEL_IN, .values = &labels.items[i].value, .n_values = 1};
    for (i = 0; all && selector.n < n; i++) {
        const json_t *item = json_array_get(expressions, i);
        const char *key = read_keep(reader, read_text(reader, item, "key"));
        struct label_requirement *requirement = &all[selector.n++];

        *requirement = (struct label_requirement){.key = key ? key : "", .op = operator_of(read_text(reader, item, "operator"))};
        read_values(reader, read_array(reader, item, "values"), requirement);
    }
    return selector;
}

struct label_selector read_node_selector(struct capacity_reader *reader, json_t *map)
{
    return read_selector(reader, map, NULL);
}

struct label_selector read_expressions(struct capacity_reader *reader, const json_t *array)
{
    return read_selector(reader, NULL, array);
}

struct node_terms read_node_terms(struct capacity_reader *reader, const json_t *selector)
{
    const json_t *array = read_array(reader, selector, "nodeSelectorTerms");
    size_t n = bounded_size(reader, array);
    struct node_term *terms = n > 0 ? read_alloc(reader, n, sizeof(*terms)) : NULL;

    for (size_t i = 0; terms && i < n; i++) {
        const json_t *item = json_array_get(array, i);

        terms[i].labels = read_expressions(reader, read_array(reader, item, "matchExpressions"));
        terms[i].fields = read_expressions(reader, read_array(reader, item, "matchFields"));
    }
    return (struct node_terms){.any = terms, .n = terms ? n : 0};
}

/* --- terms about other pods --- */

/* Gives the term an id of its own, or the id of an equal one. */
static int keep_term(struct capacity_reader *reader, const char *text, const struct pod_term *term, uint32_t *out)
{
    struct cluster *cluster = reader->cluster;
    struct names_slot *slot = names_slot(&cluster->term_texts, text);
    struct pod_term *kept;

    if (slot && slot->number > 0) {
        *out = slot->number - 1;
        return 0;
    }
    kept = read_alloc(reader, 1, sizeof(*kept));
    if (cluster->n_terms == cluster->terms_room) {
        size_t room = cluster->terms_room ? cluster->terms_room * 2 : 64;
        const struct pod_term **terms = reallocarray(cluster->terms, room, sizeof(struct pod_term *));

        reader->no_memory |= !terms;
        if (!terms)
            return -1;
        cluster->terms = terms;
        cluster->terms_room = room;
    }
    reader->no_memory |= !slot;
    if (!kept || !slot)
        return -1;
    *kept = *term;
    cluster->terms[cluster->n_terms++] = kept;
    slot->number = (uint32_t)cluster->n_terms;
    *out = slot->number - 1;
    return 0;
}

static struct label_requirement *one_requirement(struct capacity_reader *reader, enum label_operator op, const char *key)
{
    struct label_requirement *requirement = read_alloc(reader, 1, sizeof(*requirement));

    if (requirement)
        *requirement = (struct label_requirement){.key = key, .op = op};
    return requirement;
}

/* Which namespaces a term speaks of: those it lists, else the pod's own. Labels of namespaces are not known here, so a
 * namespaceSelector counts as all of them: rather too strict than a promise that does not hold. */
static struct label_selector read_namespaces(struct capacity_reader *reader, const char *own, const json_t *term)
{
    const json_t *list = read_array(reader, term, "namespaces");
    struct label_requirement *requirement;
    const char **only;

    if (read_object(reader, term, "namespaceSelector"))
        return (struct label_selector){0};
    requirement = one_requirement(reader, LABEL_IN, LABEL_NAMESPACE_NAME);
    only = read_alloc(reader, 1, sizeof(*only));
    if (!requirement || !only)
        return (struct label_selector){0};
    if (json_array_size(list) > 0) {
        read_values(reader, list, requirement);
    } else {
        *only = own;
        requirement->values = only;
        requirement->n_values = 1;
    }
    return (struct label_selector){.all = requirement, .n = 1};
}

static struct pod_term read_term(struct capacity_reader *reader, const char *namespace, const json_t *item)
{
    const json_t *selector = read_object(reader, item, "labelSelector");
    struct pod_term term = {.topology_key = read_keep(reader, read_text(reader, item, "topologyKey"))};

    term.namespaces = read_namespaces(reader, namespace, item);
    if (selector)
        term.labels = read_selector(reader, read_object(reader, selector, "matchLabels"), read_array(reader, selector, "matchExpressions"));
    else /* no selector matches no pod; an empty one all */
        term.labels = (struct label_selector){.all = one_requirement(reader, LABEL_UNKNOWN, ""), .n = 1};
    return term;
}

/* Adds the ids of an affinity's required terms to ids. */
static void read_terms(struct capacity_reader *reader, const char *namespace, const json_t *affinity, uint32_t *ids, size_t *n)
{
    const json_t *array = read_array(reader, affinity, "requiredDuringSchedulingIgnoredDuringExecution"), *item;
    size_t i;

    json_array_foreach (array, i, item) {
        char *text = json_canonical(item);
        char *key = NULL;

        if (i >= LIST_MAX || !json_is_object(item)) {
            reader->strange = true;
        } else if (!text || asprintf(&key, "%s %s", namespace, text) < 0) {
            reader->no_memory = true;
        } else {
            struct pod_term term = read_term(reader, namespace, item);

            reader->strange |= !term.topology_key;
            if (!reader->no_memory && term.topology_key && keep_term(reader, key, &term, &ids[*n]) == 0)
                (*n)++;
        }
        free(text);
        free(key);
    }
}

/* Two pods that want one port of their host cannot share it: the same as an anti-affinity of the port with itself. */
static void read_host_ports(struct capacity_reader *reader, const json_t *ports, uint32_t *ids, size_t *n)
{
    const json_t *port;
    size_t i;

    json_array_foreach (ports, i, port) {
        struct pod_term term = {.topology_key = LABEL_HOSTNAME};
        const char *text = json_string_value(port);

        if (i >= LIST_MAX) {
            reader->strange = true;
            return;
        }
        term.host_port = read_keep(reader, text);
        if (term.host_port && keep_term(reader, term.host_port, &term, &ids[*n]) == 0)
            (*n)++;
    }
}

/* --- the whole --- */

/* What is not kept would be a wish that the pod does not have. */
static void add_wish(struct capacity_reader *reader, json_t *array, json_t *take)
{
    reader->no_memory |= json_array_append_new(array, take) < 0;
}

static void collect_host_ports(struct capacity_reader *reader, const json_t *spec, json_t *out)
{
    const json_t *containers = read_array(reader, spec, "containers"), *container, *port;
    size_t i, j;

    json_array_foreach (containers, i, container)
        json_array_foreach (read_array(reader, container, "ports"), j, port) {
            const json_t *number = json_object_get(port, "hostPort");
            const char *protocol = read_text(reader, port, "protocol");

            if (json_integer_value(number) > 0)
                add_wish(reader, out, json_sprintf("%s %lld", protocol ? protocol : "TCP", (long long)json_integer_value(number)));
        }
}

/* Claims by name; an ephemeral volume makes a claim named after pod and volume. */
static void collect_claims(struct capacity_reader *reader, const char *namespace, const json_t *spec, json_t *out)
{
    const json_t *volumes = read_array(reader, spec, "volumes"), *volume;
    size_t i;

    json_array_foreach (volumes, i, volume) {
        const char *claim = read_text(reader, read_object(reader, volume, "persistentVolumeClaim"), "claimName");
        const char *name = read_text(reader, volume, "name");

        if (claim)
            add_wish(reader, out, json_sprintf("%s/%s", namespace, claim));
        else if (name && read_object(reader, volume, "ephemeral"))
            add_wish(reader, out, json_sprintf("%s/%s-%s", namespace, reader->name, name));
    }
}

static void set_wish(struct capacity_reader *reader, json_t *wishes, const char *name, json_t *value)
{
    if (value)
        reader->no_memory |= json_object_set_nocheck(wishes, name, value) < 0;
}

static void set_new_wish(struct capacity_reader *reader, json_t *wishes, const char *name, json_t *take)
{
    reader->no_memory |= json_object_set_new_nocheck(wishes, name, take) < 0;
}

/* Everything about a pod's place in one object, whose canonical text names its rules. New. */
static json_t *collect_wishes(struct capacity_reader *reader, const char *namespace, const json_t *spec)
{
    json_t *wishes = json_object(), *ports = json_array(), *claims = json_array();
    json_t *affinity = read_object(reader, spec, "affinity");
    json_t *apart = read_object(reader, affinity, "podAntiAffinity"), *together = read_object(reader, affinity, "podAffinity");

    collect_host_ports(reader, spec, ports);
    collect_claims(reader, namespace, spec, claims);
    set_wish(reader, wishes, "nodeSelector", read_object(reader, spec, "nodeSelector"));
    set_wish(reader, wishes, "nodeAffinity",
             read_object(reader, read_object(reader, affinity, "nodeAffinity"), "requiredDuringSchedulingIgnoredDuringExecution"));
    set_wish(reader, wishes, "apart", apart);
    set_wish(reader, wishes, "together", together);
    set_wish(reader, wishes, "tolerations", read_array(reader, spec, "tolerations"));
    set_new_wish(reader, wishes, "ports", ports);
    set_new_wish(reader, wishes, "claims", claims);
    if (apart || together)
        set_new_wish(reader, wishes, "namespace", json_string(namespace));
    return wishes;
}

static void read_tolerations(struct capacity_reader *reader, const json_t *array, struct pod_rules *rules)
{
    size_t n = bounded_size(reader, array);
    struct toleration *tolerations = n > 0 ? read_alloc(reader, n, sizeof(*tolerations)) : NULL;

    rules->tolerations = tolerations;
    for (size_t i = 0; tolerations && i < n; i++) {
        const json_t *item = json_array_get(array, i);
        const char *key = read_text(reader, item, "key"), *value = read_text(reader, item, "value");
        const char *effect = read_text(reader, item, "effect"), *op = read_text(reader, item, "operator");

        tolerations[rules->n_tolerations++] = (struct toleration){
            .key = key && *key ? read_keep(reader, key) : NULL,
            .value = read_keep(reader, value ? value : ""),
            .effect = effect && *effect ? read_keep(reader, effect) : NULL,
            .exists = op && strcmp(op, "Exists") == 0,
        };
    }
}

static void read_claims(struct capacity_reader *reader, const json_t *array, struct pod_rules *rules)
{
    struct label_requirement names = {0};

    read_values(reader, array, &names);
    reader->strange |= names.n_values > POD_RULES_VOLUMES_MAX;
    rules->claims = names.values;
    rules->n_claims = names.n_values < POD_RULES_VOLUMES_MAX ? names.n_values : POD_RULES_VOLUMES_MAX;
}

static struct pod_rules *read_wishes(struct capacity_reader *reader, const char *namespace, const json_t *wishes)
{
    struct pod_rules *rules = read_alloc(reader, 1, sizeof(*rules));
    uint32_t apart[2 * LIST_MAX], together[LIST_MAX];

    if (!rules)
        return NULL;
    rules->node_selector = read_node_selector(reader, read_object(reader, wishes, "nodeSelector"));
    rules->affinity = read_node_terms(reader, read_object(reader, wishes, "nodeAffinity"));
    read_tolerations(reader, read_array(reader, wishes, "tolerations"), rules);
    read_claims(reader, read_array(reader, wishes, "claims"), rules);
    read_terms(reader, namespace, read_object(reader, wishes, "apart"), apart, &rules->n_apart);
    read_host_ports(reader, read_array(reader, wishes, "ports"), apart, &rules->n_apart);
    read_terms(reader, namespace, read_object(reader, wishes, "together"), together, &rules->n_together);
    rules->apart = arena_copy(&reader->cluster->arena, apart, rules->n_apart * sizeof(*apart));
    rules->together = arena_copy(&reader->cluster->arena, together, rules->n_together * sizeof(*together));
    reader->no_memory |= !rules->apart || !rules->together;
    return rules;
}

static int keep_rules(struct capacity_reader *reader, struct pod_rules *rules)
{
    struct cluster *cluster = reader->cluster;

    if (cluster->n_rules == cluster->rules_room) {
        size_t room = cluster->rules_room ? cluster->rules_room * 2 : 64;
        struct pod_rules **all = reallocarray(cluster->rules, room, sizeof(struct pod_rules *));

        reader->no_memory |= !all;
        if (!all)
            return -1;
        cluster->rules = all;
        cluster->rules_room = room;
    }
    rules->id = (uint32_t)cluster->n_rules;
    cluster->rules[cluster->n_rules++] = rules;
    return 0;
}

const struct pod_rules *read_pod_rules(struct capacity_reader *reader, const char *namespace, const json_t *object)
{
    json_t *wishes = collect_wishes(reader, namespace, read_object(reader, object, "spec"));
    char *text = json_canonical(wishes);
    struct names_slot *slot = text ? names_slot(&reader->cluster->rule_texts, text) : NULL;
    struct pod_rules *rules = NULL;

    reader->no_memory |= !slot;
    if (slot && slot->value) {
        rules = slot->value;
    } else if (slot) {
        rules = read_wishes(reader, namespace, wishes);
        if (!reader->no_memory && keep_rules(reader, rules) == 0)
            slot->value = rules; /* the next pod with these wishes finds them whole, or nothing */
    }
    free(text);
    json_decref(wishes);
    return rules;
}
