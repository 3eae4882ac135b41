#include "emulator/coder_names.h"

#include <stdio.h>

/* The initiator of all prebuilds, the same in every deployment. */
static const struct stable_id prebuilds_user = {UINT64_C(0xc42fdf753097471c), UINT64_C(0x8c33fb52454d81c0)};

static const struct {
    const char *name, *display_name, *icon;
} templates[] = {
    {"kubernetes", "Kubernetes", "/icon/k8s.png"},
    {"docker", "Docker Containers", "/icon/docker.png"},
    {"cuda", "CUDA workstation", "/icon/nvidia.svg"},
};

struct stable_id coder_id(const struct simulation *sim, enum stable_kind kind, uint64_t number)
{
    return stable_id_make((uint64_t)sim->scenario->seed, kind, number);
}

struct stable_id coder_initiator_id(const struct simulation *sim, size_t job)
{
    return sim->jobs[job].initiator == SCENARIO_BY_PREBUILD ? prebuilds_user : coder_id(sim, STABLE_USER, job);
}

struct stable_id coder_daemon_id(const struct simulation *sim, uint64_t serial)
{
    return coder_id(sim, STABLE_DAEMON, serial);
}

void coder_daemon_name(const struct simulation *sim, const struct sim_daemon *daemon, char out[CODER_DAEMON_NAME_MAX])
{
    (void)snprintf(out, CODER_DAEMON_NAME_MAX, "%s-%lld", sim->scenario->pools[daemon->pool].name_prefix, (long long)daemon->ordinal);
}

struct coder_template coder_template_of(const struct simulation *sim, const struct sim_job *job)
{
    size_t which = job->tags % ARRAY_LEN(templates);

    return (struct coder_template){templates[which].name, templates[which].display_name, templates[which].icon,
                                   coder_id(sim, STABLE_TEMPLATE, which)};
}
