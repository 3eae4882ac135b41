#include "adapter/own_metrics.h"

#include "adapter/certificate_plan.h"

static void add(struct exposition *exposition, const char *name, const char *help, double value)
{
    exposition_family(exposition, name, help, "gauge");
    exposition_sample(exposition, "", NULL, 0, value);
}

static void add_certificate_problems(struct exposition *exposition, unsigned found)
{
    exposition_family(exposition, "adapter_certificate_problem", "1 while that is wrong with the certificate that the adapter makes itself",
                      "gauge");
    for (unsigned i = 0; i < CERTIFICATE_PROBLEMS; i++) {
        const struct metric_label reason = {"reason", certificate_problem_name(i)};

        exposition_sample(exposition, "", &reason, 1, found >> i & 1U);
    }
}

void own_metrics_expose(void *context, struct exposition *exposition)
{
    struct own_metrics *own = context;
    const struct metric_label version = {"version", VERSION};

    exposition_family(exposition, "adapter_build_info", "A constant 1 with the version of the program", "gauge");
    exposition_sample(exposition, "", &version, 1, 1);
    add(exposition, "adapter_config_hash", "A number that changes with the text of the configuration in force",
        (double)atomic_load(&own->config_hash));
    add(exposition, "adapter_config_last_reload_successful", "1 when the configuration file is in force, 0 when it was refused",
        atomic_load(&own->config_refused) ? 0 : 1);
    add(exposition, "adapter_config_loaded_timestamp_seconds", "When the configuration in force was read",
        (double)atomic_load(&own->config_loaded_unix_ms) / 1e3);
    if (atomic_load(&own->may_lead))
        add(exposition, "adapter_leader", "1 when this replica is the one that writes, 0 when another is", atomic_load(&own->leads));
    if (atomic_load(&own->own_certificate))
        add_certificate_problems(exposition, atomic_load(&own->certificate_problems));
}
