/* zone_rule.h - the rule of a time zone for the years to come, as the footer of its file has it: "CET-1CEST,M3.5.0,M10.5.0/3". Pure. */
#ifndef QUEUE_ZONE_RULE_H
#define QUEUE_ZONE_RULE_H

#include "queue/zone.h"

/* False when it is none; *out is then untouched. */
bool zone_rule_parse(const char *text, struct zone_rule *out);
int32_t zone_rule_offset_s(const struct zone_rule *rule, int64_t unix_s);

#endif
