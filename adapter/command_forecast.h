/* command_forecast.h - coder-metrics-adapter forecast: the forecast on anybody's export, as a table or as JSON. */
#ifndef ADAPTER_COMMAND_FORECAST_H
#define ADAPTER_COMMAND_FORECAST_H

#include "adapter/command.h"

command_run command_forecast;

#endif
