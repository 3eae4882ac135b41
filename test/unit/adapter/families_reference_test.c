/* The page of metrics tells of every family, in its section. */
#include "adapter/families_reference.h"

#include <stdio.h>
#include <string.h>

#include "adapter/families.h"
#include "apiservice/own_families.h"
#include "test/unit/adapter/suites.h"

enum { PAGE_MAX = 1 << 18 };

static struct buffer page;
static const char *external, *local; /* where the two tables begin */

static void set_up(void)
{
    page = BUFFER_INIT(PAGE_MAX);
    families_write_reference(&page);
    ck_assert(!buffer_failed(&page));
    external = strstr(buffer_text(&page), "\n## External metrics\n");
    local = strstr(buffer_text(&page), "\n## On `/metrics` only\n");
    ck_assert(external && local && external < local);
}

static void tear_down(void)
{
    buffer_clear(&page);
}

/* The row of that name; there is one only. */
static const char *row_of(const char *name)
{
    char begin[128];
    const char *row;

    (void)snprintf(begin, sizeof(begin), "\n| `%s` | ", name);
    row = strstr(buffer_text(&page), begin);
    ck_assert_msg(row && !strstr(row + 1, begin), "%s", name);
    return row;
}

START_TEST(every_family_has_one_row)
{
    size_t n = 0;
    const struct metric_family *rows = families_all(&n);

    for (size_t i = 0; i < n; i++)
        ck_assert_msg((row_of(rows[i].name) > local) == rows[i].local, "%s", rows[i].name);
    for (enum own_family id = 0; id < OWN_FAMILIES; id++)
        ck_assert(row_of(own_family(id)->name) > local);
}
END_TEST

static const char *const lines[] = {
    "\n| `coder_provisioner_demand` | `cpd` | `queue`, `organization` | Provisioners that the queue's jobs need now",
    "\n| `coder_provisioner_utilization_ratio` | `cpu` | `queue`\\*, `organization`\\* | ",
    "\n| `coder_provisioner_jobs_completed_total` | counter | `queue`, `organization`, `job_type`, `status` | ",
    "\n| `adapter_source_up` | gauge | ",
    "\n| `adapter_leader` | gauge |  | ",
};

START_TEST(line_case)
{
    ck_assert_msg(strstr(buffer_text(&page), lines[_i]) != NULL, "%s", lines[_i]);
}
END_TEST

Suite *families_reference_suite(void)
{
    Suite *suite = suite_create("families_reference");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, every_family_has_one_row);
    tcase_add_loop_test(tcase, line_case, 0, ARRAY_LEN(lines));
    suite_add_tcase(suite, tcase);
    return suite;
}
