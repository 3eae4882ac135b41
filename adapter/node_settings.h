/* node_settings.h - a copy of the configuration's nodeGroups, for who outlives the configuration it came from.
 *
 * Owner    node_settings_copy / node_settings_clear */
#ifndef ADAPTER_NODE_SETTINGS_H
#define ADAPTER_NODE_SETTINGS_H

#include "adapter/config.h"

int node_settings_copy(const struct config_node_groups *from, struct config_node_groups *out, struct error *err) MUST_CHECK;
void node_settings_clear(struct config_node_groups *settings);
bool node_settings_equal(const struct config_node_groups *a, const struct config_node_groups *b);

#endif
