#include "emulator/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static const char *const job_types[SCENARIO_JOB_TYPES] = {"workspace_build", "template_version_import", "template_version_dry_run"};
static const char *const initiators[SCENARIO_INITIATORS] = {"user", "prebuild"};
static const char *const outcomes[SCENARIO_OUTCOMES] = {"succeeded", "failed", "canceled"};

void scenario_clear(struct scenario *scenario)
{
    free(scenario->organizations);
    free(scenario->pools);
    free(scenario->arrivals);
    *scenario = (struct scenario){0};
}

struct scenario scenario_move(struct scenario *scenario)
{
    struct scenario moved = *scenario;

    *scenario = (struct scenario){0};
    return moved;
}

int scenario_read_file(const char *path, struct scenario *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(SCENARIO_FILE_MAX);

    if (file_read(path, &text, err) < 0)
        return error_wrap(err, "scenario");
    if (scenario_read(buffer_text(&text), text.len, out, err) < 0)
        return error_wrap(err, "scenario %s", path);
    return 0;
}

static bool is_name(const char *wanted, const char *name, size_t len)
{
    return strlen(wanted) == len && memcmp(wanted, name, len) == 0;
}

int64_t scenario_find_organization(const struct scenario *scenario, const char *name, size_t len)
{
    struct stable_id id = {0};
    bool is_id = stable_id_parse(name, len, &id), is_default = is_name("default", name, len);

    for (size_t i = 0; i < scenario->n_organizations; i++) {
        const struct scenario_organization *organization = &scenario->organizations[i];

        if (is_name(organization->name, name, len) || (is_default && organization->is_default) ||
            (is_id && stable_id_equal(id, organization->id)))
            return (int64_t)i;
    }
    return -1;
}

int64_t scenario_find_pool(const struct scenario *scenario, const char *name, size_t len)
{
    for (size_t i = 0; i < scenario->n_pools; i++)
        if (is_name(scenario->pools[i].name, name, len))
            return (int64_t)i;
    return -1;
}

static bool find_word(const char *const *words, size_t n, const char *word, int *out)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], word) == 0) {
            *out = (int)i;
            return true;
        }
    }
    return false;
}

const char *scenario_job_type_name(enum scenario_job_type type)
{
    return type < SCENARIO_JOB_TYPES ? job_types[type] : "unknown";
}

bool scenario_job_type_parse(const char *name, int *out)
{
    return find_word(job_types, ARRAY_LEN(job_types), name, out);
}

bool scenario_initiator_parse(const char *name, int *out)
{
    return find_word(initiators, ARRAY_LEN(initiators), name, out);
}

bool scenario_outcome_parse(const char *name, int *out)
{
    return find_word(outcomes, ARRAY_LEN(outcomes), name, out);
}
