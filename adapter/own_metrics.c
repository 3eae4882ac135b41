#include "adapter/own_metrics.h"

#include "adapter/certificate_plan.h"
#include "apiservice/own_families.h"

static void add_certificate_problems(struct exposition *exposition, unsigned found)
{
    own_family_begin(exposition, OWN_CERTIFICATE_PROBLEM);
    for (unsigned i = 0; i < CERTIFICATE_PROBLEMS; i++) {
        const struct metric_label reason = {"reason", certificate_problem_name(i)};

        exposition_sample(exposition, "", &reason, 1, found >> i & 1U);
    }
}

void own_metrics_expose(void *context, struct exposition *exposition)
{
    struct own_metrics *own = context;
    const struct metric_label version = {"version", VERSION};

    own_family_begin(exposition, OWN_BUILD_INFO);
    exposition_sample(exposition, "", &version, 1, 1);
    own_family_value(exposition, OWN_CONFIG_HASH, (double)atomic_load(&own->config_hash));
    own_family_value(exposition, OWN_CONFIG_LAST_RELOAD, atomic_load(&own->config_refused) ? 0 : 1);
    own_family_value(exposition, OWN_CONFIG_LOADED, (double)atomic_load(&own->config_loaded_unix_ms) / 1e3);
    if (atomic_load(&own->may_lead))
        own_family_value(exposition, OWN_LEADER, atomic_load(&own->leads));
    if (atomic_load(&own->own_certificate))
        add_certificate_problems(exposition, atomic_load(&own->certificate_problems));
}
