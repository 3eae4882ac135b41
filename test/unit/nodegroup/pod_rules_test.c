#include "nodegroup/pod_rules.h"

#include <check.h>

#include "base/attributes.h"
#include "test/unit/nodegroup/suites.h"

static const struct label label_items[] = {{"a", "1"}, {"b", "x"}, {"empty", ""}, {LABEL_ZONE, "z1"}};
static const struct labels labels = {label_items, ARRAY_LEN(label_items)};

#define VALUES(...) ((const char *const[]){__VA_ARGS__}), ARRAY_LEN(((const char *const[]){__VA_ARGS__}))

static const struct {
    const char *name;
    struct label_requirement requirement;
    bool matches;
} cases[] = {
    {"in", {"a", LABEL_IN, VALUES("0", "1")}, true},
    {"not in the values", {"a", LABEL_IN, VALUES("0", "2")}, false},
    {"in needs the label", {"c", LABEL_IN, VALUES("")}, false},
    {"the empty value is a value", {"empty", LABEL_IN, VALUES("")}, true},
    {"in nothing", {"a", LABEL_IN, NULL, 0}, false},
    {"not in", {"a", LABEL_NOT_IN, VALUES("2")}, true},
    {"not in, absent", {"c", LABEL_NOT_IN, VALUES("2")}, true},
    {"not in, there", {"a", LABEL_NOT_IN, VALUES("1")}, false},
    {"exists", {"empty", LABEL_EXISTS, NULL, 0}, true},
    {"does not exist", {"c", LABEL_DOES_NOT_EXIST, NULL, 0}, true},
    {"does exist", {"a", LABEL_DOES_NOT_EXIST, NULL, 0}, false},
    {"greater", {"a", LABEL_GREATER, VALUES("0")}, true},
    {"not greater than itself", {"a", LABEL_GREATER, VALUES("1")}, false},
    {"less", {"a", LABEL_LESS, VALUES("2")}, true},
    {"less, not a number", {"b", LABEL_LESS, VALUES("2")}, false},
    {"less than no number", {"a", LABEL_LESS, VALUES("2x")}, false},
    {"less than a number that does not fit", {"a", LABEL_LESS, VALUES("99999999999999999999")}, false},
    {"less, absent", {"c", LABEL_LESS, VALUES("2")}, false},
    {"an operator of tomorrow", {"a", LABEL_UNKNOWN, VALUES("1")}, false},
};

START_TEST(requirement_case)
{
    const struct label_selector selector = {&cases[_i].requirement, 1};

    ck_assert_msg(label_selector_matches(&selector, &labels) == cases[_i].matches, "%s", cases[_i].name);
}
END_TEST

START_TEST(terms_are_alternatives)
{
    const struct label_requirement no = {"a", LABEL_IN, VALUES("9")}, yes = {"b", LABEL_EXISTS, NULL, 0};
    const struct label_requirement n1 = {FIELD_NODE_NAME, LABEL_IN, VALUES("n1")};
    const struct node_term either[] = {{.labels = {&no, 1}}, {.labels = {&yes, 1}}}, empty[] = {{{0}, {0}}},
                           field[] = {{.fields = {&n1, 1}}};

    ck_assert(node_terms_match(&(struct node_terms){either, 2}, "n", &labels));
    ck_assert(!node_terms_match(&(struct node_terms){either, 1}, "n", &labels));
    ck_assert(node_terms_match(&(struct node_terms){NULL, 0}, "n", &labels));   /* no wish */
    ck_assert(!node_terms_match(&(struct node_terms){empty, 1}, "n", &labels)); /* a term without expressions matches nothing */
    ck_assert(node_terms_match(&(struct node_terms){field, 1}, "n1", &labels));
    ck_assert(!node_terms_match(&(struct node_terms){field, 1}, "n2", &labels));
}
END_TEST

static const struct {
    struct toleration toleration;
    bool tolerates; /* key k, value v, NoSchedule */
} tolerations[] = {
    {{"k", "v", "NoSchedule", false}, true}, {{"k", "v", NULL, false}, true},         {{"k", "w", NULL, false}, false},
    {{"k", "", NULL, true}, true},           {{NULL, "", NULL, true}, true},          {{NULL, "", "NoExecute", true}, false},
    {{"j", "v", NULL, false}, false},        {{"k", "v", "NoExecute", false}, false}, {{"k", "", NULL, false}, false},
};

START_TEST(toleration_case)
{
    const struct pod_rules rules = {.tolerations = &tolerations[_i].toleration, .n_tolerations = 1};
    const struct taint taint = {"k", "v", "NoSchedule"};

    ck_assert(pod_rules_tolerate(&rules, &taint) == tolerations[_i].tolerates);
}
END_TEST

START_TEST(places)
{
    const struct label_requirement z1 = {LABEL_ZONE, LABEL_IN, VALUES("z1")}, z2 = {LABEL_ZONE, LABEL_IN, VALUES("z2")};
    const struct label_requirement ssd = {"disk", LABEL_EXISTS, NULL, 0}, not_z2 = {LABEL_ZONE, LABEL_NOT_IN, VALUES("z2")};
    const struct node_term in_z1[] = {{.labels = {&z1, 1}}}, in_either[] = {{.labels = {&z1, 1}}, {.labels = {&z2, 1}}};
    const struct node_term z1_or_ssd[] = {{.labels = {&z1, 1}}, {.labels = {&ssd, 1}}};
    const struct node_terms volume = {in_z1, 1};
    const struct pod_rules free_rules = {.affinity = {z1_or_ssd, 2}}, avoids = {.node_selector = {&not_z2, 1}},
                           disk = {.node_selector = {&ssd, 1}};
    const struct pod_rules bound = {.affinity = {in_either, 2}}, by_volume = {.volumes = {&volume}, .n_volumes = 1};
    const struct label z2_item = {LABEL_ZONE, "z2"}, z3_item = {LABEL_ZONE, "z3"};
    const struct labels in_z2 = {&z2_item, 1}, in_z3 = {&z3_item, 1};

    ck_assert(!pod_rules_bind(&free_rules)); /* one of its terms lets it go anywhere */
    ck_assert(!pod_rules_bind(&avoids));
    ck_assert(!pod_rules_bind(&disk)); /* a label is no place: losing its nodes is a lack of such nodes */
    ck_assert(pod_rules_bind(&bound) && pod_rules_bind(&by_volume));
    ck_assert(pod_rules_bind_to(&bound, "n", &in_z2) && !pod_rules_bind_to(&bound, "n", &in_z3));
    ck_assert(!pod_rules_bind_to(&by_volume, "n", &in_z2) && pod_rules_bind_to(&by_volume, "n", &labels));
    ck_assert(pod_rules_allow_node(&by_volume, "n", &labels) && !pod_rules_allow_node(&by_volume, "n", &in_z2));
}
END_TEST

Suite *pod_rules_suite(void)
{
    Suite *suite = suite_create("pod_rules");
    TCase *tcase = tcase_create("pod_rules");

    tcase_add_loop_test(tcase, requirement_case, 0, ARRAY_LEN(cases));
    tcase_add_test(tcase, terms_are_alternatives);
    tcase_add_loop_test(tcase, toleration_case, 0, ARRAY_LEN(tolerations));
    tcase_add_test(tcase, places);
    suite_add_tcase(suite, tcase);
    return suite;
}
