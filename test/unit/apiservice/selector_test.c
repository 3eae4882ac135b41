/* Label selectors: grammar, matching, error texts and the law print(parse(x)) == print(parse(print(parse(x)))). */
#include "apiservice/selector.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "apiservice/target.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

static const struct metric_label labels[] = {
    {"queue", "red"}, {"job_type", "workspace_build"}, {"size", "12"}, {"in", "notin"}, {"empty", ""},
};

static const struct {
    const char *text, *canonical;
    bool matches;
} good[] = {
    {"", "", true},
    {"  \t ", "", true},
    {"queue=red", "queue=red", true},
    {"queue==red", "queue=red", true},
    {" queue = red ", "queue=red", true},
    {"queue=blue", "queue=blue", false},
    {"queue!=red", "queue!=red", false},
    {"queue!=blue", "queue!=blue", true},
    {"region!=eu", "region!=eu", true /* absent is unequal */},
    {"queue in (blue,red)", "queue in (blue,red)", true},
    {"queue in (red,blue,red)", "queue in (blue,red)", true},
    {"queue in(red)", "queue=red", true},
    {"queue notin (blue, green)", "queue notin (blue,green)", true},
    {"queue notin (red)", "queue!=red", false},
    {"region in (eu)", "region=eu", false},
    {"queue", "queue", true},
    {"region", "region", false},
    {"!region", "!region", true},
    {"! queue", "!queue", false},
    {"size>11", "size>11", true},
    {"size>12", "size>12", false},
    {"size<13", "size<13", true},
    {"queue>1", "queue>1", false /* not a number */},
    {"region<1", "region<1", false /* absent */},
    {"empty=", "empty=", true},
    {"empty in ()", "empty=", true},
    {"empty in (,x)", "empty in (,x)", true},
    {"empty in (x,)", "empty in (,x)", true},
    {"empty in (x,,y)", "empty in (,x,y)", true},
    {"queue=,size", "queue=,size", false},
    {"in=notin", "in=notin", true},
    {"in in (in,notin)", "in in (in,notin)", true},
    {"notin notin (in)", "notin!=in", true},
    {"size,queue=red,!zone", "queue=red,size,!zone", true},
    {"a.b/queue=1", "a.b/queue=1", false},
    {"queue=red,queue!=blue,queue", "queue=red,queue!=blue,queue", true},
};

START_TEST(parses_and_matches)
{
    CLEANUP(buffer_clear) struct buffer once = BUFFER_INIT(4096);
    CLEANUP(buffer_clear) struct buffer twice = BUFFER_INIT(4096);
    struct selector selector;
    struct error err = {0};

    ck_assert_msg(selector_parse(good[_i].text, &selector, &err) == 0, "'%s': %s", good[_i].text, err.text);
    ck_assert_msg(selector_matches(&selector, labels, ARRAY_LEN(labels)) == good[_i].matches, "'%s'", good[_i].text);
    selector_print(&selector, &once);
    ck_assert_str_eq(buffer_text(&once), good[_i].canonical);
    ck_assert_int_eq(selector_parse(buffer_text(&once), &selector, &err), 0);
    ck_assert(selector_matches(&selector, labels, ARRAY_LEN(labels)) == good[_i].matches);
    selector_print(&selector, &twice);
    ck_assert_str_eq(buffer_text(&twice), buffer_text(&once));
}
END_TEST

static const struct {
    const char *text, *message;
} bad[] = {
    {",", "found ',', expected: !, identifier, or 'end of string'"},
    {"=", "found '=', expected: !, identifier, or 'end of string'"},
    {"a,", "found '', expected: identifier after ','"},
    {"a,,b", "found ',', expected: identifier after ','"},
    {"a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"},
    {"a=b c", "found 'c', expected: ',' or 'end of string'"},
    {"a===b", "unable to parse requirement: found '=', expected: identifier"},
    {"!a=b", "found '=', expected: ',' or 'end of string'"},
    {"!", "unable to parse requirement: found '', expected: identifier"},
    {"!!a", "unable to parse requirement: found '!', expected: identifier"},
    {"a in", "unable to parse requirement: found '' expected: '('"},
    {"a in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"},
    {"a in (b", "unable to parse requirement: found '', expected: ',' or ')'"},
    {"a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"},
    {"a in (b,(", "unable to parse requirement: found '(', expected: ',', or identifier"},
    {"a in (b))", "found ')', expected: ',' or 'end of string'"},
    {"a>", "unable to parse requirement: values[0]: Invalid value: \"\": for 'Gt', 'Lt' operators, the value must be an integer"},
    {"a>x", "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"},
    {"a<9223372036854775808",
     "unable to parse requirement: values[0]: Invalid value: \"9223372036854775808\": for 'Gt', 'Lt' operators, the value "
     "must be an integer"},
    {"/a=b", "unable to parse requirement: <nil>: Invalid value: \"/a\": prefix part must be non-empty"},
    {"A/b=c", NULL},
    {"a/b/c", NULL},
    {"a=-", NULL},
};

