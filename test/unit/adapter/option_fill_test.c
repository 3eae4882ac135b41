/* option_fill_test.c - mistakes in the shape of the file: keys, kinds, lists, what is missing. Each with its place and text. */
#include <string.h>

#include "base/attributes.h"
#include "test/unit/adapter/config_expect.h"
#include "test/unit/adapter/suites.h"

#define URL "want an http or https URL without credentials, query or fragment"
static const struct {
    const char *text, *told;
} cases[] = {
    /* missing */
    {"kind: Config\n", "1:1: coder.url: missing; " URL "\n1:1: coder.tokenFile: missing; want a path\n"},
    {"\ncoder:\n  url: http://c\n", "3:3: coder.tokenFile: missing; want a path\n"},
    {CODER "queues:\n  - organization: x\n", "3:5: queues[0].name: missing; want a label value: letters, digits, -, _ and ., at most 63 "
                                             "characters, a letter or digit at both ends\n"},
    {CODER "workshops: [{name: w}]\n", "2:13: workshops[0].start: missing; want an RFC 3339 time, like 2026-11-25T09:00:00Z\n"
                                       "2:13: workshops[0].end: missing; want an RFC 3339 time, like 2026-11-25T09:00:00Z\n"
                                       "2:13: workshops[0].users: missing; want a whole number from 1 to 100000\n"},
    {CODER "nodeGroups: {usage: {prometheus: {}}}\n", "2:34: nodeGroups.usage.prometheus.url: missing; " URL "\n"},
    /* version and kind */
    {CODER "apiVersion: v1\nkind: Pod\n",
     "2:13: apiVersion: v1 is wrong; want coder-metrics-adapter/v1\n3:7: kind: Pod is wrong; want Config\n"},
    /* unknown keys */
    {CODER "servng: {}\n", "2:1: servng: unknown key; did you mean serving?\n"},
    {CODER "serving:\n  Port: 1\n", "3:3: serving.Port: unknown key; did you mean port?\n"},
    {CODER "queues:\n- name: a\n  replicas: {minimum: 1}\n", "4:14: queues[0].replicas.minimum: unknown key; known here: min, max\n"},
    {CODER "\"a\\nb\": 1\n", "2:1: a\\nb: unknown key; known here: apiVersion, kind, serving, coder, queues, guidelines, workshops, "
                             "workshopNamespaces, timeZone, confined, nodeGroups\n"},
    /* twice */
    {CODER "timeZone: UTC\ntimeZone: UTC\n", "3:1: timeZone: this key is there twice; the first is on line 2\n"},
    {CODER CODER, "2:1: coder: this key is there twice; the first is on line 1\n"},
    {CODER "queues: [{name: a, tags: {x: a, x: b}}]\n", "2:33: queues[0].tags.x: this key is there twice; the first is on line 2\n"},
    /* kinds */
    {CODER "serving: 7\n", "2:10: serving: text is wrong here; want a map of keys\n"},
    {CODER "serving: [a]\n", "2:10: serving: a list is wrong here; want a map of keys\n"},
    {"coder: x\n", "1:8: coder: text is wrong here; want a map of keys\n"},
    {CODER "queues: {name: a}\n", "2:9: queues: a map is wrong here; want a list of maps, at most 1000\n"},
    {CODER "queues: [a, {name: b}]\n", "2:10: queues[0]: text is wrong here; want a map of keys\n"},
    {CODER "queues: [~]\n", "2:10: queues[0]: nothing is wrong here; want a map of keys\n"},
    {CODER "guidelines: [5, [], {users: 0, replicas: 1}]\n",
     "2:14: guidelines[0]: text is wrong here; want a map of keys\n2:17: guidelines[1]: a list is wrong here; want a map of keys\n"},
    {CODER "serving: {port: [1]}\n", "2:17: serving.port: a list is wrong here; want a whole number from 0 to 65535\n"},
    {CODER "serving: {port: {a: 1}}\n", "2:17: serving.port: a map is wrong here; want a whole number from 0 to 65535\n"},
    {CODER "serving: {tokenAudiences: a}\n", "2:27: serving.tokenAudiences: text is wrong here; want a list, of text, at most 10\n"},
    {CODER "serving: {tokenAudiences: [a, 1, [b]]}\n",
     "2:31: serving.tokenAudiences[1]: 1 without quotes is a number; put quotes around it if it is meant; want text\n"
     "2:34: serving.tokenAudiences[2]: a list is wrong here; want text\n"},
    {CODER "serving: {tokenAudiences: [a,a,a,a,a,a,a,a,a,a,a]}\n", "2:27: serving.tokenAudiences: 11 entries; at most 10 are allowed\n"},
    {CODER "workshopNamespaces: [coder, \"*\"]\n",
     "2:29: workshopNamespaces[1]: \"*\" is wrong; want a namespace: small letters, digits and -, at most 63 characters\n"},
    {CODER "queues: [{name: a, tags: [x]}]\n", "2:26: queues[0].tags: a list is wrong here; want a map of tag keys to texts, at most 60\n"},
    {CODER "queues: [{name: a, tags: {x: true, y: {}, \"\": z}}]\n",
     "2:30: queues[0].tags.x: true without quotes is a boolean; put quotes around it if it is meant; want text\n"
     "2:39: queues[0].tags.y: a map is wrong here; want text\n"
     "2:43: queues[0].tags.: the name is empty; want text\n"},
    {CODER "nodeGroups: {usage: {prometheus: {url: http://p, headers: {cookie: a, 'x y': b, X-A: }}}}\n",
     "2:60: nodeGroups.usage.prometheus.headers.cookie: secrets are not kept in this file; give the token as a file (tokenFile)\n"
     "2:71: nodeGroups.usage.prometheus.headers.x y: this is no name of an HTTP header; want letters, digits and -\n"
     "2:86: nodeGroups.usage.prometheus.headers.X-A: no value; want text\n"},
    /* refused by the tree, and nothing more is said of it */
    {CODER "serving: {port: &a 6443, address: *a, certFile: !!str x}\n",
     "2:17: serving.port: anchors (&) and aliases (*) are not supported; write the value out\n"
     "2:35: serving.address: anchors (&) and aliases (*) are not supported; write the value out\n"
     "2:49: serving.certFile: tags (!) are not supported; leave the tag out\n"},
    {CODER "serving: &s {port: 1}\nqueues: &q [{name: a}]\n",
     "2:10: serving: anchors (&) and aliases (*) are not supported; write the value out\n"
     "3:9: queues: anchors (&) and aliases (*) are not supported; write the value out\n"},
    {CODER "serving:\n  <<: {port: 1}\n", "3:3: serving.<<: merge keys are not supported; write the keys out\n"},
    /* all at once, in the order of the file */
    {"timeZone: x\nserving:\n  port: yes\n  zzzzzzzzz: 1\ncoder:\n  url: c\n  tokenFile: t\n  timeout: 2m\nqueues: 1\n",
     "1:11: timeZone: x is no time zone that this system knows; want an IANA time zone, like Europe/Stockholm\n"
     "3:9: serving.port: yes is wrong; want a whole number from 0 to 65535\n"
     "4:3: serving.zzzzzzzzz: unknown key; known here: address, port, certFile, keyFile, service, secretName, leaseName, "
     "certificateLifetime, authentication, "
     "tokenAudiences, authorizationTTL, metricsAccess, shutdownGrace, limits\n"
     "6:8: coder.url: the URL must begin with http:// or https://; " URL "\n"
     "8:12: coder.timeout: 2m is out of range; want a duration (like 1m30s) from 100ms to 1m\n"
     "9:9: queues: text is wrong here; want a list of maps, at most 1000\n"},
};

START_TEST(mistake_case)
{
    expect_told(cases[_i].text, strlen(cases[_i].text), cases[_i].told);
}
END_TEST

Suite *option_fill_suite(void)
{
    Suite *suite = suite_create("option_fill");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, mistake_case, 0, ARRAY_LEN(cases));
    suite_add_tcase(suite, tcase);
    return suite;
}
