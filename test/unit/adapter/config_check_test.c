/* config_check_test.c - what keys must agree on, each with its place and text. */
#include <string.h>

#include "base/attributes.h"
#include "base/buffer.h"
#include "test/unit/adapter/config_expect.h"
#include "test/unit/adapter/suites.h"

#define QUEUES_AB "queues:\n  - {name: a}\n  - {name: b, tags: {x: y}}\n"
#define STALE "every reading would be stale before the next; want at least the interval\n"
#define LOOPBACK(address) \
    "none is allowed on a loopback address only, and serving.address is " address "; use 127.0.0.1 or ::1, or delegated\n"
static const struct {
    const char *text, *told;
} cases[] = {
    /* serving */
    {CODER "serving: {certFile: a}\n", "2:21: serving.certFile: there is a certFile but no keyFile; give both or none\n"},
    {CODER "serving: {keyFile: a}\n", "2:20: serving.keyFile: there is a keyFile but no certFile; give both or none\n"},
    {CODER "serving: {certFile: a, keyFile: b}\n", ""},
    {CODER "serving: {authentication: none}\n", "2:27: serving.authentication: " LOOPBACK("0.0.0.0")},
    {CODER "serving: {authentication: none, address: \"::\"}\n", "2:27: serving.authentication: " LOOPBACK("::")},
    {CODER "serving: {authentication: none, address: 127.1.2.3}\n", ""},
    {CODER "serving: {authentication: none, address: \"::1\"}\n", ""},
    {CODER "serving: {authentication: none, address: localhost}\n", ""},
    {CODER "serving: {limits: {connections: 1201}}\n", "2:33: serving.limits.connections: 1201 is out of range; want a whole number from "
                                                       "1 to 1200 (a server thread for each 120, two at least; each "
                                                       "connection takes about 50 KiB)\n"},
    /* one mistake, not two */
    {CODER "serving: {authentication: none, address: nowhere}\n",
     "2:42: serving.address: nowhere is wrong; want an IPv4 or IPv6 address, or localhost\n"},
    /* freshness */
    {"coder: {url: http://c, tokenFile: t, staleAfter: 4s}\n", "1:50: coder.staleAfter: shorter than coder.pollInterval: " STALE},
    {"coder: {url: http://c, tokenFile: t, pollInterval: 2m}\n", "1:8: coder.staleAfter: shorter than coder.pollInterval: " STALE},
    {"coder: {url: http://c, tokenFile: t, pollInterval: 1m}\n", ""},
    {"coder: {url: http://c, tokenFile: t, pollInterval: 6m, staleAfter: 1s}\n",
     "1:52: coder.pollInterval: 6m is out of range; want a duration (like 1m30s) from 1s to 5m\n"},
    {CODER "nodeGroups: {usage: {interval: 4m}}\n", "2:21: nodeGroups.usage.staleAfter: shorter than nodeGroups.usage.interval: " STALE},
    {CODER "nodeGroups: {usage: {source: prometheus}}\n",
     "2:30: nodeGroups.usage.source: prometheus is the source but has no section; write nodeGroups.usage.prometheus with its url\n"},
    {CODER "nodeGroups: {usage: {source: metrics-api, prometheus: {url: http://p}}}\n", ""},
    {CODER "nodeGroups: {usage: {prometheus: {url: http://p, queries: {past_cpu_use: x, node_cpu_usage: x}}}}\n", ""},
    {CODER "nodeGroups: {usage: {prometheus: {url: http://p, queries: {node_cpu: x}}}}\n",
     "2:70: nodeGroups.usage.prometheus.queries.node_cpu: no query node_cpu; there are node_cpu_usage, node_memory_usage, "
     "node_load1_per_cpu, node_filesystem_used_ratio, persistentvolumeclaim_used_ratio, ceph_osd_used_ratio, past_cpu_use, "
     "past_memory_use, past_cpu_capacity, past_memory_capacity, past_cpu_requests, past_memory_requests, past_cpu_line, past_memory_line, "
     "past_nodes_ready\n"},
    /* queues */
    {CODER QUEUES_AB, ""},
    {CODER "queues:\n  - name: a\n  - {name: a, organization: x}\n",
     "4:12: queues[1].name: a is the name of queues[0] already; names are unique\n"},
    {CODER "queues:\n  - name: a\n  - name: b\n    tags: {}\n",
     "5:11: queues[1].tags: the same organization (default) and tags as queues[0]; two queues cannot share one pool\n"},
    {CODER "queues:\n  - {name: a, tags: {x: y, scope: organization}}\n  - {name: b, tags: {owner: \"\", x: y}}\n",
     "4:21: queues[1].tags: the same organization (default) and tags as queues[0]; two queues cannot share one pool\n"},
    {CODER "queues:\n  - {name: a, organization: acme}\n  - {name: b, organization: ACME}\n",
     "4:5: queues[1].tags: the same organization (ACME) and tags as queues[0]; two queues cannot share one pool\n"},
    {CODER "queues:\n  - {name: a, organization: x}\n  - {name: b, organization: y}\n", ""},
    {CODER "queues: [{name: a, tags: {x: 1}}, {name: b}]\n",
     "2:30: queues[0].tags.x: 1 without quotes is a number; put quotes around it if it is meant; want text\n"},
    {CODER "queues: [{name: a, replicas: {min: 16}}]\n", "2:36: queues[0].replicas.min: 16 is more than replicas.max, which is 15\n"},
    {CODER "queues: [{name: a, replicas: {max: 5}}]\n", "2:30: queues[0].replicas.min: 6 is more than replicas.max, which is 5\n"},
    {CODER "queues: [{name: a, replicas: {min: 7, max: 7}}]\n", ""},
    {CODER "queues: [{name: A_b}]\n",
     "2:10: queues[0].workload.name: missing, and coder-provisioner-A_b cannot be the name of a workload; write the name\n"},
    {CODER "queues: [{name: A_b, workload: {name: ab}}]\n", ""},
    /* guidelines */
    {CODER "guidelines: [{users: 1, replicas: 2}, {users: 1, replicas: 3}]\n",
     "2:47: guidelines[1].users: 1 is not more than the 1 of the row before; rows ascend\n"},
    {CODER "guidelines: [{users: 1, replicas: 2, minimum: 3}]\n", "2:47: guidelines[0].minimum: 3 is more than replicas, which is 2\n"},
    /* workshops */
    {CODER QUEUES_AB "workshops:\n- {name: w, queue: c, start: 2026-01-01T00:00:00Z, end: 2026-01-02T00:00:00Z, users: 1}\n",
     "6:20: workshops[0].queue: there is no queue named c; want the name of one of queues\n"},
    {CODER QUEUES_AB "workshops:\n- {name: w, start: 2026-01-01T00:00:00Z, end: 2026-01-02T00:00:00Z, users: 1}\n",
     "6:3: workshops[0].queue: there is no queue named default; want the name of one of queues\n"},
    {CODER "workshops:\n- {name: w, start: 2026-01-01T00:00:00Z, end: 2026-01-01T01:00:00+01:00, users: 1}\n",
     "3:47: workshops[0].end: not after start\n"},
    {CODER "workshops:\n- &a {name: w}\n- {name: w, start: 2026-01-01T00:00:00Z, end: 2026-01-02T00:00:00Z, users: 1}\n"
           "- {name: w, start: 2026-01-01T00:00:00Z, end: 2026-01-02T00:00:00Z, users: 1}\n",
     "3:3: workshops[0]: anchors (&) and aliases (*) are not supported; write the value out\n"
     "5:10: workshops[2].name: w is the name of workshops[1] already; names are unique\n"},
};

START_TEST(check_case)
{
    expect_told(cases[_i].text, strlen(cases[_i].text), cases[_i].told);
}
END_TEST

static void add_queues(struct buffer *out, int count, int organizations)
{
    (void)buffer_add_text(out, CODER "queues:\n");
    for (int i = 0; i < count; i++)
        (void)buffer_printf(out, "- {name: q%d, organization: o%d, tags: {i: q%d}}\n", i, i % organizations, i);
}

static const struct {
    int queues, organizations;
    const char *told;
} many[] = {
    {1000, 100, ""},
    {1001, 100, "3:1: queues: 1001 entries; at most 1000 are allowed\n"},
    {101, 101, "103:30: queues[100].organization: one organization more than the 100 that are polled\n"},
    {1025, 1, "1027:3: queues: too many entries; at most 1024 in one map or list\n"},
};

START_TEST(many_queues)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(1 << 18);

    add_queues(&text, many[_i].queues, many[_i].organizations);
    expect_told(buffer_text(&text), text.len, many[_i].told);
}
END_TEST

Suite *config_check_suite(void)
{
    Suite *suite = suite_create("config_check");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, check_case, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, many_queues, 0, ARRAY_LEN(many));
    suite_add_tcase(suite, tcase);
    return suite;
}
