/* command_backfill.h - coder-metrics-adapter backfill: the history of the node groups, filled from Prometheus. */
#ifndef ADAPTER_COMMAND_BACKFILL_H
#define ADAPTER_COMMAND_BACKFILL_H

#include "adapter/command.h"

command_run command_backfill;

#endif