START_TEST(refuses)
{
    struct selector selector;
    struct error err = {0};

    ck_assert_msg(selector_parse(bad[_i].text, &selector, &err) < 0, "'%s'", bad[_i].text);
    ck_assert_int_eq(err.code, ERROR_INVALID);
    if (bad[_i].message)
        ck_assert_str_eq(err.text, bad[_i].message);
}
END_TEST

/* The messages of the Go library, as recorded. */
static const struct {
    const char *text, *answer;
} recorded[] = {
    {"a in b", "ref/badsel.http"},
    {"==", "ref/badsel2.http"},
    {"a=%%", "ref/badsel3.http"},
    {"-a=b", "ref/badsel4.http"},
};

START_TEST(says_what_go_says)
{
    json_t *answer = fixture_answer_json(recorded[_i].answer);
    struct selector selector;
    struct error err = {0};

    ck_assert_int_lt(selector_parse(recorded[_i].text, &selector, &err), 0);
    ck_assert_str_eq(err.text, json_text_at(answer, "message"));
    json_decref(answer);
}
END_TEST

/* What the HPA controller sent, and which labels it means. */
static const struct {
    const char *request, *canonical;
} requests[] = {
    {"hpa-list-full-selector.txt",
     "app.kubernetes.io/name=web,env in (canary,prod),!legacy,queue=q1,region,single=only,tier notin (batch,dev)"},
    {"hpa-list-same-key-selector.txt", "a=1,a notin (2,3),a"},
    {"hpa-list-empty-values-selector.txt", "a=,b=,c in (,x)"},
    {"kubectl-get-json-selector.txt", "a in (b,c),!d"},
    {"client-bad-query.txt", "second"},
};

START_TEST(reads_recorded_requests)
{
    CLEANUP(buffer_clear) struct buffer canonical = BUFFER_INIT(4096);
    CLEANUP(target_clear) struct target target = {0};
    char *text = fixture_request_target(requests[_i].request);
    struct selector selector;
    struct error err = {0};

    ck_assert_msg(target_parse(text, &target, &err) == 0, "%s", err.text);
    ck_assert_msg(selector_parse(target_parameter(&target, "labelSelector"), &selector, &err) == 0, "%s", err.text);
    selector_print(&selector, &canonical);
    ck_assert_str_eq(buffer_text(&canonical), requests[_i].canonical);
    free(text);
}
END_TEST

/* n times the pattern, with a comma between. */
static void repeat(struct buffer *out, const char *before, const char *each, size_t n, const char *after)
{
    (void)buffer_add_text(out, before);
    for (size_t i = 0; i < n; i++)
        (void)buffer_printf(out, "%s%s%zu", i > 0 ? "," : "", each, i);
    (void)buffer_add_text(out, after);
}

START_TEST(has_bounds)
{
    CLEANUP(buffer_clear) struct buffer text = BUFFER_INIT(65536);
    struct selector selector;
    struct error err = {0};

    repeat(&text, "", "k", SELECTOR_REQUIREMENTS_MAX, "");
    ck_assert_int_eq(selector_parse(buffer_text(&text), &selector, &err), 0);
    (void)buffer_add_text(&text, ",one_more");
    ck_assert_int_lt(selector_parse(buffer_text(&text), &selector, &err), 0);
    ck_assert_str_eq(err.text, "the selector has more than 64 requirements");
    buffer_reset(&text);
    repeat(&text, "a in (", "v", SELECTOR_VALUES_MAX, ")");
    ck_assert_int_eq(selector_parse(buffer_text(&text), &selector, &err), 0);
    ck_assert(selector_matches(&selector, &(struct metric_label){"a", "v255"}, 1));
    (void)buffer_add_text(&text, ",b=c");
    ck_assert_int_lt(selector_parse(buffer_text(&text), &selector, &err), 0);
}
END_TEST

Suite *selector_suite(void)
{
    Suite *suite = suite_create("selector");
    TCase *tcase = tcase_create("selector");

    tcase_add_loop_test(tcase, parses_and_matches, 0, ARRAY_LEN(good));
    tcase_add_loop_test(tcase, refuses, 0, ARRAY_LEN(bad));
    tcase_add_loop_test(tcase, says_what_go_says, 0, ARRAY_LEN(recorded));
    tcase_add_loop_test(tcase, reads_recorded_requests, 0, ARRAY_LEN(requests));
    tcase_add_test(tcase, has_bounds);
    suite_add_tcase(suite, tcase);
    return suite;
}
