/* command_plan.h - coder-metrics-adapter plan: how many provisioners a workshop takes, what its people wait, and what to do before. */
#ifndef ADAPTER_COMMAND_PLAN_H
#define ADAPTER_COMMAND_PLAN_H

#include "adapter/command.h"

command_run command_plan;

#endif
