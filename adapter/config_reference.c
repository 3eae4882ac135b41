/* config_reference.c - the reference page and the example file, written from the option table. */
#include <string.h>

#include "adapter/config.h"
#include "nodegroup/prometheus_past.h"

enum { KEY_PATH_MAX = 80, RANGE_MAX = 320, COMMENT_COLUMN = 44 };

/* ---- Tables ---- */

static const char preface[] =
    "# Configuration\n"
    "\n"
    "<!-- Written by `coder-metrics-adapter reference configuration` from the option table; do not edit. -->\n"
    "\n"
    "The adapter reads one YAML file, given with `--config`. It is read strictly: an unknown key, a wrong type, a value out of\n"
    "range, a key or a name that is there twice are mistakes. All mistakes are told at once, each with its place:\n"
    "\n"
    "    config.yaml:7:9: serving.port: 70000 is out of range; want a whole number from 0 to 65535\n"
    "\n"
    "`coder-metrics-adapter check-config FILE` tells them without starting anything; it is silent and exits 0 when the file is right.\n"
    "\n"
    "- Only what the tables call *required* must be written: `coder.url`, `coder.tokenFile`, and what makes the entries of lists. Every\n"
    "  other key has the default shown. A section that is not written, or is empty, has the defaults of its keys; `nodeGroups` is off "
    "then.\n"
    "- Durations are written as Go writes them (`1m30s`, `250ms`), with `d` for days and `w` for weeks besides; sizes as Kubernetes\n"
    "  does (`16Ki`).\n"
    "- Numbers are written without quotes, booleans are `true` and `false` only (not `yes` or `on`), and a text that could be taken for a\n"
    "  number or a boolean needs quotes. Anchors, aliases, tags and merge keys of YAML are not supported. A file has at most 1 MiB.\n"
    "- Secrets are never in this file: it names their files, which are read again when they change.\n"
    "- The file is read again when it changes (a ConfigMap, too). When the new one has a mistake it is refused as a whole, the old one\n"
    "  stays in force, and a log line and a metric say so. A change of a key marked *restart* is refused in the same way.\n"
    "\n"
    "The smallest file names the Coder deployment and scales one queue, `default`, between 6 and 15 provisioners:\n"
    "\n"
    "```yaml\n"
    "coder:\n"
    "  url: https://coder.example.com\n"
    "  tokenFile: /var/run/secrets/coder/token\n"
    "```\n";

/* A cell of a Markdown table: a bar would end it. */
static void write_cell(struct buffer *out, const char *text)
{
    for (; *text != '\0'; text++)
        (void)buffer_printf(out, *text == '|' ? "\\%c" : "%c", *text);
}

static void write_default(struct buffer *out, const struct option *option)
{
    if (option->fallback_help)
        write_cell(out, option->fallback_help);
    else if (!option->fallback)
        (void)buffer_add_text(out, "*required*");
    else
        (void)buffer_printf(out, "`%s`", option->fallback[0] != '\0' ? option->fallback : "\"\"");
}

static void write_row(struct buffer *out, const struct option *option, const char *path)
{
    CLEANUP(buffer_clear) struct buffer range = BUFFER_INIT(RANGE_MAX);

    option_describe_range(option, &range);
    (void)buffer_printf(out, "| `%s` | %s | ", path, option_type_name(option->type));
    write_default(out, option);
    (void)buffer_add_text(out, " | ");
    write_cell(out, buffer_text(&range));
    (void)buffer_add_text(out, " | ");
    write_cell(out, option->help);
    if (option->why)
        (void)buffer_printf(out, " Why this range: %s.", option->why);
    (void)buffer_add_text(out, option->restart ? " *restart* |\n" : " |\n");
}

static void write_table_head(struct buffer *out)
{
    (void)buffer_add_text(out, "\n| Key | Type | Default | Range | Meaning |\n|---|---|---|---|---|\n");
}

/* The rows of a section and of the sections in it, with their path from the heading down. */
static void write_rows(struct buffer *out, const struct option_table *table, const char *prefix)
{
    for (size_t i = 0; i < table->len; i++) {
        CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(KEY_PATH_MAX);
        const struct option *option = &table->rows[i];

        (void)buffer_printf(&path, "%s%s%s", prefix, prefix[0] != '\0' ? "." : "", option->key);
        if (option->type == OPTION_SECTION)
            write_rows(out, option->table, buffer_text(&path));
        else
            write_row(out, option, buffer_text(&path));
    }
}

static void write_section(struct buffer *out, const struct option *option)
{
    (void)buffer_printf(out, "\n## %s\n\n%s\n", option->key, option->help);
    if (option->type == OPTION_SECTIONS) {
        (void)buffer_printf(out, "A list of at most %s entries; not written: ", option->most);
        write_default(out, option);
        (void)buffer_add_text(out, ". The keys of an entry:\n");
    }
    write_table_head(out);
    write_rows(out, option->table, "");
}

