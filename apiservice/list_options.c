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

static bool is_integer_of_any_size(const char *value)
{
    size_t sign = value[0] == '+' || value[0] == '-' ? 1 : 0, digits = strspn(value + sign, "0123456789");

    return digits > 0 && value[sign + digits] == '\0';
}

static bool check_integer(const char *value, struct response *response)
{
    bool syntax = is_integer_of_any_size(value);
    int64_t ignored;

    if (label_integer(value, strlen(value), &ignored))
        return true;
    return refuse("strconv.ParseInt: parsing \"", value, syntax ? "\": value out of range" : "\": invalid syntax", response);
}

static bool check_timeout(const char *value, struct response *response)
{
    int64_t ignored;

    if (duration_parse(value, &ignored))
        return true;
    return refuse("invalid timeout specified in the request URL - time: invalid duration \"", value, "\"", response);
}

static bool check_field_selector(const char *value, struct response *response)
{
    if (value[0] == '\0')
        return true;
    return refuse("fieldSelector '", value, "' is not supported: external metrics are selected by labelSelector", response);
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

/* Which version is wanted does not matter, since there is one; that the word is one does. */
static bool check_version_match(const char *value, struct response *response)
{
    static const char field[] = "resourceVersionMatch";
    CLEANUP(buffer_clear) struct buffer cause = BUFFER_INIT(1024);
    CLEANUP(buffer_clear) struct buffer message = BUFFER_INIT(1024);

    if (value[0] == '\0' || strcmp(value, "Exact") == 0 || strcmp(value, "NotOlderThan") == 0)
        return true;
    (void)buffer_add_text(&cause, "Unsupported value: \"");
    escape_controls(&cause, value, strnlen(value, SHOWN_MAX));
    (void)buffer_add_text(&cause, "\": supported values: \"Exact\", \"NotOlderThan\", \"\"");
    (void)buffer_printf(&message, "ListOptions.meta.k8s.io \"\" is invalid: %s: %s", field, buffer_text(&cause));
    status_respond(&(struct status){.code = 422,
                                    .message = buffer_text(&message),
                                    .details = STATUS_DETAILS_KIND,
                                    .group = "meta.k8s.io",
                                    .kind = "ListOptions",
                                    .cause = buffer_text(&cause),
                                    .cause_reason = "FieldValueNotSupported",
                                    .cause_field = field},
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
    {"resourceVersionMatch", check_version_match},
};

/* The first value of a parameter counts, as Go reads them. */
bool list_options_accepted(const struct target *target, struct response *response)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        const char *value = target_parameter(target, rules[i].name);

        if (value && !rules[i].check(value, response))
            return false;
    }
    return true;
}
