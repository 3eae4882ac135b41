#include "adapter/families_reference.h"

#include "adapter/families.h"
#include "apiservice/own_families.h"

static const char preface[] =
    "<!-- Written by `make docs` from adapter/families.c and apiservice/own_families.c. -->\n"
    "# Metrics\n"
    "\n"
    "The same names are served twice: as external metrics (`external.metrics.k8s.io/v1beta1`, for a HorizontalPodAutoscaler and\n"
    "`kubectl get`) and on `/metrics` (for Prometheus).\n"
    "\n"
    "- A HorizontalPodAutoscaler **adds up every item of an answer**. A label marked `*` may therefore have one value only in an\n"
    "  answer: a selector that leaves several is refused with 400 and a message that names them.\n"
    "- **Zero is a value.** A configured queue always has all its series. A ratio with nothing to divide by is absent.\n"
    "- A value whose source is stale or was never read is an **error** (503 with the source, its age and its last error), so that the\n"
    "  HorizontalPodAutoscaler holds. On `/metrics` such series are left out and `adapter_source_up` is 0.\n"
    "- Jobs and provisioners are whole numbers, ratios are 0 to 1, times are seconds.\n"
    "- A queue's metrics can be read in the queue's namespace; metrics that belong to no queue in any namespace.\n"
    "- The label `job_type` is `workspace_build`, `template_version_import`, `template_version_dry_run` or `other`; `initiator` is\n"
    "  `user` or `prebuild`; `tags` are sorted `key=value` pairs joined by commas, without scope and owner;\n"
    "  more than 8192 bytes of them are cut, and end in `...#` and a hash of all of them.\n";

static void write_labels(const struct metric_family *row, struct buffer *out)
{
    for (size_t i = 0; row->labels[i].name; i++)
        (void)buffer_printf(out, "%s`%s`%s", i > 0 ? ", " : "", row->labels[i].name, row->labels[i].summable || row->local ? "" : "\\*");
}

static void write_external(struct buffer *out)
{
    size_t n = 0;
    const struct metric_family *rows = families_all(&n);

    (void)buffer_add_text(out, "\n## External metrics\n\n| metric | short | labels | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        if (rows[i].local)
            continue;
        (void)buffer_printf(out, "| `%s` | `%s` | ", rows[i].name, rows[i].short_name);
        write_labels(&rows[i], out);
        (void)buffer_printf(out, " | %s |\n", rows[i].help);
    }
}

static void write_local(struct buffer *out)
{
    size_t n = 0;
    const struct metric_family *rows = families_all(&n);

    (void)buffer_add_text(out, "\n## On `/metrics` only\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].local)
            continue;
        (void)buffer_printf(out, "| `%s` | %s | ", rows[i].name, rows[i].type == METRIC_COUNTER ? "counter" : "gauge");
        write_labels(&rows[i], out);
        (void)buffer_printf(out, " | %s |\n", rows[i].help);
    }
}

/* The same table goes on. */
static void write_own(struct buffer *out)
{
    for (enum own_family id = 0; id < OWN_FAMILIES; id++) {
        const struct own_family_row *row = own_family(id);

        (void)buffer_printf(out, "| `%s` | %s | %s | %s |\n", row->name, row->type, row->labels, row->help);
    }
}

void families_write_reference(struct buffer *out)
{
    (void)buffer_add_text(out, preface);
    write_external(out);
    write_local(out);
    write_own(out);
}
