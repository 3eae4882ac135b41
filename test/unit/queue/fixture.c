#include "test/unit/queue/fixture.h"

#include <check.h>
#include <stdio.h>

#include "base/file.h"
#include "base/timestamp.h"

void fixture_read(const char *name, struct buffer *out)
{
    char path[512];
    struct error err = {0};

    (void)snprintf(path, sizeof(path), "%s/coder/%s", FIXTURES, name);
    ck_assert_msg(file_read(path, out, &err) == 0, "%s", err.text);
}

int64_t unix_ms_of(const char *stamp)
{
    int64_t ms = 0;

    ck_assert(timestamp_parse(stamp, &ms));
    return ms;
}
