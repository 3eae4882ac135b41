#include "metric/family.h"

#include <string.h>
#include <strings.h>

const struct metric_family *metric_family_find(const struct metric_family *families, size_t n, const char *name, size_t name_len)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(families[i].name) == name_len && strncasecmp(families[i].name, name, name_len) == 0)
            return &families[i];
    return NULL;
}
