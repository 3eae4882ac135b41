/* Accept headers, recorded and made up. */
#include "apiservice/negotiation.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "test/unit/apiservice/fixture.h"
#include "test/unit/apiservice/suites.h"

static const struct media_offer offers[] = {
    {"application", "json", NULL, NULL, NULL, "json", RESPONSE_JSON},
    {"application", "vnd.kubernetes.protobuf", NULL, NULL, NULL, "protobuf", RESPONSE_PROTOBUF},
    {"application", "json", "Table", "meta.k8s.io", "v1", "table", RESPONSE_JSON},
};

static const struct media_offers all = {offers, ARRAY_LEN(offers)};

static const struct {
    const char *accept, *chosen; /* NULL: 406 */
} cases[] = {
    {NULL, "json"},
    {"", "json"},
    {"  ", "json"},
    {"*/*", "json"},
    {"application/*", "json"},
    {"application/json", "json"},
    {"APPLICATION/JSON", "json"},
    {"application/json;charset=utf-8", "json"},
    {"application/json; profile=nopeer", "json"},
    {"application/vnd.kubernetes.protobuf, */*", "protobuf"},
    {"application/json;q=0.5, application/vnd.kubernetes.protobuf;q=0.9", "protobuf"},
    {"application/json;q=0.9, application/vnd.kubernetes.protobuf;q=0.9", "json"},
    {"application/vnd.kubernetes.protobuf;q=0, application/json;q=0.001", "json"},
    {"application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "table"},
    {"application/json;g=meta.k8s.io;as=Table;v=v1", "table"},
    {"application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", "json"},
    {"application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", NULL},
    {"*/json", NULL},
    {"text/html", NULL},
    {"application/cbor", NULL},
    {"application/json;q=0", NULL},
    {"application/json;q=x", NULL},
    {"application/json;q=2", NULL},
    {"application/json;q=", NULL},
    {",;/garbage", NULL},
    {",,,application/json", "json"},
    {";;;", NULL},
    {"/", NULL},
    {"text/html, */*;q=0.1", "json"},
    {"*/*, application/vnd.kubernetes.protobuf", "protobuf"}, /* what says more counts first */
    {"*/*, application/*, application/vnd.kubernetes.protobuf", "protobuf"},
    {"*/*, application/vnd.kubernetes.protobuf;q=0.9", "json"},
    {"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "json"}, /* Java's own */
    {"*", "json"},
    {"application/json;q=.1, application/vnd.kubernetes.protobuf;q=.125", "protobuf"},
    {"application/json;q=.", NULL},
    {"application/json;q=.0", NULL},
    {"application/json;q=.1234", NULL},
    {"application/json;q=1.0001", NULL},
    {"application/json;q=1.000", "json"},
    {"application", NULL},
};

START_TEST(chooses)
{
    const struct media_offer *offer = negotiate(cases[_i].accept, all).offer;

    ck_assert_str_eq(offer ? offer->content_type : "406", cases[_i].chosen ? cases[_i].chosen : "406");
}
END_TEST

static const struct {
    const char *request, *chosen;
} recorded[] = {
    {"hpa-list-no-selector.txt", "protobuf"},  {"kubectl-get-raw-metric.txt", "json"},        {"kubectl-get-table.txt", "table"},
    {"kubectl-get-json-selector.txt", "json"}, {"aggregator-availability-check.txt", "json"}, {"client-watch.txt", "json"},
};

START_TEST(chooses_for_recorded_requests)
{
    char *accept = fixture_request_header(recorded[_i].request, "Accept");
    const struct media_offer *offer = negotiate(accept, all).offer;

    ck_assert_ptr_nonnull(offer);
    ck_assert_str_eq(offer->content_type, recorded[_i].chosen);
    free(accept);
}
END_TEST

static const struct {
    const char *accept;
    bool pretty;
} wishes[] = {
    {NULL, false},
    {"application/json", false},
    {"application/json;pretty=1", true},
    {"application/json; pretty = true", true},
    {"application/json;pretty=0", false},
    {"application/json;pretty", false},
    {"text/html;pretty=1,application/json", false},
    {"application/json;q=0.5;pretty=1,application/json", false},
};

START_TEST(the_clause_that_wins_says_whether_it_is_pretty)
{
    ck_assert(negotiate(wishes[_i].accept, all).pretty == wishes[_i].pretty);
}
END_TEST

Suite *negotiation_suite(void)
{
    Suite *suite = suite_create("negotiation");
    TCase *tcase = tcase_create("negotiation");

    tcase_add_loop_test(tcase, chooses, 0, ARRAY_LEN(cases));
    tcase_add_loop_test(tcase, chooses_for_recorded_requests, 0, ARRAY_LEN(recorded));
    tcase_add_loop_test(tcase, the_clause_that_wins_says_whether_it_is_pretty, 0, ARRAY_LEN(wishes));
    suite_add_tcase(suite, tcase);
    return suite;
}
