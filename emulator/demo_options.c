#include "emulator/demo_options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "emulator/demo_workshop.h"

enum { EXIT_USAGE = 2, OPTION_ADAPTER = 1, OPTION_FOREVER, OPTION_SPEED, OPTION_USERS, OPTION_SECONDS, OPTION_HELP };

static const double most_speed = 20, default_speed = 10;
enum { DEFAULT_USERS = 20, MOST_SECONDS = 24 * 3600 };

static const char usage[] =
    "Usage: coder-emulator demo [options]\n"
    "\n"
    "A workshop: people start a workspace at once against 6 provisioners. The emulator plays Coder, the adapter polls it and\n"
    "serves its metrics over HTTPS, and a stock HPA, simulated, reads them and scales the provisioners between 6 and 15.\n"
    "\n"
    "  --adapter PATH   the adapter; default: coder-metrics-adapter beside this program\n"
    "  --users N        how many people (1 to 500; default 20)\n"
    "  --speed N        emulated seconds per real second (1 to 20; default 10): the adapter polls once a real second\n"
    "  --seconds N      end after N real seconds, however far it is\n"
    "  --forever        go on with one workshop after the other until Ctrl-C\n"
    "  --help           this text\n";

static const struct option options[] = {
    {"adapter", required_argument, NULL, OPTION_ADAPTER},
    {"forever", no_argument, NULL, OPTION_FOREVER},
    {"speed", required_argument, NULL, OPTION_SPEED},
    {"users", required_argument, NULL, OPTION_USERS},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

static bool read_number(const char *text, double least, double most, double *out)
{
    char *end = NULL;
    double value;

    errno = 0;
    value = strtod(text, &end);
    if (end == text || *end != '\0' || errno != 0 || !(value >= least && value <= most))
        return false;
    *out = value;
    return true;
}

static bool read_whole(const char *text, int64_t most, int64_t *out)
{
    double value = 0;

    if (!read_number(text, 1, (double)most, &value) || value != floor(value))
        return false;
    *out = (int64_t)value;
    return true;
}

/* False: optarg is no value for this option. */
static bool take(int option, struct demo_options *out)
{
    switch (option) {
    case OPTION_ADAPTER: out->adapter = optarg; return *optarg != '\0';
    case OPTION_FOREVER: out->forever = true; return true;
    case OPTION_SPEED: return read_number(optarg, 1, most_speed, &out->speed);
    case OPTION_USERS: return read_whole(optarg, DEMO_USERS_MAX, &out->users);
    case OPTION_SECONDS: return read_whole(optarg, MOST_SECONDS, &out->seconds);
    default: return false;
    }
}

int demo_options_parse(int argc, char **argv, struct demo_options *out, int *status)
{
    struct demo_options parsed = {.speed = default_speed, .users = DEFAULT_USERS};
    int option, index = 0;

    *status = EXIT_USAGE;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread yet */
    while ((option = getopt_long(argc, argv, "", options, &index)) != -1) {
        if (option == OPTION_HELP) {
            (void)fputs(usage, stdout);
            *status = EXIT_SUCCESS;
            return -1;
        }
        if (option == '?' || !take(option, &parsed)) {
            (void)fprintf(stderr, "coder-emulator: demo: %s%s; try demo --help\n", option == '?' ? "wrong option" : "bad value for --",
                          option == '?' ? "" : options[index].name);
            return -1;
        }
    }
    if (optind < argc) {
        (void)fprintf(stderr, "coder-emulator: demo: too many arguments; try demo --help\n");
        return -1;
    }
    *out = parsed;
    return 0;
}