static void write_top(struct buffer *out, const struct option_table *table)
{
    (void)buffer_add_text(out, "\n## At the top\n");
    write_table_head(out);
    for (size_t i = 0; i < table->len; i++)
        if (!table->rows[i].table)
            write_row(out, &table->rows[i], table->rows[i].key);
}

/* ---- The names that a map may have ---- */

static void write_queries(struct buffer *out)
{
    const struct prometheus_query *query;
    const struct past_query *past;

    (void)buffer_add_text(out,
                          "\n### Names of queries\n\n`usage.prometheus.queries` may replace these; what comes out must be in the unit.\n\n"
                          "| Query | Unit | Meaning |\n|---|---|---|\n");
    for (size_t i = 0; (query = prometheus_query_at(i)); i++)
        (void)buffer_printf(out, "| `%s` | %s | %s |\n", query->name, query->unit, query->about);
    for (size_t i = 0; (past = past_query_at(i)); i++)
        (void)buffer_printf(out, "| `%s` | %s | %s of a node group, mean of the hour before: for `backfill` |\n", past->name, past->unit,
                            past->series);
}

/* ---- The example ---- */

static void write_example_keys(struct buffer *out, const struct option_table *table, size_t indent, bool is_entry);

/* The lines of text, each behind the indentation. */
static void write_lines(struct buffer *out, const char *text, size_t indent)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");

        (void)buffer_printf(out, "%*s%.*s\n", (int)indent, "", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static void write_example_value(struct buffer *out, const struct option *option)
{
    CLEANUP(buffer_clear) struct buffer range = BUFFER_INIT(RANGE_MAX);
    const char *value = option->example ? option->example : option->fallback;
    size_t start = out->len;

    while (start > 0 && out->data[start - 1] != '\n')
        start--;
    (void)buffer_printf(out, " %s", value[0] != '\0' ? value : "\"\"");
    if (option->least)
        (void)buffer_printf(&range, "%s to %s", option->least, option->most);
    for (size_t i = 1; option->choices && option->choices[i]; i++)
        (void)buffer_printf(&range, "%s%s", i > 1 ? ", " : "or ", option->choices[i]);
    if (range.len > 0) {
        size_t used = out->len - start;

        (void)buffer_printf(out, "%*s # %s", used < COMMENT_COLUMN ? (int)(COMMENT_COLUMN - used) : 1, "", buffer_text(&range));
    }
    (void)buffer_add_char(out, '\n');
}

static bool has_value(const struct option *option)
{
    return option->example || option->fallback;
}

/* Whether the example can show it: a key that must be written needs a value to show, and so does an optional section as a whole. */
static bool is_shown(const struct option *option)
{
    if (option->type != OPTION_SECTION)
        return has_value(option);
    for (size_t i = 0; option->optional && i < option->table->len; i++)
        if (option->table->rows[i].type != OPTION_SECTION && !has_value(&option->table->rows[i]))
            return false;
    return true;
}

static void write_example_option(struct buffer *out, const struct option *option, size_t indent)
{
    (void)buffer_printf(out, "%s:", option->key);
    if (!option->table) {
        write_example_value(out, option);
        return;
    }
    (void)buffer_add_char(out, '\n');
    if (option->type == OPTION_SECTION)
        write_example_keys(out, option->table, indent + 2, false);
    else if (option->example)
        write_lines(out, option->example, indent + 2);
    else
        write_example_keys(out, option->table, indent + 4, true);
}

static void write_example_keys(struct buffer *out, const struct option_table *table, size_t indent, bool is_entry)
{
    for (size_t i = 0; i < table->len; i++) {
        if (!is_shown(&table->rows[i]))
            continue;
        if (is_entry && i == 0)
            (void)buffer_printf(out, "%*s- ", (int)indent - 2, "");
        else
            (void)buffer_printf(out, "%*s", (int)indent, "");
        write_example_option(out, &table->rows[i], indent);
    }
}

void config_write_example(struct buffer *out)
{
    write_example_keys(out, config_table(), 0, false);
}

void config_write_reference(struct buffer *out)
{
    const struct option_table *table = config_table();

    (void)buffer_add_text(out, preface);
    write_top(out, table);
    for (size_t i = 0; i < table->len; i++)
        if (table->rows[i].table)
            write_section(out, &table->rows[i]);
    write_queries(out);
    (void)buffer_add_text(
        out, "\n## Example\n\nEvery key with its default; workshops and `nodeGroups` are there to show their form.\n\n```yaml\n");
    config_write_example(out);
    (void)buffer_add_text(out, "```\n");
}
