#include "adapter/cluster_findings.h"

#include <stdio.h>
#include <string.h>

#include "test/unit/adapter/suites.h"

static char queue_name[] = "default", organization[] = "acme", name_space[] = "coder", workload_name[] = "prov";
static const struct queue_spec queue = {.name = queue_name,
                                        .organization = organization,
                                        .name_space = name_space,
                                        .workload = {WORKLOAD_DEPLOYMENT, workload_name},
                                        .replicas_min = 6,
                                        .replicas_max = 15,
                                        .hpa_tolerance = 0.1};

static json_t *read_quoted(const char *text)
{
    char json[2048];
    size_t len = strlen(text);
    json_t *value;

    ck_assert_uint_lt(len, sizeof(json));
    for (size_t i = 0; i <= len; i++)
        json[i] = (char)(text[i] == '\'' ? '"' : text[i]);
    value = json_loads(json, 0, NULL);
    ck_assert_msg(value != NULL, "%s", json);
    return value;
}

static const struct {
    const char *object, *our_space;
    const char *says;
    unsigned errors, warnings;
} owners[] = {
    {"{'spec':{'service':{'namespace':'mon','name':'us'}}}", "mon", "ok cluster: the API group external.metrics.k8s.io belongs", 0, 0},
    {"{'spec':{'service':{'namespace':'mon','name':'us'}}}", "", "ok cluster", 0, 0},
    {"{'spec':{'service':{'namespace':'keda','name':'keda-operator-metrics'}}}", "mon", "belongs to Service keda/keda-operator-metrics", 1,
     0},
    {"{'spec':{'service':{'namespace':'other','name':'us'}}}", "mon", "belongs to Service other/us", 1, 0},
    {"{'spec':{}}", "mon", "names no Service", 1, 0},
    {"{}", "mon", "names no Service; want mon/us", 1, 0},
    {"{}", "", "names no Service; want (the adapter's namespace)/us", 1, 0},
    {"{'spec':{'service':{'namespace':'mon'}}}", "mon", "names no Service", 1, 0},
    {"{'spec':{'service':{'namespace':'mon','name':'keda'}}}", "", "not to the adapter's */us", 1, 0},
    {"{'spec':{'service':{'namespace':'mon','name':'us'}},'status':{'conditions':[{'type':'Available','status':'True'},{'status':'False'},"
     "{'type':'Other','status':'False'},7]}}",
     "mon", "ok cluster", 0, 0},
    {"{'spec':{'service':{'namespace':'mon','name':'us'}},'status':{'conditions':[{'type':'Available'}]}}", "mon",
     "is not available: no reason is told\n", 0, 1},
    {"{'spec':{'service':{'namespace':'mon','name':'us'}},'status':{'conditions':[{'type':'Available','status':'False','message':'no "
     "route\\n'}]}}",
     "mon", "is not available: no route\\n\n", 0, 1},
};

START_TEST(owner_case)
{
    CLEANUP(json_decrefp) json_t *object = read_quoted(owners[_i].object);
    CLEANUP(findings_clear) struct findings out = FINDINGS_INIT;

    cluster_findings_owner(object, owners[_i].our_space, "us", &out);
    ck_assert_msg(strstr(buffer_text(&out.text), owners[_i].says) != NULL, "%s", buffer_text(&out.text));
    ck_assert_uint_eq(out.counts[FINDING_ERROR], owners[_i].errors);
    ck_assert_uint_eq(out.counts[FINDING_WARNING], owners[_i].warnings);
}
END_TEST

#define TARGET "'scaleTargetRef':{'kind':'Deployment','name':'prov'},'minReplicas':6,'maxReplicas':15"
#define READS(metric, selector, target) \
    "'metrics':[{'type':'External','external':{'metric':{'name':'" metric "'" selector "},'target':{" target "}}}]"
#define BY_QUEUE ",'selector':{'matchLabels':{'queue':'default'}}"
#define SET(expression) ",'selector':{'matchExpressions':[{" expression "}]}"
#define ONE "'type':'AverageValue','averageValue':'1'"
#define HPA(spec) "{'items':[{'metadata':{'name':'h'},'spec':{" spec "}}]}"

