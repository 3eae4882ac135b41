#include "nodegroup/pod.h"

#include <stdio.h>
#include <string.h>

size_t pod_stem_len(const char *name)
{
    const char *dash = strrchr(name, '-');
    size_t len = strlen(name), stem = dash ? (size_t)(dash - name) + 1 : 0;

    return len - stem <= POD_ENDING_MAX ? stem : len;
}

const char *pod_name(const struct pod *pod, char out[POD_NAME_MAX + 1])
{
    (void)snprintf(out, POD_NAME_MAX + 1, "%s%s", pod->shape->stem, pod->ending);
    return out;
}

bool pod_is_named(const struct pod *pod, const char *namespace, const char *name)
{
    size_t stem = strlen(pod->shape->stem);

    return strncmp(name, pod->shape->stem, stem) == 0 && strcmp(name + stem, pod->ending) == 0 &&
           strcmp(pod->shape->namespace, namespace) == 0;
}

/* The names are not put together for it: pods are sorted by the thousand. */
static int compare_names(const struct pod *a, const struct pod *b)
{
    const char *x = a->shape->stem, *y = b->shape->stem;
    bool x_ends = false, y_ends = false;

    for (;; x++, y++) {
        if (*x == '\0' && !x_ends) {
            x = a->ending;
            x_ends = true;
        }
        if (*y == '\0' && !y_ends) {
            y = b->ending;
            y_ends = true;
        }
        if (*x != *y || *x == '\0')
            return (int)(unsigned char)*x - (int)(unsigned char)*y;
    }
}

int pod_compare(const struct pod *a, const struct pod *b)
{
    int by_name = a->shape->stem == b->shape->stem ? strcmp(a->ending, b->ending) : compare_names(a, b);

    return by_name != 0 ? by_name : strcmp(a->shape->namespace, b->shape->namespace);
}

bool pod_has_unknown_volume(const struct pod *pod)
{
    return pod->shape->rules->n_volumes < pod->shape->rules->n_claims;
}
