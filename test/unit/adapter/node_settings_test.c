/* The nodeGroups of a configuration: a copy is the same, and no change of a key goes unseen, or a reload would not take it. */
#include "adapter/node_settings.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/adapter/config_expect.h"
#include "test/unit/adapter/suites.h"

/* Each differs from every other in one key at least. */
static const char *const settings[] = {
    "",
    "nodeGroups: {}\n",
    "nodeGroups: {label: example.com/group}\n",
    "nodeGroups: {usage: {interval: 31s}}\n",
    "nodeGroups: {usage: {staleAfter: 4m}}\n",
    "nodeGroups: {usage: {prometheus: {url: http://p}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://p}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://q}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://p, tokenFile: t}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://p, caFile: c}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://p, headers: {A: b}}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://p, headers: {A: c}}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://p, headers: {B: b}}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://p, headers: {A: b, B: b}}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://p, queries: {past_cpu_use: q}}}}\n",
    "nodeGroups: {usage: {source: prometheus, prometheus: {url: http://p, headers: {A: b}, queries: {past_cpu_use: q}}}}\n",
    "nodeGroups: {history: {path: \"\"}}\n",
    "nodeGroups: {history: {retention: 3d}}\n",
    "nodeGroups: {resilience: drain}\n",
    "nodeGroups: {dataServices: [db]}\n",
    "nodeGroups: {dataServices: [other]}\n",
    "nodeGroups: {dataServices: [db, other]}\n",
    "nodeGroups: {antiAffinityLimit: 3}\n",
    "nodeGroups: {reviewPeriod: 10d}\n",
    "nodeGroups: {thresholds: {p1: {window: 2h}}}\n",
    "nodeGroups: {thresholds: {p1: {cpu: 0.5}}}\n",
    "nodeGroups: {thresholds: {p1: {memory: 0.5}}}\n",
    "nodeGroups: {thresholds: {p2: {window: 2h}}}\n",
    "nodeGroups: {thresholds: {p2: {cpu: 0.5}}}\n",
    "nodeGroups: {thresholds: {p2: {memory: 0.5}}}\n",
};

static struct config read_settings(const char *text)
{
    char whole[512];
    struct config config = {0};
    struct config_mistakes mistakes = {0};
    int len = snprintf(whole, sizeof(whole), CODER "%s", text);

    ck_assert_int_lt(len, (int)sizeof(whole));
    ck_assert_msg(config_parse(whole, (size_t)len, "f", &config, &mistakes) == 0, "%s", text);
    return config;
}

START_TEST(each_is_equal_to_itself_alone)
{
    CLEANUP(config_clear) struct config one = read_settings(settings[_i]);

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        CLEANUP(config_clear) struct config other = read_settings(settings[i]);

        ck_assert_msg(node_settings_equal(&one.node_groups, &other.node_groups) == (i == (size_t)_i), "%s%s", settings[_i], settings[i]);
    }
}
END_TEST

/* The configuration goes, the copy stays. */
START_TEST(a_copy_is_whole_and_its_own)
{
    struct config config = read_settings(settings[_i]);
    CLEANUP(config_clear) struct config again = read_settings(settings[_i]);
    CLEANUP(node_settings_clear) struct config_node_groups copy = {0};
    struct error err = {0};

    ck_assert_int_eq(node_settings_copy(&config.node_groups, &copy, &err), 0);
    config_clear(&config);
    ck_assert(node_settings_equal(&copy, &again.node_groups));
}
END_TEST

Suite *node_settings_suite(void)
{
    Suite *suite = suite_create("node_settings");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, each_is_equal_to_itself_alone, 0, ARRAY_LEN(settings));
    tcase_add_loop_test(tcase, a_copy_is_whole_and_its_own, 0, ARRAY_LEN(settings));
    suite_add_tcase(suite, tcase);
    return suite;
}
