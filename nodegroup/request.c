#include "nodegroup/request.h"

int64_t amount_add(int64_t a, int64_t b)
{
    int64_t sum;

    if (__builtin_add_overflow(a, b, &sum))
        return a < 0 ? INT64_MIN : INT64_MAX;
    return sum;
}

void amounts_add(struct amounts *to, const struct amounts *more)
{
    for (size_t r = 0; r < RESOURCES_MAX; r++)
        to->of[r] = amount_add(to->of[r], more->of[r]);
}

void amounts_subtract(struct amounts *from, const struct amounts *less)
{
    for (size_t r = 0; r < RESOURCES_MAX; r++)
        from->of[r] = amount_add(from->of[r], -less->of[r]);
}

static void amounts_raise(struct amounts *to, const struct amounts *least)
{
    for (size_t r = 0; r < RESOURCES_MAX; r++)
        if (to->of[r] < least->of[r])
            to->of[r] = least->of[r];
}

/* The largest of wish, allotment and reality; the wish is left out when it will never come true. */
static struct resource_list effective(const struct request_resize *requests, bool infeasible)
{
    struct resource_list list = {0};

    if (!requests->has_status || !infeasible)
        list = requests->spec;
    if (!requests->has_status)
        return list;
    amounts_raise(&list.amounts, &requests->allocated.amounts);
    amounts_raise(&list.amounts, &requests->running.amounts);
    list.named |= requests->allocated.named | requests->running.named;
    return list;
}

static struct amounts sum_regular(const struct request_pod *pod)
{
    struct amounts sum = {0};

    for (size_t i = 0; i < pod->n_regular; i++) {
        struct resource_list list = effective(&pod->regular[i].requests, pod->resize_infeasible);

        amounts_add(&sum, &list.amounts);
    }
    return sum;
}

/* Init containers run one after the other; a sidecar among them stays beside all that follow and beside the regular ones. */
static struct amounts sum_containers(const struct request_pod *pod)
{
    struct amounts sum = sum_regular(pod), side = {0}, peak = {0};

    for (size_t i = 0; i < pod->n_init; i++) {
        struct amounts now = effective(&pod->init[i].requests, pod->resize_infeasible).amounts;

        if (pod->init[i].sidecar) {
            amounts_add(&sum, &now);
            amounts_add(&side, &now);
            amounts_raise(&peak, &side);
        } else {
            amounts_add(&now, &side);
            amounts_raise(&peak, &now);
        }
    }
    amounts_raise(&sum, &peak);
    return sum;
}

struct amounts request_of_pod(const struct request_pod *pod)
{
    struct amounts request = sum_containers(pod);
    struct resource_list level = effective(&pod->pod_level, pod->resize_infeasible);

    for (size_t r = 0; r < RESOURCES_MAX; r++)
        if (pod->pod_level.spec.named & (1U << r))
            request.of[r] = level.amounts.of[r];
    amounts_add(&request, &pod->overhead.amounts);
    request.of[RESOURCE_PODS] = 1;
    return request;
}
