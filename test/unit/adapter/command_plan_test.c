#include "adapter/command_plan.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapter/command_plan_report.h"
#include "base/buffer.h"
#include "base/file.h"
#include "test/unit/adapter/suites.h"

enum { ARGUMENTS_MAX = 16, OUTPUT_MAX = 65536 };

/* --- running it: what it writes goes to a file --- */

struct run {
    int code;
    struct buffer out, err;
};

static void run_clear(struct run *run)
{
    buffer_clear(&run->out);
    buffer_clear(&run->err);
}

static int divert(int fd, char *path)
{
    int kept = dup(fd), file = mkstemp(path);

    ck_assert(kept >= 0 && file >= 0);
    ck_assert_int_ge(dup2(file, fd), 0);
    (void)close(file);
    return kept;
}

static void give_back(int fd, int kept, const char *path, struct buffer *out)
{
    struct error err = {0};

    ck_assert_int_ge(dup2(kept, fd), 0);
    (void)close(kept);
    ck_assert_msg(file_read(path, out, &err) == 0, "%s", err.text);
    (void)unlink(path);
}

/* The arguments are the words of a line. */
static void run_plan(const char *line, struct run *run)
{
    char words[512], out_path[] = "/tmp/plan-out-XXXXXX", err_path[] = "/tmp/plan-err-XXXXXX";
    char *argv[ARGUMENTS_MAX] = {0}, *rest = words;
    int argc = 0, kept_out, kept_err;

    *run = (struct run){.out = BUFFER_INIT(OUTPUT_MAX), .err = BUFFER_INIT(OUTPUT_MAX)};
    (void)snprintf(words, sizeof(words), "plan %s", line);
    for (char *word; (word = strsep(&rest, " ")) && argc < ARGUMENTS_MAX - 1;)
        if (*word != '\0')
            argv[argc++] = word;
    (void)fflush(stdout);
    kept_out = divert(STDOUT_FILENO, out_path);
    kept_err = divert(STDERR_FILENO, err_path);
    run->code = command_plan(argc, argv);
    (void)fflush(stdout);
    give_back(STDOUT_FILENO, kept_out, out_path, &run->out);
    give_back(STDERR_FILENO, kept_err, err_path, &run->err);
}

/* --- JSON --- */

static const struct {
    const char *line, *json;
} answers[] = {
    {"--users 30 --job-seconds 60 --provisioners 12 --format json",
     "{\"provisioners\":12,\"p50WaitSeconds\":60,\"p95WaitSeconds\":120,\"longestWaitSeconds\":120,\"requiredProvisioners\":15,"
     "\"guidelineMinimum\":12,\"guidelineProvisioners\":15}\n"},
    {"--users 9 --job-seconds 300 --target-wait 0s --format json",
     "{\"provisioners\":6,\"p50WaitSeconds\":0,\"p95WaitSeconds\":300,\"longestWaitSeconds\":300,\"requiredProvisioners\":9,"
     "\"guidelineMinimum\":6,\"guidelineProvisioners\":6}\n"},
    {"--users 15 --job-seconds 60 --target-wait 5m --format json",
     "{\"provisioners\":10,\"p50WaitSeconds\":0,\"p95WaitSeconds\":60,\"longestWaitSeconds\":60,\"requiredProvisioners\":3,"
     "\"guidelineMinimum\":10,\"guidelineProvisioners\":10}\n"},
    {"--users 31 --job-seconds 0.5 --format json",
     "{\"provisioners\":16,\"p50WaitSeconds\":0,\"p95WaitSeconds\":0.5,\"longestWaitSeconds\":0.5,\"requiredProvisioners\":16,"
     "\"guidelineMinimum\":null,\"guidelineProvisioners\":null}\n"},
    {"--users=1 --format=json", "{\"provisioners\":6,\"p50WaitSeconds\":0,\"p95WaitSeconds\":0,\"longestWaitSeconds\":0,"
                                "\"requiredProvisioners\":1,\"guidelineMinimum\":6,\"guidelineProvisioners\":6}\n"},
};

START_TEST(answer_case)
{
    CLEANUP(run_clear) struct run run;

    run_plan(answers[_i].line, &run);
    ck_assert_msg(run.code == EXIT_DONE, "%s: %s", answers[_i].line, buffer_text(&run.err));
    ck_assert_str_eq(buffer_text(&run.out), answers[_i].json);
}
END_TEST

