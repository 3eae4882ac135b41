/* command_explain.h - coder-metrics-adapter explain: why a running adapter says what it says. */
#ifndef ADAPTER_COMMAND_EXPLAIN_H
#define ADAPTER_COMMAND_EXPLAIN_H

#include "adapter/command.h"

command_run command_explain;

#endif
