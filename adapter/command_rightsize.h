/* command_rightsize.h - coder-metrics-adapter rightsize: whether the requests and limits of the provisioners' pods are right. */
#ifndef ADAPTER_COMMAND_RIGHTSIZE_H
#define ADAPTER_COMMAND_RIGHTSIZE_H

#include "adapter/command.h"

command_run command_rightsize;

#endif
