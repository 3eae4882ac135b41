#include <stdio.h>
#include <stdlib.h>

#include "adapter/command.h"
#include "adapter/config.h"
#include "adapter/online_check.h"
#include "base/log.h"

enum { REPORT_MAX = 1024 * 1024 };

static const char usage[] =
    "Usage: coder-metrics-adapter check-config FILE [--online [--kubeconfig FILE]]\n"
    "\n"
    "Reads a configuration file as serve does. Prints every mistake on a line of its own, with line, column and the\n"
    "path of the key, and ends with 1. Silence and 0 when there is none.\n"
    "\n"
    "  --online           also asks Coder and the cluster: of each organization whether the token may read it, of each\n"
    "                     queue its live provisioners, HPAs and grace period, and who owns the API group. One line a\n"
    "                     finding: ok, warning or error; ends with 1 when there is an error. Takes a minute at most\n"
    "  --kubeconfig FILE  the cluster to ask, outside of a pod\n"
    "  --help             this text\n";

static int check_online(const struct config *config, const char *kubeconfig)
{
    CLEANUP(findings_clear) struct findings findings = FINDINGS_INIT;
    struct error err = {0};
    int status;

    log_setup(LOG_ERROR, LOG_TEXT); /* the findings say it all */
    status = online_check(config, kubeconfig, &findings, &err);
    (void)fputs(buffer_text(&findings.text), stdout);
    if (status < 0) {
        command_complain("check-config: %s", err.text);
        return EXIT_FAILED;
    }
    return findings.counts[FINDING_ERROR] > 0 ? EXIT_FAILED : EXIT_DONE;
}

static void print_mistakes(const struct config_mistakes *mistakes, const struct error *err)
{
    CLEANUP(buffer_clear) struct buffer report = BUFFER_INIT(REPORT_MAX);

    if (!config_mistakes_any(mistakes)) {
        command_complain("%s", err->text);
        return;
    }
    config_mistakes_print(mistakes, &report);
    (void)fputs(buffer_text(&report), stderr);
}

int command_check_config(int argc, char **argv)
{
    bool online = false;
    const char *kubeconfig = NULL;
    const struct command_option rows[] = {{.name = "online", .seen = &online}, {.name = "kubeconfig", .value = &kubeconfig}};
    const struct command_arguments wanted = {.usage = usage, .options = rows, .n_options = ARRAY_LEN(rows), .least = 1, .most = 1};
    CLEANUP(config_clear) struct config config = {0};
    struct config_mistakes mistakes = {0};
    struct error err = {0};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    if (config_read(argv[first], &config, &mistakes, &err) < 0) {
        print_mistakes(&mistakes, &err);
        return EXIT_FAILED;
    }
    return online ? check_online(&config, kubeconfig) : EXIT_DONE;
}
