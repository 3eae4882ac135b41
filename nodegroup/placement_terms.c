#include <stdlib.h>
#include <string.h>

#include "nodegroup/placement.h"

/* Which pods have to do with which required (anti-)affinity terms. A group of thousands of nodes has thousands of terms
 * and a hundred thousand pods: a pod only meets the terms that ask for one of its labels. */

#define UNSEEN UINT32_MAX

/* A term asks for this label, among other things. Texts are interned: equal ones are equal pointers. */
struct entry {
    const char *key, *value;
    uint32_t term;
};

struct index {
    uint32_t *local; /* of each term of the cluster: its number here */
    struct entry *entries;
    size_t n_entries;
    uint32_t *others; /* terms that ask for no certain label, host ports among them */
    size_t n_others;
    uint64_t *met; /* one bit a term: already linked to the pod at hand */
};

static void index_clear(struct index *index)
{
    free(index->local);
    free(index->entries);
    free(index->others);
    free(index->met);
}

/* --- domains --- */

static uint32_t *find_domains(struct placement *placement, const char *key, uint32_t *n_domains)
{
    uint32_t *domain = arena_alloc(&placement->arena, (placement->n_nodes + 1) * sizeof(*domain));
    const char **values = arena_alloc(&placement->arena, (placement->n_nodes + 1) * sizeof(const char *));
    uint32_t n = 0;

    for (uint32_t k = 0; domain && values && k < placement->n_nodes; k++) {
        const char *value = labels_value(&placement->nodes[k].node->labels, key);
        uint32_t at = 0;

        while (value && at < n && values[at] != value)
            at++;
        domain[k] = value ? at : PLACEMENT_NO_DOMAIN;
        if (value && at == n)
            values[n++] = value;
    }
    *n_domains = n;
    return domain;
}

/* Hosts are told apart by the node itself, whatever its label says. */
static uint32_t *own_domains(struct placement *placement, uint32_t *n_domains)
{
    uint32_t *domain = arena_alloc(&placement->arena, (placement->n_nodes + 1) * sizeof(*domain));

    for (uint32_t k = 0; domain && k < placement->n_nodes; k++)
        domain[k] = k;
    *n_domains = (uint32_t)placement->n_nodes;
    return domain;
}

static void set_domains(struct placement *placement, struct placement_term *term)
{
    const char *key = term->term->topology_key;

    for (const struct placement_term *other = placement->terms; other < term; other++)
        if (strcmp(other->term->topology_key, key) == 0) {
            term->domain = other->domain;
            term->n_domains = other->n_domains;
            term->hosts = other->hosts;
            return;
        }
    term->hosts = strcmp(key, LABEL_HOSTNAME) == 0;
    term->domain = term->hosts ? own_domains(placement, &term->n_domains) : find_domains(placement, key, &term->n_domains);
}

/* --- the terms of a group --- */

static void add_terms(struct placement *placement, const struct cluster *cluster, struct index *index, const uint32_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct placement_term *term = &placement->terms[placement->n_terms];

        if (index->local[ids[i]] != UNSEEN)
            continue;
        index->local[ids[i]] = (uint32_t)placement->n_terms++;
        term->term = cluster->terms[ids[i]];
        set_domains(placement, term);
    }
}

/* The first requirement that names values, by which the term is found. */
static const struct label_requirement *handle_of(const struct pod_term *term)
{
    for (size_t i = 0; !term->host_port && i < term->labels.n; i++)
        if (term->labels.all[i].op == LABEL_IN)
            return &term->labels.all[i];
    return NULL;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->key != y->key)
        return (uintptr_t)x->key < (uintptr_t)y->key ? -1 : 1;
    if (x->value != y->value)
        return (uintptr_t)x->value < (uintptr_t)y->value ? -1 : 1;
    return 0;
}

static int make_index(const struct placement *placement, struct index *index, struct error *err)
{
    size_t n = 0;

    for (size_t t = 0; t < placement->n_terms; t++) {
        const struct label_requirement *handle = handle_of(placement->terms[t].term);

        n += handle ? handle->n_values : 0;
    }
    index->entries = calloc(n + 1, sizeof(*index->entries));
    index->others = calloc(placement->n_terms + 1, sizeof(*index->others));
    index->met = calloc(placement->n_terms / 64 + 1, sizeof(*index->met));
    if (!index->entries || !index->others || !index->met)
        return error_no_memory(err);
    for (uint32_t t = 0; t < placement->n_terms; t++) {
        const struct label_requirement *handle = handle_of(placement->terms[t].term);

        for (size_t v = 0; handle && v < handle->n_values; v++)
            index->entries[index->n_entries++] = (struct entry){handle->key, handle->values[v], t};
        if (!handle)
            index->others[index->n_others++] = t;
    }
    qsort(index->entries, index->n_entries, sizeof(*index->entries), compare_entries);
    return 0;
}

