/* capacity_settings.h - what the adapter's configuration says of the capacity report: label, lines, data services, history.
 *
 * Owner    {0} / capacity_settings_clear; the report's options borrow from it */
#ifndef ADAPTER_CAPACITY_SETTINGS_H
#define ADAPTER_CAPACITY_SETTINGS_H

#include "adapter/config.h"
#include "nodegroup/report.h"
#include "nodegroup/report_history.h"

struct capacity_settings {
    struct config config;
};

void capacity_settings_clear(struct capacity_settings *settings);
/* Reads the file, and fills in what it says. */
int capacity_settings_read(const char *path, struct capacity_settings *out, struct report_options *options, struct error *err) MUST_CHECK;
/* *out: its history when there is a file, else Prometheus' when that is the source of usage, else NULL. */
int capacity_settings_history(const struct capacity_settings *settings, int64_t now_unix_ms, struct report_history **out, struct error *err)
    MUST_CHECK;

#endif
