/* config_reference_test.c - the page names every key, its default and its range. */
#include <stdio.h>
#include <string.h>

#include "adapter/config.h"

#include "test/unit/adapter/suites.h"

static void expect_rows(const char *page, const struct option_table *table, const char *prefix)
{
    for (size_t i = 0; i < table->len; i++) {
        const struct option *option = &table->rows[i];
        char path[96], row[160];

        (void)snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", option->key);
        if (option->table) {
            expect_rows(page, option->table, option->type == OPTION_SECTION ? path : "");
            continue;
        }
        (void)snprintf(row, sizeof(row), "\n| `%s` | %s | ", path, option_type_name(option->type));
        ck_assert_msg(strstr(page, row) != NULL, "no row for %s", path);
    }
}

START_TEST(page_is_whole)
{
    CLEANUP(buffer_clear) struct buffer page = BUFFER_INIT(1 << 18);
    const struct option_table *table = config_table();

    config_write_reference(&page);
    ck_assert(!buffer_failed(&page));
    for (size_t i = 0; i < table->len; i++) {
        char heading[64];

        (void)snprintf(heading, sizeof(heading), "\n## %s\n", table->rows[i].key);
        ck_assert_msg((strstr(buffer_text(&page), heading) != NULL) == (table->rows[i].table != NULL), "%s", heading);
        if (table->rows[i].table)
            expect_rows(buffer_text(&page), table->rows[i].table, "");
    }
}
END_TEST

static const char *const lines[] = {
    "| `port` | integer | `6443` | 0 to 65535 | Port to listen on. 0 takes any free one and logs it. *restart* |\n",
    "| `url` | URL | *required* | http or https; no credentials, query or fragment | Coder's access URL. |\n",
    "| `refresh` | choice | `interval` | `interval`, `on-read` | ",
    "| `workload.name` | name | coder-provisioner- and the queue's name | Kubernetes object name | ",
    "| `timeZone` | time zone | `UTC` | IANA name | ",
    "| `node_memory_usage` | bytes | ",
    "| `past_cpu_line` | cores | ",
    "| `past_nodes_ready` | nodes | ",
    "  port: 6443                                 # 0 to 65535\n",
    "  authentication: delegated                  # or none\n",
    "  - {users: 20, replicas: 15, minimum: 12}\n",
    "    p1:\n      window: 1h",
};

START_TEST(line_case)
{
    CLEANUP(buffer_clear) struct buffer page = BUFFER_INIT(1 << 18);

    config_write_reference(&page);
    ck_assert_msg(strstr(buffer_text(&page), lines[_i]) != NULL, "%s", lines[_i]);
}
END_TEST

START_TEST(small_buffer_is_told)
{
    CLEANUP(buffer_clear) struct buffer page = BUFFER_INIT(5000);

    config_write_reference(&page);
    ck_assert(buffer_failed(&page));
}
END_TEST

Suite *config_reference_suite(void)
{
    Suite *suite = suite_create("config_reference");
    TCase *tcase = tcase_create("all");

    tcase_add_test(tcase, page_is_whole);
    tcase_add_loop_test(tcase, line_case, 0, ARRAY_LEN(lines));
    tcase_add_test(tcase, small_buffer_is_told);
    suite_add_tcase(suite, tcase);
    return suite;
}