/* The first entry that is not before the label. */
static size_t lower_bound(const struct index *index, const struct entry *label)
{
    size_t low = 0, high = index->n_entries;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_entries(&index->entries[middle], label) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* --- links --- */

struct linking {
    struct placement *placement;
    struct index *index;
    struct placement_link *out; /* NULL: only count */
    size_t n;
};

static bool carries(const uint32_t *ids, size_t n, uint32_t term, const uint32_t *local)
{
    for (size_t i = 0; i < n; i++)
        if (local[ids[i]] == term)
            return true;
    return false;
}

static unsigned roles_of(const struct linking *linking, const struct pod_shape *pod, uint32_t t)
{
    const struct pod_term *term = linking->placement->terms[t].term;
    const uint32_t *local = linking->index->local;
    unsigned roles = 0;

    if (carries(pod->rules->apart, pod->rules->n_apart, t, local))
        roles |= ROLE_APART;
    if (carries(pod->rules->together, pod->rules->n_together, t, local))
        roles |= ROLE_TOGETHER;
    if (term->host_port ? (roles & ROLE_APART) != 0 : pod_term_matches(term, pod->namespace, &pod->labels))
        roles |= ROLE_MATCHES;
    return roles;
}

static void meet(struct linking *linking, const struct pod_shape *pod, uint32_t t)
{
    uint64_t *word = &linking->index->met[t / 64], bit = UINT64_C(1) << (t % 64);
    unsigned roles;

    if (*word & bit)
        return;
    *word |= bit;
    roles = roles_of(linking, pod, t);
    if (roles != 0 && linking->out)
        linking->out[linking->n] = (struct placement_link){t, roles};
    linking->n += roles != 0;
}

static void meet_all(struct linking *linking, const struct pod_shape *pod)
{
    const struct index *index = linking->index;

    for (size_t i = 0; i < pod->rules->n_apart; i++)
        meet(linking, pod, index->local[pod->rules->apart[i]]);
    for (size_t i = 0; i < pod->rules->n_together; i++)
        meet(linking, pod, index->local[pod->rules->together[i]]);
    for (size_t i = 0; i < pod->labels.n; i++) {
        const struct entry label = {.key = pod->labels.items[i].key, .value = pod->labels.items[i].value};

        for (size_t e = lower_bound(index, &label); e < index->n_entries && compare_entries(&index->entries[e], &label) == 0; e++)
            meet(linking, pod, index->entries[e].term);
    }
    for (size_t i = 0; i < index->n_others; i++)
        meet(linking, pod, index->others[i]);
}

static void link_pods(struct linking *linking)
{
    struct placement *placement = linking->placement;

    linking->n = 0;
    for (size_t i = 0; i < placement->n_pods; i++) {
        struct placement_pod *pod = &placement->pods[i];

        memset(linking->index->met, 0, (placement->n_terms / 64 + 1) * sizeof(uint64_t));
        pod->first_link = (uint32_t)linking->n;
        meet_all(linking, pod->pod->shape);
        pod->n_links = (uint32_t)linking->n - pod->first_link;
    }
}

int placement_link_terms(struct placement *placement, const struct cluster *cluster, struct error *err)
{
    CLEANUP(index_clear) struct index index = {.local = calloc(cluster->n_terms + 1, sizeof(uint32_t))};
    struct linking linking = {.placement = placement, .index = &index};

    placement->terms = arena_alloc(&placement->arena, (cluster->n_terms + 1) * sizeof(*placement->terms));
    if (!placement->terms || !index.local)
        return error_no_memory(err);
    memset(index.local, 0xff, (cluster->n_terms + 1) * sizeof(*index.local));
    for (size_t i = 0; i < placement->n_pods; i++) {
        const struct pod_rules *rules = placement->pods[i].pod->shape->rules;

        add_terms(placement, cluster, &index, rules->apart, rules->n_apart);
        add_terms(placement, cluster, &index, rules->together, rules->n_together);
    }
    if (placement->n_terms == 0)
        return 0;
    if (make_index(placement, &index, err) < 0)
        return -1;
    link_pods(&linking);
    linking.out = placement->links = arena_alloc(&placement->arena, (linking.n + 1) * sizeof(*placement->links));
    placement->n_links = linking.n;
    if (!placement->links)
        return error_no_memory(err);
    link_pods(&linking);
    return placement_count_terms(placement, err);
}