/* capacity.md: 30 on 12, 120 s, lognormal 0.5, over a minute: p95 174 s */
START_TEST(with_chance)
{
    CLEANUP(run_clear) struct run run;
    json_t *root;

    run_plan("--users 30 --provisioners 12 --job-seconds 120 --job-cv 0.5 --spread 60s --target-wait 1m --format json", &run);
    root = json_loads(buffer_text(&run.out), 0, NULL);
    ck_assert_uint_eq(json_object_size(root), 7);
    ck_assert_double_eq_tol(json_number_value(json_object_get(root, "p95WaitSeconds")), 174, 174 * 0.05);
    ck_assert_int_ge(json_integer_value(json_object_get(root, "requiredProvisioners")), 20);
    ck_assert_int_le(json_integer_value(json_object_get(root, "requiredProvisioners")), 22);
    json_decref(root);
}
END_TEST

/* --- the page --- */

static const char config_text[] =
    "coder: {url: https://coder.example.com, tokenFile: /token}\n"
    "queues:\n"
    "  - {name: gpu, namespace: ml, tags: {gpu: \"1\"}, workload: {kind: StatefulSet, name: gpu-provisioner}, replicas: {min: 0, max: 4}}\n"
    "  - {name: default}\n"
    "guidelines: [{users: 0, replicas: 3, minimum: 2}]\n";

START_TEST(the_page_of_a_configuration)
{
    static const char *const parts[] = {
        "6 people ask for a workspace at the same moment; a build takes 2m.\n",
        "           2      3        2m        4m        4m  the guideline's least\n",
        "           3      2        1m        2m        2m  the guideline; the least that will do\n",
        "Guideline: from 0 people on 3 provisioners, at least 2.\n",
        "It breaks here: 6 people on 2 provisioners are 3 waves",
        "  kubectl patch hpa gpu-provisioner --namespace ml --type merge --patch '{\"spec\":{\"minReplicas\":3,\"maxReplicas\":4}}'\n",
        "  kubectl scale statefulset gpu-provisioner --namespace ml --replicas=3\n",
        "'{\"spec\":{\"minReplicas\":1,\"maxReplicas\":4}}'\n",
        "  kubectl scale deployment coder-provisioner-default --namespace coder --replicas=3\n",
    };
    CLEANUP(run_clear) struct run run;
    char path[] = "/tmp/plan-config-XXXXXX", line[128];
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, config_text, sizeof(config_text) - 1), (ssize_t)sizeof(config_text) - 1);
    (void)close(fd);
    (void)snprintf(line, sizeof(line), "--users 6 --config %s", path);
    run_plan(line, &run);
    (void)unlink(path);
    ck_assert_msg(run.code == EXIT_DONE, "%s", buffer_text(&run.err));
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        ck_assert_msg(strstr(buffer_text(&run.out), parts[i]), "no '%s' in:\n%s", parts[i], buffer_text(&run.out));
}
END_TEST

/* --- a page of given numbers --- */

static char any_queue[] = "default", any_space[] = "*", any_workload[] = "prov";
static const struct queue_spec small_queue = {
    .name = any_queue, .name_space = any_space, .workload = {WORKLOAD_DEPLOYMENT, any_workload}, .replicas_min = 6, .replicas_max = 8};
static const struct guideline fifty = {50, 20, 20}, ten = {10, 12, 6};

static const struct {
    int64_t provisioners, required;
    const struct guideline *guideline;
    int64_t advice;
} advices[] = {
    {20, 15, NULL, 20}, {15, 15, &fifty, 15}, {10, 15, &fifty, 20}, {10, 15, &ten, 15}, {10, 15, NULL, 15},
};

START_TEST(advice_case)
{
    const struct plan_report report = {
        .provisioners = advices[_i].provisioners, .required = advices[_i].required, .guideline = advices[_i].guideline};

    ck_assert_int_eq(plan_advice(&report), advices[_i].advice);
}
END_TEST

