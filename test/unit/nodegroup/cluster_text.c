#include "test/unit/nodegroup/cluster_text.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { FIXTURE_MAX = 16 * 1024 * 1024 };

static int add(void *context, const json_t *item, struct error *err)
{
    return cluster_add(context, item, err);
}

void cluster_of_text(struct cluster *cluster, const char *text)
{
    struct capacity_list list = {.text = text, .len = strlen(text)};
    struct error err = {0};

    cluster_init(cluster, CLUSTER_GROUP_LABEL);
    ck_assert_msg(capacity_list_read(&list, add, cluster, &err) == 0, "%s", err.text);
    ck_assert_msg(cluster_group(cluster, &err) == 0, "%s", err.text);
}

char *fixture_text(const char *path)
{
    struct buffer out = BUFFER_INIT(FIXTURE_MAX);
    struct error err = {0};
    char full[512];

    (void)snprintf(full, sizeof(full), "%s/%s", FIXTURES, path);
    ck_assert_msg(file_read(full, &out, &err) == 0, "%s", err.text);
    return out.data;
}

void cluster_of_fixture(struct cluster *cluster, const char *path)
{
    char *text = fixture_text(path);

    cluster_of_text(cluster, text);
    free(text);
}

json_t *fixture_json(const char *path)
{
    char *text = fixture_text(path);
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

    free(text);
    ck_assert_msg(json != NULL, "%s", path);
    return json;
}

bool cluster_warned(const struct cluster *cluster, const char *code)
{
    for (size_t i = 0; i < cluster->n_warnings; i++)
        if (strcmp(cluster->warnings[i].code, code) == 0)
            return true;
    return false;
}
