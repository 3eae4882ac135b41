#include "test/unit/kube/fixture_file.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

enum { FIXTURE_BYTES_MAX = 1024 * 1024 };

void fixture_wire_body(const char *name, struct buffer *out)
{
    CLEANUP(buffer_clear) struct buffer whole = BUFFER_INIT(FIXTURE_BYTES_MAX);
    struct error err = {0};
    char path[1024];
    const char *body;

    (void)snprintf(path, sizeof(path), FIXTURES "/wire/%s", name);
    ck_assert_msg(file_read(path, &whole, &err) == 0, "%s", err.text);
    body = strstr(buffer_text(&whole), "\r\n\r\n");
    ck_assert_msg(body != NULL, "%s has no head", name);
    ck_assert_int_eq(buffer_add_text(out, body + 4), 0);
    while (out->len > 0 && strchr("\r\n", out->data[out->len - 1]))
        out->data[--out->len] = '\0';
}
