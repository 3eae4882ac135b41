/* main.c - coder-emulator: Coder's API on a loopback port, played from a scenario; and the demo. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "emulator/demo.h"
#include "emulator/emulator_server.h"

enum { EXIT_USAGE = 2, OPTION_LISTEN = 1, OPTION_SCENARIO, OPTION_HELP, OPTION_VERSION };

static const char usage[] =
    "Usage: coder-emulator --listen 127.0.0.1:PORT --scenario FILE\n"
    "       coder-emulator demo [--help] ...\n"
    "\n"
    "Plays the API of a Coder deployment whose provisioners really take and finish jobs.\n"
    "\n"
    "  --listen ADDRESS:PORT  a loopback address; port 0 lets the kernel choose (the port is then told on stderr)\n"
    "  --scenario FILE        what is there and what happens (YAML, see below)\n"
    "  --help                 this text\n"
    "  --version              the version\n"
    "\n"
    "A scenario; all keys are optional but the names, the count and duration of arrivals, and the kind of faults:\n"
    "\n"
    "  speed: 1                 # emulated seconds per real second\n"
    "  token: emulator-token-secret\n"
    "  seed: 1\n"
    "  rateLimit: 512           # requests per minute, user and path\n"
    "  organizations:\n"
    "    - {name: coder, default: true}        # id: a UUID\n"
    "  pools:\n"
    "    - {name: default, organization: coder, tags: {}, replicas: 6, startDelay: 1s}   # namePrefix: of the provisioners' names\n"
    "  arrivals:                # jobs; types: workspace_build, template_version_import, template_version_dry_run\n"
    "    - {at: 30s, count: 20, over: 10s, organization: coder, tags: {}, type: workspace_build, initiator: user,\n"
    "       duration: 60s, spread: 20s, outcome: succeeded}         # initiators: user, prebuild; outcomes: succeeded, failed, canceled\n"
    "  faults:                  # without for: to the end; delay (of slow) is real time; path: only paths with this text in them\n"
    "    - {at: 60s, for: 30s, kind: down, organization: coder, path: provisionerjobs, delay: 30s}\n"
    "                           # down, slow, rate-limit, html, bad-gateway, truncated, cut, token-revoked, error-500, forbidden, "
    "wrong-type\n"
    "\n"
    "While it runs, without a token:\n"
    "\n"
    "  GET    /emulator/state                  how the jobs and pools fare, and how long jobs waited\n"
    "  PUT    /emulator/pools/NAME/replicas    {\"replicas\": 15}\n"
    "  POST   /emulator/arrivals               {\"count\": 20, \"duration\": \"60s\"}; at counts from now\n"
    "  PUT    /emulator/faults                 {\"kind\": \"down\", \"seconds\": 30}; 0 seconds: until DELETE\n"
    "  DELETE /emulator/faults                 ends what is on now\n";

static const struct option options[] = {
    {"listen", required_argument, NULL, OPTION_LISTEN},
    {"scenario", required_argument, NULL, OPTION_SCENARIO},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

static int fail(const struct error *err)
{
    CLEANUP(buffer_clear) struct buffer line = BUFFER_INIT(4 * sizeof(err->text));

    escape_controls(&line, err->text, strlen(err->text));
    (void)fprintf(stderr, "coder-emulator: %s\n", buffer_text(&line));
    return EXIT_FAILURE;
}

static int fail_usage(const char *what)
{
    (void)fprintf(stderr, "coder-emulator: %s; try --help\n", what);
    return EXIT_USAGE;
}

/* Blocked here, before any thread starts, so that only sigwait below gets them. */
static void block_signals(sigset_t *ends)
{
    (void)sigemptyset(ends);
    (void)sigaddset(ends, SIGINT);
    (void)sigaddset(ends, SIGTERM);
    (void)pthread_sigmask(SIG_BLOCK, ends, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static int serve(const char *listen, const char *scenario_file)
{
    CLEANUP(scenario_clear) struct scenario scenario = {0};
    CLEANUP(emulator_freep) struct emulator *emulator = NULL;
    CLEANUP(emulator_server_freep) struct emulator_server *server = NULL;
    struct sockaddr_in address = {0};
    struct error err = {0};
    sigset_t ends;
    int which = 0;

    block_signals(&ends);
    if (emulator_address_parse(listen, &address, &err) < 0 || scenario_read_file(scenario_file, &scenario, &err) < 0)
        return fail(&err);
    emulator = emulator_new(&scenario, &err);
    if (!emulator)
        return fail(&err);
    server = emulator_server_new(emulator, &address, &err);
    if (!server)
        return fail(&err);
    (void)fprintf(stderr, "coder-emulator: listening on %.*s:%d\n", (int)(strrchr(listen, ':') - listen), listen,
                  emulator_server_port(server));
    (void)sigwait(&ends, &which);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const char *listen = NULL, *scenario = NULL;
    int option;

    if (argc > 1 && strcmp(argv[1], "demo") == 0)
        return demo_main(argc - 1, argv + 1);
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread yet */
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case OPTION_LISTEN: listen = optarg; break;
        case OPTION_SCENARIO: scenario = optarg; break;
        case OPTION_HELP: (void)fputs(usage, stdout); return EXIT_SUCCESS;
        case OPTION_VERSION: (void)puts("coder-emulator " VERSION); return EXIT_SUCCESS;
        default: return fail_usage("wrong option");
        }
    }
    if (optind < argc)
        return fail_usage("too many arguments");
    if (!listen || !scenario)
        return fail_usage("--listen and --scenario are needed");
    return serve(listen, scenario);
}
