#include "adapter/own_metrics.h"

static void add(struct exposition *exposition, const char *name, const char *help, double value)
{
    exposition_family(exposition, name, help, "gauge");
    exposition_sample(exposition, "", NULL, 0, value);
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
}
