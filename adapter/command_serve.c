#include <errno.h>
#include <stdlib.h>

#include "adapter/command.h"
#include "adapter/serve.h"
#include "base/log.h"

static const char usage[] = "Usage: coder-metrics-adapter serve --config FILE [--kubeconfig FILE] [--port N]\n"
                            "                                   [--log-level debug|info|warn|error] [--log-format text|json]\n"
                            "\n"
                            "Polls Coder and serves its queues as external metrics until it is stopped by SIGTERM or SIGINT.\n"
                            "\n"
                            "  --config FILE      the configuration; read again when it changes, and on SIGHUP\n"
                            "  --kubeconfig FILE  the cluster to work with, outside of a pod\n"
                            "  --port N           instead of serving.port\n"
                            "  --log-level L      debug, info (default), warn or error\n"
                            "  --log-format F     text (default) or json\n"
                            "  --help             this text\n";

static int wrong_value(const char *option, const char *value, const char *allowed)
{
    command_complain("serve: --%s %s: want %s", option, value, allowed);
    return EXIT_USAGE;
}

static int set_up_log(const char *level_text, const char *format_text)
{
    enum log_level level = LOG_INFO;
    enum log_format format = LOG_TEXT;

    if (level_text && !log_level_parse(level_text, &level))
        return wrong_value("log-level", level_text, "debug, info, warn or error");
    if (format_text && !log_format_parse(format_text, &format))
        return wrong_value("log-format", format_text, "text or json");
    log_setup(level, format);
    return -1;
}

static bool parse_port(const char *text, long *out)
{
    char *end = NULL;

    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= 0 && *out <= 65535;
}

int command_serve(int argc, char **argv)
{
    const char *config = NULL, *kubeconfig = NULL, *port = NULL, *level = NULL, *format = NULL;
    const struct command_option rows[] = {{"config", &config, NULL},
                                          {"kubeconfig", &kubeconfig, NULL},
                                          {"port", &port, NULL},
                                          {"log-level", &level, NULL},
                                          {"log-format", &format, NULL}};
    const struct command_arguments wanted = {.usage = usage, .options = rows, .n_options = ARRAY_LEN(rows)};
    struct serve_options options = {.port = -1};
    struct error err = {0};
    int first = 0, code = command_read_arguments(&wanted, argc, argv, &first);

    if (code >= 0)
        return code;
    if (!config) {
        command_complain("serve: --config FILE is missing; see coder-metrics-adapter serve --help");
        return EXIT_USAGE;
    }
    if (port && !parse_port(port, &options.port))
        return wrong_value("port", port, "a number from 0 to 65535 (0: any free one)");
    code = set_up_log(level, format);
    if (code >= 0)
        return code;
    options.config_path = config;
    options.kubeconfig = kubeconfig;
    if (serve(&options, &err) < 0) {
        command_complain("%s", err.text);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}