static const struct {
    const char *what, *hpas;
    size_t n_queues;
    const char *says;
    unsigned errors, warnings;
} hpas[] = {
    {"right", HPA(TARGET "," READS("coder_provisioner_desired_replicas", BY_QUEUE, ONE)), 2,
     "ok queue default: HPA h reads coder_provisioner_desired_replicas, selector {\"matchLabels\":{\"queue\":\"default\"}}, tolerance 0.1",
     0, 0},
    {"none", "{'items':[]}", 1, "no HPA of namespace coder", 0, 1},
    {"of another metric", HPA(TARGET "," READS("sqs_depth", BY_QUEUE, ONE)), 1, "no HPA of namespace coder", 0, 1},
    {"of another queue", HPA(TARGET "," READS("coder_provisioner_demand", ",'selector':{'matchLabels':{'queue':'gpu'}}", ONE)), 2,
     "no HPA of namespace coder", 0, 1},
    {"of another organization", HPA(TARGET "," READS("coder_provisioner_demand", ",'selector':{'matchLabels':{'organization':'x'}}", ONE)),
     2, "no HPA of namespace coder", 0, 1},
    {"no selector, one queue", HPA(TARGET "," READS("coder_provisioner_demand", "", ONE)), 1, "selector none", 0, 0},
    {"no selector, two queues", HPA(TARGET "," READS("coder_provisioner_demand", "", ONE)), 2, "add matchLabels: {queue: default}", 0, 1},
    {"in a set",
     HPA(TARGET "," READS("coder_provisioner_demand",
                          ",'selector':{'matchExpressions':[{'key':'queue','operator':'In','values':['default']}]}", ONE)),
     2, "ok queue default", 0, 0},
    {"in a set of others",
     HPA(TARGET
         "," READS("coder_provisioner_demand", ",'selector':{'matchExpressions':[{'key':'queue','operator':'In','values':['a']}]}", ONE)),
     2, "no HPA of namespace coder", 0, 1},
    {"in a set of several",
     HPA(TARGET "," READS("coder_provisioner_demand", SET("'key':'queue','operator':'In','values':[7,'a','default']"), ONE)), 2,
     "selects no queue", 0, 1},
    {"in no set of others", HPA(TARGET "," READS("coder_provisioner_demand", SET("'key':'queue','operator':'NotIn','values':['a']"), ONE)),
     2, "selects no queue", 0, 1},
    {"in no set of ours",
     HPA(TARGET "," READS("coder_provisioner_demand", SET("'key':'queue','operator':'NotIn','values':['a','default']"), ONE)), 2,
     "no HPA of namespace coder", 0, 1},
    {"without a queue", HPA(TARGET "," READS("coder_provisioner_demand", SET("'key':'queue','operator':'DoesNotExist'"), ONE)), 1,
     "no HPA of namespace coder", 0, 1},
    {"with any queue", HPA(TARGET "," READS("coder_provisioner_demand", SET("'key':'queue','operator':'Exists'"), ONE)), 2,
     "selects no queue", 0, 1},
    {"a set of something else",
     HPA(TARGET "," READS("coder_provisioner_demand", SET("'key':'job_type','operator':'In','values':['other']"), ONE)), 2,
     "selects no queue", 0, 1},
    {"a set without a key", HPA(TARGET "," READS("coder_provisioner_demand", SET("'operator':'In','values':['a']"), ONE)), 1, "ok queue", 0,
     0},
    {"no target", HPA(TARGET "," READS("coder_provisioner_desired_replicas", BY_QUEUE, "")), 1, "another target than AverageValue 1", 1, 0},
    {"a target that is no number",
     HPA(TARGET "," READS("coder_provisioner_desired_replicas", BY_QUEUE, "'type':'AverageValue','averageValue':'one'")), 1,
     "another target than AverageValue 1", 1, 0},
    {"a workload without a name",
     HPA("'scaleTargetRef':{'kind':'Deployment'},'minReplicas':6,'maxReplicas':15," READS("coder_provisioner_demand", BY_QUEUE, ONE)), 1,
     "scales Deployment ?, the queue's workload is Deployment prov", 0, 1},
    {"another kind of workload",
     HPA("'scaleTargetRef':{'name':'prov'},'minReplicas':6,'maxReplicas':15," READS("coder_provisioner_demand", BY_QUEUE, ONE)), 1,
     "scales ? prov, the queue's workload is Deployment prov", 0, 1},
    {"another least",
     HPA("'scaleTargetRef':{'kind':'Deployment','name':'prov'},'minReplicas':1,'maxReplicas':15," READS("coder_provisioner_demand",
                                                                                                        BY_QUEUE, ONE)),
     1, "has the range 1 to 15", 0, 1},
    {"another most",
     HPA("'scaleTargetRef':{'kind':'Deployment','name':'prov'},'minReplicas':6,'maxReplicas':10," READS("coder_provisioner_demand",
                                                                                                        BY_QUEUE, ONE)),
     1, "has the range 6 to 10", 0, 1},
    {"a value", HPA(TARGET "," READS("coder_provisioner_desired_replicas", BY_QUEUE, "'type':'Value','value':'1'")), 1,
     "another target than AverageValue 1", 1, 0},
    {"two jobs each", HPA(TARGET "," READS("coder_provisioner_desired_replicas", BY_QUEUE, "'type':'AverageValue','averageValue':'2'")), 1,
     "another target than AverageValue 1", 1, 0},
    {"demand, two jobs each", HPA(TARGET "," READS("coder_provisioner_demand", BY_QUEUE, "'type':'AverageValue','averageValue':'2'")), 1,
     "ok queue", 0, 0},
    {"its own tolerance",
     HPA(TARGET ",'behavior':{'scaleUp':{'tolerance':'0'}}," READS("coder_provisioner_desired_replicas", BY_QUEUE, ONE)), 1,
     "set hpaTolerance: 0,", 0, 1},
    {"the same in other words",
     HPA(TARGET ",'behavior':{'scaleUp':{'tolerance':'100m'}}," READS("coder_provisioner_desired_replicas", BY_QUEUE, ONE)), 1,
     "tolerance 0.1", 0, 0},
    {"another range",
     HPA("'scaleTargetRef':{'kind':'Deployment','name':'prov'},'maxReplicas':15," READS("coder_provisioner_demand", BY_QUEUE, ONE)), 1,
     "has the range 1 to 15, the queue's replicas say 6 to 15", 0, 1},
    {"another workload",
     HPA("'scaleTargetRef':{'kind':'Deployment','name':'web'},'minReplicas':6,'maxReplicas':15," READS("coder_provisioner_demand", BY_QUEUE,
                                                                                                       ONE)),
     1, "scales Deployment web, the queue's workload is Deployment prov", 0, 1},
    {"nonsense", "{'items':[7,{'spec':{'metrics':[7,{'external':{'metric':7}}]}}]}", 1, "no HPA of namespace coder", 0, 1},
    {"more of them", "{'metadata':{'continue':'x'},'items':[]}", 1, "more HPAs than were looked at", 0, 2},
};

