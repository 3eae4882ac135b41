#include "nodegroup/resilience_losses.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pairs of thousands of nodes are millions: what is not answered within about a second stays unknown. */
enum { MOVES_MAX = 20000000, BLOCKS = 50 };

/* A loss on all resources. */
struct loss_sums {
    struct amounts headroom;
    double ratio[RESOURCES_REPORTED];
    double worst_ratio; /* INFINITY when nothing is left */
    bool sums_fit;
};

/* The check under way. */
struct check {
    struct placement *placement;
    struct resilience *out;
    struct amounts room, requested, allocatable; /* of all usable nodes */
    struct amounts gone;                         /* movers of nodes that are gone already */
    bool *stranded;                              /* per pod, over all losses */
    double worst_ratio;
    bool has_worst;
    uint32_t *block; /* scratch: a node each */
    size_t moved;    /* pods that a place was looked for, over all losses */
};

void resilience_clear(struct resilience *resilience)
{
    free(resilience->worst);
    free(resilience->unplaced);
    free(resilience->stranded);
    *resilience = (struct resilience){0};
}

const char *resilience_mode_name(enum resilience_mode mode)
{
    static const char *const names[] = {"node", "zone", "drain"};

    return names[mode];
}

const char *resilience_verdict_name(enum resilience_verdict verdict)
{
    static const char *const names[] = {"fits", "unknown", "fragmented", "does-not-fit"};

    return names[verdict];
}

/* --- sums --- */

static void add_totals(struct check *check)
{
    for (size_t k = 0; k < check->placement->n_nodes; k++) {
        const struct placement_node *node = &check->placement->nodes[k];

        if (node->state == PLACEMENT_USABLE) {
            amounts_add(&check->room, &check->placement->room[k]);
            amounts_add(&check->requested, &node->requested);
            amounts_add(&check->allocatable, &node->allocatable);
        } else if (node->state == PLACEMENT_GONE) {
            amounts_add(&check->gone, &node->moving);
        }
    }
}

/* Pods that are bound to what is lost cannot move: they are named, and asked of nobody. */
static void subtract_stranded(struct check *check, uint32_t k, struct amounts *movers)
{
    struct placement *placement = check->placement;
    const struct placement_node *node = &placement->nodes[k];

    for (uint32_t i = 0; node->n_bound > 0 && i < node->n_pods; i++) {
        uint32_t at = placement->by_node[node->first_pod + i];

        if (placement->pods[at].dies || !placement_is_stranded(placement, &placement->pods[at]))
            continue;
        amounts_subtract(movers, &placement->pods[at].need);
        check->out->n_stranded += !check->stranded[at];
        check->stranded[at] = true;
    }
}

static void find_stranded(struct check *check, const uint32_t *nodes, size_t n, struct amounts *movers)
{
    struct placement *placement = check->placement;

    if (!placement->has_bound)
        return;
    for (size_t i = 0; i < n; i++)
        placement->lost[nodes[i]] = true;
    for (size_t i = 0; i < n; i++)
        subtract_stranded(check, nodes[i], movers);
    for (size_t i = 0; i < placement->n_gone; i++)
        subtract_stranded(check, placement->gone[i], movers);
    for (size_t i = 0; i < n; i++)
        placement->lost[nodes[i]] = false;
}

static struct loss_sums sum_loss(struct check *check, const uint32_t *nodes, size_t n)
{
    struct amounts room = check->room, left = check->requested, allocatable = check->allocatable, movers = check->gone;
    struct loss_sums sums = {.sums_fit = true};

    for (size_t i = 0; i < n; i++) {
        const struct placement_node *node = &check->placement->nodes[nodes[i]];

        amounts_add(&movers, &node->moving);
        if (node->state != PLACEMENT_USABLE)
            continue;
        amounts_subtract(&room, &check->placement->room[nodes[i]]);
        amounts_subtract(&left, &node->requested);
        amounts_subtract(&allocatable, &node->allocatable);
    }
    find_stranded(check, nodes, n, &movers);
    for (size_t r = 0; r < RESOURCES_REPORTED; r++) {
        int64_t after = amount_add(left.of[r], movers.of[r]);

        sums.headroom.of[r] = amount_add(room.of[r], -movers.of[r]);
        sums.sums_fit &= sums.headroom.of[r] >= 0;
        sums.ratio[r] = allocatable.of[r] > 0 ? (double)after / (double)allocatable.of[r] : (double)NAN;
        sums.worst_ratio = fmax(sums.worst_ratio, allocatable.of[r] > 0 ? sums.ratio[r] : after > 0 ? (double)INFINITY : 0);
    }
    return sums;
}

