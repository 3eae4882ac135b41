/* cluster_text.h - clusters of the tests, from text and from fixtures. */
#ifndef TEST_UNIT_NODEGROUP_CLUSTER_TEXT_H
#define TEST_UNIT_NODEGROUP_CLUSTER_TEXT_H

#include "nodegroup/capacity_list.h"
#include "nodegroup/report.h"

/* Objects of a List. A node has 4 cpu, 16 GiB, 10 pods; more is members behind the usual ones, with a comma in front. */
#define LIST(items) "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[" items "]}"
#define NODE_OF(name, group, zone, spec, status)                                                                     \
    "{\"kind\":\"Node\",\"metadata\":{\"name\":\"" name "\",\"labels\":{" group "\"kubernetes.io/hostname\":\"" name \
    "\",\"topology.kubernetes.io/zone\":\"" zone "\"}},\"spec\":{" spec "},\"status\":{" status "}}"
#define GROUP_G "\"elastisys.io/node-group\":\"g\","
#define READY "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]"
#define SIZE "\"allocatable\":{\"cpu\":\"4\",\"memory\":\"16Gi\",\"pods\":\"10\"}"
#define NODE(name, zone) NODE_OF(name, GROUP_G, zone, "", READY "," SIZE)
#define NODE_SPEC(name, zone, spec) NODE_OF(name, GROUP_G, zone, spec, READY "," SIZE)
#define POD_OF(name, labels, metadata, node, requests, spec)                                                                   \
    "{\"kind\":\"Pod\",\"metadata\":{\"name\":\"" name "\",\"namespace\":\"default\",\"labels\":{" labels "}" metadata         \
    "},\"spec\":{\"nodeName\":\"" node "\",\"containers\":[{\"name\":\"c\",\"resources\":{\"requests\":{" requests "}}}]" spec \
    "},\"status\":{\"phase\":\"Running\"}}"
#define CPU(quantity) "\"cpu\":\"" quantity "\",\"memory\":\"1Gi\""
#define POD(name, node, cpu) POD_OF(name, "", "", node, CPU(cpu), "")
#define DAEMON(name, node, cpu) \
    POD_OF(name, "", ",\"ownerReferences\":[{\"kind\":\"DaemonSet\",\"name\":\"d\",\"controller\":true}]", node, CPU(cpu), "")

/* Reads, groups; the test fails when that fails. */
void cluster_of_text(struct cluster *cluster, const char *text);
void cluster_of_fixture(struct cluster *cluster, const char *path);
/* The text of a whole file; free it. */
char *fixture_text(const char *path);
json_t *fixture_json(const char *path); /* new */
bool cluster_warned(const struct cluster *cluster, const char *code);

#endif