START_TEST(hpa_case)
{
    CLEANUP(json_decrefp) json_t *object = read_quoted(hpas[_i].hpas);
    CLEANUP(findings_clear) struct findings out = FINDINGS_INIT;

    cluster_findings_hpas(object, &queue, hpas[_i].n_queues, &out);
    ck_assert_msg(strstr(buffer_text(&out.text), hpas[_i].says) && out.counts[FINDING_ERROR] == hpas[_i].errors &&
                      out.counts[FINDING_WARNING] == hpas[_i].warnings,
                  "%s: %s", hpas[_i].what, buffer_text(&out.text));
}
END_TEST

START_TEST(a_stateful_set_with_the_default_tolerance_told)
{
    CLEANUP(json_decrefp)
    json_t *object = read_quoted(HPA("'scaleTargetRef':{'kind':'StatefulSet','name':'prov'},'minReplicas':6,'maxReplicas':15," READS(
        "coder_provisioner_desired_replicas", BY_QUEUE, ONE)));
    CLEANUP(findings_clear) struct findings out = FINDINGS_INIT;
    struct queue_spec stateful = queue;

    stateful.workload.kind = WORKLOAD_STATEFULSET;
    stateful.hpa_tolerance = 0;
    cluster_findings_hpas(object, &stateful, 1, &out);
    ck_assert_uint_eq(out.counts[FINDING_WARNING], 1);
    ck_assert_msg(strstr(buffer_text(&out.text), "HPA h scales up with a tolerance of 0.1 (the default), hpaTolerance says 0: set") != NULL,
                  "%s", buffer_text(&out.text));
}
END_TEST

static const struct {
    const char *grace;
    int64_t longest_ms;
    const char *says;
} graces[] = {
    {"'terminationGracePeriodSeconds':600", 599000, "ok queue default: the pods of prov have terminationGracePeriodSeconds 600"},
    {"'terminationGracePeriodSeconds':600", 601000,
     "warning queue default: the pods of prov have terminationGracePeriodSeconds 600, but a job "
     "runs for 601 s already: set it to 630 at least"},
    {"'x':1", 0, "have terminationGracePeriodSeconds 30, in which hardly a build ends"},
};

START_TEST(workload_case)
{
    char text[256];
    CLEANUP(findings_clear) struct findings out = FINDINGS_INIT;
    CLEANUP(json_decrefp) json_t *object = NULL;

    (void)snprintf(text, sizeof(text), "{'spec':{'template':{'spec':{%s}}}}", graces[_i].grace);
    object = read_quoted(text);
    cluster_findings_workload(object, &queue, graces[_i].longest_ms, &out);
    ck_assert_msg(strstr(buffer_text(&out.text), graces[_i].says) != NULL, "%s", buffer_text(&out.text));
}
END_TEST

START_TEST(no_workload_is_an_error)
{
    CLEANUP(findings_clear) struct findings out = FINDINGS_INIT;

    cluster_findings_workload(NULL, &queue, 0, &out);
    ck_assert_uint_eq(out.counts[FINDING_ERROR], 1);
}
END_TEST

Suite *cluster_findings_suite(void)
{
    Suite *suite = suite_create("cluster_findings");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, owner_case, 0, ARRAY_LEN(owners));
    tcase_add_loop_test(tcase, hpa_case, 0, ARRAY_LEN(hpas));
    tcase_add_test(tcase, a_stateful_set_with_the_default_tolerance_told);
    tcase_add_loop_test(tcase, workload_case, 0, ARRAY_LEN(graces));
    tcase_add_test(tcase, no_workload_is_an_error);
    suite_add_tcase(suite, tcase);
    return suite;
}