/* --- the worst loss --- */

static bool is_worse(const struct check *check, enum resilience_verdict verdict, double ratio)
{
    return !check->has_worst || verdict > check->out->verdict || (verdict == check->out->verdict && ratio > check->worst_ratio);
}

static void take_worst(struct check *check, enum resilience_verdict verdict, const struct loss_sums *sums, const uint32_t *nodes, size_t n)
{
    if (!is_worse(check, verdict, sums->worst_ratio))
        return;
    check->has_worst = true;
    check->worst_ratio = sums->worst_ratio;
    check->out->verdict = verdict;
    check->out->n_worst = n;
    if (n > 0)
        memcpy(check->out->worst, nodes, n * sizeof(*nodes));
    memcpy(check->out->ratio_after, sums->ratio, sizeof(sums->ratio));
}

static void look_at_sums(struct check *check, const uint32_t *nodes, size_t n)
{
    struct loss_sums sums = sum_loss(check, nodes, n);

    for (size_t r = 0; r < RESOURCES_REPORTED; r++)
        if (check->out->n_losses == 0 || sums.headroom.of[r] < check->out->headroom.of[r])
            check->out->headroom.of[r] = sums.headroom.of[r];
    check->out->n_losses++;
    take_worst(check, sums.sums_fit ? RESILIENCE_FITS : RESILIENCE_DOES_NOT_FIT, &sums, nodes, n);
}

static enum resilience_verdict verdict_of(enum placement_answer answer)
{
    switch (answer) {
    case PLACEMENT_FITS: return RESILIENCE_FITS;
    case PLACEMENT_NONE: return RESILIENCE_FRAGMENTED;
    case PLACEMENT_UNKNOWN:
    default: return RESILIENCE_UNKNOWN;
    }
}

typedef enum placement_answer fit_question(struct placement *placement);

/* Asks the placement about a loss, as long as the whole check has not asked too much. */
static enum placement_answer ask(struct check *check, const uint32_t *nodes, size_t n, fit_question *question)
{
    enum placement_answer answer;

    if (check->moved > MOVES_MAX)
        return PLACEMENT_UNKNOWN;
    placement_lose(check->placement, nodes, n);
    check->moved += check->placement->n_movers + 1;
    answer = question(check->placement);
    placement_restore(check->placement);
    return answer;
}

static void look_for_places(struct check *check, const uint32_t *nodes, size_t n)
{
    struct loss_sums sums = sum_loss(check, nodes, n);
    enum placement_answer answer;

    if (!is_worse(check, RESILIENCE_FRAGMENTED, sums.worst_ratio))
        return; /* whatever the answer, it would not be the worst */
    answer = ask(check, nodes, n, placement_fit);
    if (answer != PLACEMENT_FITS)
        take_worst(check, verdict_of(answer), &sums, nodes, n);
}

typedef void look_at(struct check *check, const uint32_t *nodes, size_t n);

static void each_loss(struct check *check, struct losses *losses, look_at *look)
{
    const uint32_t *nodes;
    size_t n = 0;

    losses_rewind(losses);
    if (losses->n == 0)
        look(check, NULL, 0); /* nothing is left to lose, but there may be pods without a node */
    while (losses->n > 0 && (nodes = losses_next(losses, check->placement, &n)))
        look(check, nodes, n);
}

/* --- pairs, many at once --- */

/* The pairs of one node from each block, or of two from one. */
static void each_pair_of(struct check *check, const struct losses *losses, size_t a, size_t b, size_t size)
{
    for (size_t i = a; i < losses->n && i < a + size; i++)
        for (size_t j = i < b ? b : i + 1; j < losses->n && j < b + size; j++)
            look_for_places(check, (const uint32_t[]){losses->candidates[i], losses->candidates[j]}, 2);
}

static enum placement_answer answer_quickly(struct placement *placement)
{
    return placement_fits_quickly(placement) ? PLACEMENT_FITS : PLACEMENT_UNKNOWN;
}

/* Do all pods of two blocks of nodes find a place when both are lost? Then so they do for any two nodes of them. */
static bool outlives_blocks(struct check *check, const struct losses *losses, size_t a, size_t b, size_t size)
{
    size_t in_a = losses->n - a < size ? losses->n - a : size, in_b = a == b ? 0 : losses->n - b < size ? losses->n - b : size, n = 0;

    for (size_t i = 0; i < in_a; i++)
        check->block[n++] = losses->candidates[a + i];
    for (size_t i = 0; i < in_b; i++)
        check->block[n++] = losses->candidates[b + i];
    return ask(check, check->block, n, answer_quickly) == PLACEMENT_FITS;
}

