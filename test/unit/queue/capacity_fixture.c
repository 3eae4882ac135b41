#include "test/unit/queue/capacity_fixture.h"

#include <check.h>
#include <stdio.h>

#include "base/file.h"
#include "base/json.h"

enum { FIXTURE_MAX = 1 << 20 };

json_t *capacity_fixture_read(const char *name)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(FIXTURE_MAX);
    char path[512];
    struct error err = {0};
    json_t *root = NULL;

    (void)snprintf(path, sizeof(path), "%s/capacity/%s", FIXTURES, name);
    ck_assert_msg(file_read(path, &text, &err) == 0 && json_read(buffer_text(&text), text.len, &root, &err) == 0, "%s", err.text);
    return root;
}

double fixture_number(const json_t *row, const char *name)
{
    const json_t *value = json_object_get(row, name);

    ck_assert_msg(json_is_number(value), "no number %s", name);
    return json_number_value(value);
}
