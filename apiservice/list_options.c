#include "apiservice/list_options.h"

#include <string.h>
#include <strings.h>

#include "apiservice/discovery.h"
#include "apiservice/label_syntax.h"
#include "apiservice/status.h"
#include "base/duration.h"
#include "base/escape.h"

enum { SHOWN_MAX = 64 };

/* text: "... %s ..." in two parts, around the value as it was sent, cut. */
static bool refuse(const char *before, const char *value, const char *after, struct response *response)
{
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(1024);

    (void)buffer_add_text(&message, before);
    escape_controls(&message, value, strnlen(value, SHOWN_MAX));
    (void)buffer_add_text(&message, after);
    status_respond_text(400, buffer_text(&message), response);
    return false;
}

static bool check_integer(const char *value, struct response *response)
{
    int64_t ignored;

    return label_integer(value, strlen(value), &ignored) || refuse("strconv.ParseInt: parsing \"", value, "\": invalid syntax", response);
}

static bool check_timeout(const char *value, struct response *response)
{
    int64_t ignored;

    return duration_parse(value, &ignored) ||
           refuse("invalid timeout specified in the request URL - time: invalid duration \"", value, "\"", response);
}

static bool check_field_selector(const char *value, struct response *response)
{
    return value[0] == '\0' ||
           refuse("fieldSelector '", value, "' is not supported: external metrics are selected by labelSelector", response);
}

/* Go's rule for booleans in a query: there is true, unless it says false or 0. */
static bool check_watch(const char *value, struct response *response)
{
    if (strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0)
        return true;
    status_respond(&(struct status){.code = 405,
                                    .message = "watch is not supported on resources of kind \"*." API_GROUP "\"",
                                    .details = STATUS_DETAILS_KIND,
                                    .group = API_GROUP,
                                    .kind = "*"},
                   response);
    return false;
}

static const struct {
    const char *name;
    bool (*check)(const char *value, struct response *response);
} rules[] = {
    {"watch", check_watch},
    {"limit", check_integer},
    {"timeoutSeconds", check_integer},
    {"timeout", check_timeout},
    {"fieldSelector", check_field_selector},
};

bool list_options_accepted(const struct target *target, struct response *response)
{
    for (size_t i = 0; i < target->n_parameters; i++)
        for (size_t j = 0; j < ARRAY_LEN(rules); j++)
            if (strcmp(target->parameters[i].name, rules[j].name) == 0 && !rules[j].check(target->parameters[i].value, response))
                return false;
    return true;
}
