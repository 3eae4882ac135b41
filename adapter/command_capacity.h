/* command_capacity.h - coder-metrics-adapter capacity: the report on node groups, from the cluster or from what kubectl prints. */
#ifndef ADAPTER_COMMAND_CAPACITY_H
#define ADAPTER_COMMAND_CAPACITY_H

#include "adapter/command.h"

command_run command_capacity;

#endif
