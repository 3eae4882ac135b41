#include "nodegroup/pod_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"

const char *labels_value(const struct labels *labels, const char *key)
{
    for (size_t i = 0; i < labels->n; i++)
        if (strcmp(labels->items[i].key, key) == 0)
            return labels->items[i].value;
    return NULL;
}

static bool read_integer(const char *text, int64_t *out)
{
    char *end = NULL;

    errno = 0;
    *out = strtoll(text, &end, 10);
    return *text != '\0' && *end == '\0' && errno == 0;
}

static bool is_among(const struct label_requirement *requirement, const char *value)
{
    for (size_t i = 0; i < requirement->n_values; i++)
        if (strcmp(requirement->values[i], value) == 0)
            return true;
    return false;
}

static bool compare(const struct label_requirement *requirement, const char *value)
{
    int64_t have = 0, limit = 0;

    if (requirement->n_values != 1 || !read_integer(value, &have) || !read_integer(requirement->values[0], &limit))
        return false;
    return requirement->op == LABEL_GREATER ? have > limit : have < limit;
}

static bool requirement_holds(const struct label_requirement *requirement, const char *value)
{
    switch (requirement->op) {
    case LABEL_IN: return value && is_among(requirement, value);
    case LABEL_NOT_IN: return !value || !is_among(requirement, value);
    case LABEL_EXISTS: return value != NULL;
    case LABEL_DOES_NOT_EXIST: return value == NULL;
    case LABEL_GREATER:
    case LABEL_LESS: return value && compare(requirement, value);
    case LABEL_UNKNOWN:
    default: return false;
    }
}

bool label_selector_matches(const struct label_selector *selector, const struct labels *labels)
{
    for (size_t i = 0; i < selector->n; i++)
        if (!requirement_holds(&selector->all[i], labels_value(labels, selector->all[i].key)))
            return false;
    return true;
}

static struct labels name_field(const struct label *storage)
{
    return (struct labels){.items = storage, .n = 1};
}

static bool node_term_matches(const struct node_term *term, const char *node_name, const struct labels *labels)
{
    struct label field = {FIELD_NODE_NAME, node_name};
    struct labels fields = name_field(&field);

    return term->labels.n + term->fields.n > 0 && label_selector_matches(&term->labels, labels) &&
           label_selector_matches(&term->fields, &fields);
}

bool node_terms_match(const struct node_terms *terms, const char *node_name, const struct labels *labels)
{
    for (size_t i = 0; i < terms->n; i++)
        if (node_term_matches(&terms->any[i], node_name, labels))
            return true;
    return terms->n == 0;
}

bool pod_rules_allow_node(const struct pod_rules *rules, const char *node_name, const struct labels *labels)
{
    for (size_t i = 0; i < rules->n_volumes; i++)
        if (!node_terms_match(rules->volumes[i], node_name, labels))
            return false;
    return label_selector_matches(&rules->node_selector, labels) && node_terms_match(&rules->affinity, node_name, labels);
}

bool pod_rules_tolerate(const struct pod_rules *rules, const struct taint *taint)
{
    for (size_t i = 0; i < rules->n_tolerations; i++) {
        const struct toleration *toleration = &rules->tolerations[i];

        if ((!toleration->effect || strcmp(toleration->effect, taint->effect) == 0) &&
            (!toleration->key || strcmp(toleration->key, taint->key) == 0) &&
            (toleration->exists || strcmp(toleration->value, taint->value) == 0))
            return true;
    }
    return false;
}

bool pod_term_matches(const struct pod_term *term, const char *namespace_of_other, const struct labels *labels_of_other)
{
    struct label name = {LABEL_NAMESPACE_NAME, namespace_of_other};
    struct labels namespace = name_field(&name);

    return label_selector_matches(&term->namespaces, &namespace) && label_selector_matches(&term->labels, labels_of_other);
}

/* --- places --- */

static bool is_place(const char *key)
{
    static const char *const keys[] = {LABEL_ZONE, LABEL_ZONE_OLD, LABEL_HOSTNAME};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static bool names_place(const struct label_requirement *requirement)
{
    return requirement->op == LABEL_IN && is_place(requirement->key);
}

static bool selector_names_place(const struct label_selector *selector)
{
    for (size_t i = 0; i < selector->n; i++)
        if (names_place(&selector->all[i]))
            return true;
    return false;
}

static bool selector_places_match(const struct label_selector *selector, const struct labels *labels)
{
    for (size_t i = 0; i < selector->n; i++)
        if (names_place(&selector->all[i]) && !requirement_holds(&selector->all[i], labels_value(labels, selector->all[i].key)))
            return false;
    return true;
}

/* Terms bind only when every one of them names a place: otherwise one of them lets the pod go anywhere. */
static bool terms_name_place(const struct node_terms *terms)
{
    for (size_t i = 0; i < terms->n; i++)
        if (terms->any[i].fields.n == 0 && !selector_names_place(&terms->any[i].labels))
            return false;
    return terms->n > 0;
}

static bool terms_places_match(const struct node_terms *terms, const char *node_name, const struct labels *labels)
{
    struct label field = {FIELD_NODE_NAME, node_name};
    struct labels fields = name_field(&field);

    if (!terms_name_place(terms))
        return true;
    for (size_t i = 0; i < terms->n; i++)
        if (selector_places_match(&terms->any[i].labels, labels) && label_selector_matches(&terms->any[i].fields, &fields))
            return true;
    return false;
}

bool pod_rules_bind(const struct pod_rules *rules)
{
    for (size_t i = 0; i < rules->n_volumes; i++)
        if (terms_name_place(rules->volumes[i]))
            return true;
    return selector_names_place(&rules->node_selector) || terms_name_place(&rules->affinity);
}

bool pod_rules_bind_to(const struct pod_rules *rules, const char *node_name, const struct labels *labels)
{
    for (size_t i = 0; i < rules->n_volumes; i++)
        if (!terms_places_match(rules->volumes[i], node_name, labels))
            return false;
    return selector_places_match(&rules->node_selector, labels) && terms_places_match(&rules->affinity, node_name, labels);
}
