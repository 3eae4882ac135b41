#include "adapter/completion_samples.h"

#include "adapter/families.h"

static void begin(const struct completion_samples *samples, enum family id)
{
    const struct metric_label identity[] = {{"queue", samples->queue}, {"organization", samples->organization}};
    const struct metric_set_key key = {
        .family = family(id),
        .name_space = samples->name_space,
        .identity = identity,
        .n_identity = ARRAY_LEN(identity),
        .sources = &samples->source,
        .n_sources = 1,
    };

    metric_builder_begin(samples->builder, &key);
}

/* The label that follows the job's type; without a name: none. */
static void add(const struct completion_samples *samples, int type, struct metric_label last, int64_t value_milli)
{
    const struct metric_label labels[] = {
        {"queue", samples->queue}, {"organization", samples->organization}, {"job_type", job_type_name((enum job_type)type)}, last};

    metric_builder_sample(samples->builder, labels, last.name ? ARRAY_LEN(labels) : ARRAY_LEN(labels) - 1, value_milli);
}

static void add_quantiles(const struct completion_samples *samples, enum sliding_metric metric, enum family id)
{
    begin(samples, id);
    for (int type = 0; type < JOB_TYPES; type++) {
        struct sliding_summary summary;

        if (!sliding_summarize(samples->sliding, metric, (enum job_type)type, samples->now_unix_ms, &summary))
            continue;
        add(samples, type, (struct metric_label){"quantile", "0.5"}, summary.p50_ms);
        add(samples, type, (struct metric_label){"quantile", "0.95"}, summary.p95_ms);
        add(samples, type, (struct metric_label){"quantile", "0.99"}, summary.p99_ms);
    }
}

static void add_totals(const struct completion_samples *samples, enum sliding_metric metric, enum family sum, enum family count)
{
    const struct sliding_totals *totals = &samples->sliding->totals;

    begin(samples, sum);
    for (int type = 0; type < JOB_TYPES; type++)
        add(samples, type, (struct metric_label){0}, totals->sum_ms[metric][type]);
    begin(samples, count);
    for (int type = 0; type < JOB_TYPES; type++)
        add(samples, type, (struct metric_label){0}, (int64_t)totals->count[metric][type] * 1000);
}

static void add_failure_ratio(const struct completion_samples *samples)
{
    int64_t ratio = 0;

    begin(samples, FAMILY_JOB_FAILURE_RATIO);
    for (int type = 0; type < JOB_TYPES; type++)
        if (sliding_failure_ratio_milli(samples->sliding, (enum job_type)type, samples->now_unix_ms, &ratio))
            add(samples, type, (struct metric_label){0}, ratio);
}

static void add_outcomes(const struct completion_samples *samples)
{
    begin(samples, FAMILY_JOBS_COMPLETED);
    for (int type = 0; type < JOB_TYPES; type++)
        for (enum outcome outcome = 0; outcome < OUTCOMES; outcome++)
            add(samples, type, (struct metric_label){"status", outcome_name(outcome)},
                (int64_t)samples->sliding->totals.outcomes[type][outcome] * 1000);
}

static void add_lost(const struct completion_samples *samples)
{
    const struct metric_label labels[] = {{"queue", samples->queue}, {"organization", samples->organization}};

    begin(samples, FAMILY_LOST_COMPLETIONS);
    metric_builder_sample(samples->builder, labels, ARRAY_LEN(labels), (int64_t)samples->sliding->totals.lost * 1000);
}

void completion_samples_add(const struct completion_samples *samples)
{
    add_quantiles(samples, SLIDING_RUN, FAMILY_JOB_DURATION);
    add_totals(samples, SLIDING_RUN, FAMILY_JOB_DURATION_SUM, FAMILY_JOB_DURATION_COUNT);
    add_quantiles(samples, SLIDING_WAIT, FAMILY_JOB_WAIT);
    add_totals(samples, SLIDING_WAIT, FAMILY_JOB_WAIT_SUM, FAMILY_JOB_WAIT_COUNT);
    add_failure_ratio(samples);
    add_outcomes(samples);
    add_lost(samples);
}
