#include "nodegroup/placement.h"

#include <string.h>

enum { STEPS_PER_LOSS = 200000 };

static const struct placement_pod *mover(const struct placement *placement, size_t at)
{
    return &placement->pods[placement->movers[at]];
}

/* Equal pods are interchangeable: only one of their orders needs to be tried. */
static bool is_twin(const struct placement *placement, size_t at)
{
    const struct placement_pod *a, *b;

    if (at == 0)
        return false;
    a = mover(placement, at - 1);
    b = mover(placement, at);
    return a->class == b->class && a->n_links == 0 && b->n_links == 0 && memcmp(&a->need, &b->need, sizeof(a->need)) == 0;
}

/* Are all movers free to go anywhere? Then nodes of equal room are interchangeable too. */
static bool is_plain(const struct placement *placement)
{
    for (size_t i = 0; i < placement->n_movers; i++)
        if (mover(placement, i)->class != PLACEMENT_ANY_CLASS || mover(placement, i)->n_links > 0)
            return false;
    return true;
}

static bool has_equal_before(const struct placement *placement, size_t first, size_t at)
{
    for (size_t i = first; i < at; i++)
        if (!placement->lost[placement->roomy[i]] &&
            memcmp(&placement->room[placement->roomy[i]], &placement->room[placement->roomy[at]], sizeof(*placement->room)) == 0)
            return true;
    return false;
}

struct search {
    struct placement *placement;
    uint32_t *choice; /* per mover: position in roomy */
    bool plain;
    int64_t steps;
};

/* The next position, from first on, that takes the mover; n_usable when none does. */
static uint32_t next_choice(struct search *search, size_t at, uint32_t from)
{
    const struct placement *placement = search->placement;
    uint32_t first = is_twin(placement, at) ? search->choice[at - 1] : 0;

    for (uint32_t i = from > first ? from : first; i < placement->n_usable; i++) {
        search->steps--;
        if (!placement_allows(placement, mover(placement, at), placement->roomy[i]))
            continue;
        search->steps -= search->plain ? (i - first) / 8 : 0;
        if (!search->plain || !has_equal_before(placement, first, i))
            return i;
    }
    return (uint32_t)placement->n_usable;
}

/* Depth first, largest mover first, without recursion: a group has thousands of pods. */
static enum placement_answer walk(struct search *search)
{
    struct placement *placement = search->placement;
    enum placement_answer answer = PLACEMENT_UNKNOWN;
    size_t at = 0;
    uint32_t from = 0;

    while (at < placement->n_movers && search->steps > 0) {
        uint32_t found = next_choice(search, at, from);

        if (found < placement->n_usable) {
            search->choice[at] = found;
            placement_put(placement, mover(placement, at), placement->roomy[found]);
            at++;
            from = 0;
        } else if (at > 0) {
            at--;
            placement_take(placement, mover(placement, at), placement->roomy[search->choice[at]]);
            from = search->choice[at] + 1;
        } else {
            return PLACEMENT_NONE;
        }
    }
    if (at == placement->n_movers)
        answer = PLACEMENT_FITS;
    while (at > 0) {
        at--;
        placement_take(placement, mover(placement, at), placement->roomy[search->choice[at]]);
    }
    return answer;
}

enum placement_answer placement_search(struct placement *placement)
{
    int64_t steps = placement->budget < STEPS_PER_LOSS ? placement->budget : STEPS_PER_LOSS;
    struct search search = {.placement = placement, .choice = placement->place, .plain = is_plain(placement), .steps = steps};
    enum placement_answer answer = walk(&search);

    placement->budget -= steps - search.steps;
    return answer;
}