static const struct {
    struct plan_crowd crowd;
    const char *history;
    const struct guideline *guideline;
    const char *says, *lacks;
} pages[] = {
    {{.users = 30, .job_s = 60},
     NULL,
     NULL,
     "30 people ask for a workspace at the same moment; a build takes 1m.\nWanted: the longest wait",
     "lognormal"},
    {{.users = 30, .job_s = 60, .spread_s = 300}, NULL, NULL, "at random within 5m; a build takes 1m.\n", "It breaks here"},
    {{.users = 30, .job_s = 60, .varies = true, .job_cv = 0.5},
     "gpu",
     NULL,
     "a build takes 1m on average (lognormal, coefficient of variation 0.5), as those of queue gpu in the last hour.\n"
     "Wanted: 95 % of them wait at most ",
     "It breaks here"},
    {{.users = 30, .job_s = 60}, NULL, NULL, "Guideline: none for so many people", "at least"},
    {{.users = 30, .job_s = 60}, NULL, &fifty, "Guideline: from 50 people on 20 provisioners.\n", "It breaks here"},
    {{.users = 45, .job_s = 60},
     NULL,
     &fifty,
     "45 people on 20 provisioners are 3 waves, so the last wait for 2 whole builds; in two waves 20",
     "at least"},
    {{.users = 45, .job_s = 60, .spread_s = 60}, NULL, &fifty, "on 20 provisioners.\n", "It breaks here"}, /* no waves */
    {{.users = 30, .job_s = 60},
     NULL,
     &ten,
     "on 12 provisioners, at least 6.\n  It breaks here: 30 people on 6 provisioners are 5 waves",
     NULL},
    /* a queue of any namespace, and more than it may have */
    {{.users = 30, .job_s = 60}, NULL, NULL, "  kubectl scale deployment prov --namespace NAMESPACE --replicas=15\n", NULL},
    {{.users = 30, .job_s = 60}, NULL, NULL, "replicas.max of the queue is 8, which cuts them off; raise it to 15.\n", NULL},
};

START_TEST(page_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(OUTPUT_MAX);
    const struct plan_report report = {.crowd = pages[_i].crowd,
                                       .target_wait_s = 60,
                                       .provisioners = 5,
                                       .required = 15,
                                       .guideline = pages[_i].guideline,
                                       .history = pages[_i].history,
                                       .queues = &small_queue,
                                       .n_queues = 1};

    plan_report_page(&report, &out);
    ck_assert_msg(strstr(buffer_text(&out), pages[_i].says), "no '%s' in:\n%s", pages[_i].says, buffer_text(&out));
    ck_assert_msg(!pages[_i].lacks || !strstr(buffer_text(&out), pages[_i].lacks), "%s", buffer_text(&out));
}
END_TEST

/* --- room on the nodes --- */

static const struct {
    double cores, bytes; /* of a workspace */
    const char *says;
} rooms[] = {
    {0, 0, "  workers: 20.0 cores and 64.0 GiB are left: 2.00 cores and 6.40 GiB for each workspace\n"},
    {2, 4.0 * 1024 * 1024 * 1024, "  workers: 20.0 cores and 64.0 GiB are left: enough; they request 20.0 cores and 40.0 GiB\n"},
    {2, 8.0 * 1024 * 1024 * 1024, "  workers: 20.0 cores and 64.0 GiB are left: NOT ENOUGH; they request 20.0 cores and 80.0 GiB\n"},
    {0, 8.0 * 1024 * 1024 * 1024, "are left: NOT ENOUGH; they request 0.0 cores and 80.0 GiB\n"},
    {2.5, 0, "  workers: 20.0 cores and 64.0 GiB are left: NOT ENOUGH; they request 25.0 cores and 0.0 GiB\n"},
};

START_TEST(room_case)
{
    CLEANUP(buffer_clear) struct buffer out = BUFFER_INIT(OUTPUT_MAX);
    struct plan_room items[] = {{"workers", 20, 64.0 * 1024 * 1024 * 1024}, {"edge", -1, 5}, {"db", 5, -1}};
    const struct plan_rooms list = {items, ARRAY_LEN(items)}, none = {0};
    struct plan_report report = {.crowd = {.users = 10, .job_s = 120}, .provisioners = 5, .required = 5, .rooms = &list};

    report.workspace_cores = rooms[_i].cores;
    report.workspace_bytes = rooms[_i].bytes;
    plan_report_page(&report, &out);
    ck_assert_msg(strstr(buffer_text(&out), rooms[_i].says), "%s", buffer_text(&out));
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "  edge: not known\n  db: not known\n"));
    buffer_reset(&out);
    report.rooms = &none;
    plan_report_page(&report, &out);
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "nodeGroups are off"));
    buffer_reset(&out);
    report.rooms = NULL;
    plan_report_page(&report, &out);
    ck_assert_ptr_nonnull(strstr(buffer_text(&out), "give --server"));
}
END_TEST