/* Pairs grow with the square of the nodes, and nearly all are harmless: whole blocks of them are answered at once. */
static void each_pair(struct check *check, const struct losses *losses)
{
    size_t size = losses->n / BLOCKS;

    for (size_t a = 0; a < losses->n; a += size)
        for (size_t b = a; b < losses->n; b += size)
            if (!outlives_blocks(check, losses, a, b, size))
                each_pair_of(check, losses, a, b, size);
}

static void find_places(struct check *check, struct losses *losses)
{
    if (losses->mode == RESILIENCE_DRAIN && losses->n / 2 >= BLOCKS && placement_is_local(check->placement))
        each_pair(check, losses);
    else
        each_loss(check, losses, look_for_places);
}

/* --- the answer --- */

static void name_unplaced(struct check *check)
{
    struct placement *placement = check->placement;

    if (check->out->verdict == RESILIENCE_FITS)
        return;
    placement_lose(placement, check->out->worst, check->out->n_worst);
    (void)placement_settle(placement);
    placement_unsettle(placement);
    placement_restore(placement);
    check->out->n_unplaced = placement->n_unplaced;
    if (placement->n_unplaced > 0)
        memcpy(check->out->unplaced, placement->unplaced, placement->n_unplaced * sizeof(*check->out->unplaced));
}

static int compare_names(const void *a, const void *b, void *context)
{
    const struct placement *placement = context;
    const struct pod *x = placement->pods[*(const uint32_t *)a].pod, *y = placement->pods[*(const uint32_t *)b].pod;
    int by_namespace = strcmp(x->shape->namespace, y->shape->namespace);

    return by_namespace != 0 ? by_namespace : pod_compare(x, y);
}

static void name_stranded(struct check *check)
{
    size_t n = 0;

    for (uint32_t i = 0; i < check->placement->n_pods; i++)
        if (check->stranded[i])
            check->out->stranded[n++] = i;
    qsort_r(check->out->stranded, n, sizeof(*check->out->stranded), compare_names, check->placement);
}

static bool has_zones(const struct placement *placement)
{
    for (size_t k = 0; k < placement->n_nodes; k++)
        if (placement->nodes[k].zone != PLACEMENT_NO_ZONE)
            return true;
    return placement->n_nodes == 0;
}

static void free_flags(bool **flags)
{
    free(*flags);
}

static void free_block(uint32_t **block)
{
    free(*block);
}

static int check_all(struct placement *placement, enum resilience_mode mode, bool names, struct resilience *out, struct error *err)
{
    CLEANUP(free_flags) bool *stranded = calloc(placement->n_pods + 1, sizeof(*stranded));
    CLEANUP(free_block) uint32_t *block = calloc(placement->n_nodes + 1, sizeof(*block));
    CLEANUP(losses_clear) struct losses losses = {0};
    struct check check = {.placement = placement, .out = out, .stranded = stranded, .block = block};

    resilience_clear(out);
    out->mode = mode;
    out->worst = calloc(placement->n_nodes + 1, sizeof(*out->worst));
    out->unplaced = calloc(placement->n_pods + 1, sizeof(*out->unplaced));
    out->stranded = calloc(placement->n_pods + 1, sizeof(*out->stranded));
    if (!stranded || !block || !out->worst || !out->unplaced || !out->stranded)
        return error_no_memory(err);
    if (losses_start(placement, mode, &losses, err) < 0)
        return -1;
    add_totals(&check);
    each_loss(&check, &losses, look_at_sums);
    if (out->verdict == RESILIENCE_FITS)
        find_places(&check, &losses);
    if (names)
        name_unplaced(&check);
    name_stranded(&check);
    out->zones_unknown = mode == RESILIENCE_ZONE && !has_zones(placement);
    if (out->zones_unknown)
        out->verdict = RESILIENCE_UNKNOWN;
    return 0;
}

int resilience_check(struct placement *placement, enum resilience_mode mode, struct resilience *out, struct error *err)
{
    return check_all(placement, mode, true, out, err);
}

int resilience_judge(struct placement *placement, enum resilience_mode mode, enum resilience_verdict *out, struct error *err)
{
    CLEANUP(resilience_clear) struct resilience all = {0};

    if (check_all(placement, mode, false, &all, err) < 0)
        return -1;
    *out = all.verdict;
    return 0;
}
