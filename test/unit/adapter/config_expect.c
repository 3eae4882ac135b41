#include "test/unit/adapter/config_expect.h"

#include <check.h>
#include <string.h>

#include "adapter/config.h"

void expect_told(const char *text, size_t len, const char *told)
{
    static struct config_mistakes mistakes;
    CLEANUP(config_clear) struct config config = {0};
    CLEANUP(buffer_clear) struct buffer printed = BUFFER_INIT(1 << 17);
    CLEANUP(buffer_clear) struct buffer expected = BUFFER_INIT(1 << 17);
    int result = config_parse(text, len, "f", &config, &mistakes);

    while (*told != '\0') {
        size_t line = strcspn(told, "\n") + 1;

        /* A line that begins with ": " is about the file as a whole. */
        (void)buffer_printf(&expected, "f%s%.*s", *told == ':' ? "" : ":", (int)line, told);
        told += line;
    }
    config_mistakes_print(&mistakes, &printed);
    ck_assert_str_eq(buffer_text(&printed), buffer_text(&expected));
    ck_assert_int_eq(result, expected.len == 0 ? 0 : -1);
}