/* --- wrong usage --- */

static const struct {
    const char *line;
    int code;
    const char *says;
} refused[] = {
    {"", EXIT_USAGE, "plan: --users is needed"},
    {"--users 0", EXIT_USAGE, "plan: --users 0: expected a whole number from 1 to 10000"},
    {"--users 10001", EXIT_USAGE, "--users 10001"},
    {"--users 5x", EXIT_USAGE, "--users 5x"},
    {"--users +5", EXIT_USAGE, "--users +5"},
    {"--users 5 --job-cv 1", EXIT_USAGE, "--job-cv goes with --job-seconds"},
    {"--users 5 --job-seconds 0", EXIT_USAGE, "--job-seconds 0: expected seconds"},
    {"--users 5 --job-seconds 0x10", EXIT_USAGE, "--job-seconds 0x10"},
    {"--users 5 --job-seconds nan", EXIT_USAGE, "--job-seconds nan"},
    {"--users 5 --job-seconds 1.2.3", EXIT_USAGE, "--job-seconds 1.2.3"},
    {"--users 5 --job-seconds 60 --job-cv -1", EXIT_USAGE, "--job-cv -1"},
    {"--users 5 --spread 60", EXIT_USAGE, "--spread 60: expected a duration up to 24h, like 5m"},
    {"--users 5 --spread 25h", EXIT_USAGE, "--spread 25h"},
    {"--users 5 --target-wait soon", EXIT_USAGE, "--target-wait soon"},
    {"--users 5 --provisioners 0", EXIT_USAGE, "--provisioners 0"},
    {"--users 5 --format yaml", EXIT_USAGE, "--format yaml: expected table or json"},
    {"--users 5 --from-history default --job-seconds 60", EXIT_USAGE, "exclude each other"},
    {"--users 5 --from-history default --server http://127.0.0.1:1", EXIT_FAILED, "expected https://HOST:PORT"},
    {"--users 5 --from-history default --server https://127.0.0.1:1", EXIT_FAILED,
     "ask https://127.0.0.1:1 for coder_provisioner_job_duration"},
    {"--users 5 --token-file t", EXIT_USAGE, "--token-file goes with --ca-file"},
    {"--users 5 --workspace-cpu two", EXIT_USAGE, "--workspace-cpu two: expected a Quantity"},
    {"--users 5 --workspace-memory -1", EXIT_USAGE, "--workspace-memory -1"},
    {"--users 5 --config /nonexistent/config.yaml", EXIT_FAILED, "/nonexistent/config.yaml"},
    {"--users 5 extra", EXIT_USAGE, "unexpected argument extra"},
};

START_TEST(refused_case)
{
    CLEANUP(run_clear) struct run run;

    run_plan(refused[_i].line, &run);
    ck_assert_msg(run.code == refused[_i].code, "%s: %d", refused[_i].line, run.code);
    ck_assert_msg(strstr(buffer_text(&run.err), refused[_i].says), "no '%s' in: %s", refused[_i].says, buffer_text(&run.err));
    ck_assert_str_eq(buffer_text(&run.out), "");
    ck_assert_ptr_eq(strchr(buffer_text(&run.err), '\n'), buffer_text(&run.err) + run.err.len - 1); /* one line */
}
END_TEST

Suite *command_plan_suite(void)
{
    Suite *suite = suite_create("command_plan");
    TCase *tcase = tcase_create("command_plan");

    tcase_add_loop_test(tcase, answer_case, 0, ARRAY_LEN(answers));
    tcase_add_test(tcase, with_chance);
    tcase_add_test(tcase, the_page_of_a_configuration);
    tcase_add_loop_test(tcase, advice_case, 0, ARRAY_LEN(advices));
    tcase_add_loop_test(tcase, page_case, 0, ARRAY_LEN(pages));
    tcase_add_loop_test(tcase, room_case, 0, ARRAY_LEN(rooms));
    tcase_add_loop_test(tcase, refused_case, 0, ARRAY_LEN(refused));
    suite_add_tcase(suite, tcase);
    return suite;
}
