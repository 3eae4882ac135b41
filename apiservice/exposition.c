#include "apiservice/exposition.h"

#include <math.h>
#include <string.h>

#include "apiservice/own_families.h"

static void add_escaped(struct buffer *out, const char *text, const char *escaped)
{
    for (;;) {
        size_t plain = strcspn(text, escaped);

        (void)buffer_append(out, text, plain);
        text += plain;
        if (*text == '\0')
            return;
        (void)buffer_add_char(out, '\\');
        (void)buffer_add_char(out, (char)(*text == '\n' ? 'n' : *text));
        text++;
    }
}

void exposition_family(struct exposition *exposition, const char *name, const char *help, const char *type)
{
    struct buffer *out = exposition->out;

    exposition->family = name;
    (void)buffer_printf(out, "# HELP %s ", name);
    add_escaped(out, help, "\\\n");
    (void)buffer_printf(out, "\n# TYPE %s %s\n", name, type);
}

static void add_series(struct exposition *exposition, const char *suffix, const struct metric_label *labels, size_t n)
{
    struct buffer *out = exposition->out;

    (void)buffer_add_text(out, exposition->family);
    (void)buffer_add_text(out, suffix);
    for (size_t i = 0; i < n; i++) {
        (void)buffer_add_char(out, (char)(i == 0 ? '{' : ','));
        (void)buffer_add_text(out, labels[i].name);
        (void)buffer_add_text(out, "=\"");
        add_escaped(out, labels[i].value, "\\\"\n");
        (void)buffer_add_char(out, '"');
    }
    (void)buffer_add_text(out, n > 0 ? "} " : " ");
}

void exposition_sample(struct exposition *exposition, const char *suffix, const struct metric_label *labels, size_t n, double value)
{
    add_series(exposition, suffix, labels, n);
    if (isnan(value))
        (void)buffer_add_text(exposition->out, "NaN\n");
    else if (isinf(value))
        (void)buffer_add_text(exposition->out, value > 0 ? "+Inf\n" : "-Inf\n");
    else
        (void)buffer_printf(exposition->out, "%.15g\n", value);
}

/* Exact, and without the zeros at the end: 1500 is "1.5". */
static void add_milli(struct buffer *out, int64_t milli)
{
    static const int digits[] = {3, 2, 1};
    static const int64_t units[] = {1, 10, 100};
    int64_t fraction = milli % 1000;

    (void)buffer_printf(out, "%lld", (long long)(milli / 1000));
    for (size_t i = ARRAY_LEN(units); i-- > 0 && fraction != 0;) {
        if (fraction % units[i] != 0)
            continue;
        (void)buffer_printf(out, ".%0*lld", digits[i], (long long)(fraction / units[i]));
        fraction = 0;
    }
    (void)buffer_add_char(out, '\n');
}

static bool is_fresh(const struct metric_set *set, const struct metric_source *sources, int64_t now_boot_ms)
{
    for (size_t i = 0; i < set->n_sources; i++)
        if (metric_source_is_stale(&sources[set->sources[i]], now_boot_ms))
            return false;
    return true;
}

/* Only a summary may have the label "quantile". */
static const char *type_of(const struct metric_family *family)
{
    if (family->type == METRIC_COUNTER)
        return "counter";
    for (const struct metric_label_spec *label = family->labels; label->name; label++)
        if (strcmp(label->name, "quantile") == 0)
            return "summary";
    return "gauge";
}

static void write_family(struct exposition *exposition, const struct metric_family *family, const struct metric_snapshot *snapshot,
                         int64_t now_boot_ms)
{
    size_t n_sources = 0, n_sets = 0;
    const struct metric_source *sources = metric_snapshot_sources(snapshot, &n_sources);
    const struct metric_set *sets = metric_snapshot_sets(snapshot, family, &n_sets);

    for (size_t i = 0; i < n_sets; i++) {
        if (!is_fresh(&sets[i], sources, now_boot_ms))
            continue;
        for (size_t j = 0; j < sets[i].n_samples; j++) {
            add_series(exposition, "", sets[i].samples[j].labels, sets[i].samples[j].n_labels);
            add_milli(exposition->out, sets[i].samples[j].value_milli);
        }
    }
}

static void write_sources(struct exposition *exposition, const struct metric_snapshot *snapshot, int64_t now_boot_ms)
{
    size_t n = 0;
    const struct metric_source *sources = metric_snapshot_sources(snapshot, &n);

    own_family_begin(exposition, OWN_SOURCE_UP);
    for (size_t i = 0; i < n; i++) {
        const struct metric_label label = {"source", sources[i].name};

        exposition_sample(exposition, "", &label, 1, metric_source_is_stale(&sources[i], now_boot_ms) ? 0 : 1);
    }
    own_family_begin(exposition, OWN_SOURCE_LAST_SUCCESS);
    for (size_t i = 0; i < n; i++) {
        const struct metric_label label = {"source", sources[i].name};

        if (sources[i].read_unix_ms == 0)
            continue;
        add_series(exposition, "", &label, 1);
        add_milli(exposition->out, sources[i].read_unix_ms);
    }
}

void exposition_snapshot(struct exposition *exposition, const struct metric_family *families, size_t n,
                         const struct metric_snapshot *snapshot, int64_t now_boot_ms)
{
    for (size_t i = 0; i < n; i++) {
        if (families[i].continues)
            exposition->family = families[i].name;
        else
            exposition_family(exposition, families[i].name, families[i].help, type_of(&families[i]));
        if (snapshot)
            write_family(exposition, &families[i], snapshot, now_boot_ms);
    }
    if (snapshot)
        write_sources(exposition, snapshot, now_boot_ms);
}
