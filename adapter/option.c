#include "adapter/option.h"

#include <string.h>
#include <strings.h>

/* ---- What each type is called ---- */

static const struct {
    const char *name; /* in the reference */
    const char *what; /* in messages: "want ..." */
    const char *rule; /* in the reference, where no range is given */
} types[] = {
    [OPTION_TEXT] = {"text", "text", ""},
    [OPTION_QUERY] = {"text", "text", ""},
    [OPTION_PATH] = {"path", "a path", ""},
    [OPTION_ADDRESS] = {"address", "an IPv4 or IPv6 address, or localhost", "IPv4, IPv6 or `localhost`"},
    [OPTION_URL] = {"URL", "an http or https URL without credentials, query or fragment",
                    "http or https; no credentials, query or fragment"},
    [OPTION_OBJECT_NAME] = {"name", "a Kubernetes name: small letters, digits, - and ., at most 253 characters", "Kubernetes object name"},
    [OPTION_NAMESPACE] = {"namespace", "a namespace: small letters, digits and -, at most 63 characters", "RFC 1123 label"},
    [OPTION_NAMESPACE_OR_ANY] = {"namespace", "a namespace (small letters, digits and -, at most 63 characters) or \"*\"",
                                 "RFC 1123 label, or `\"*\"`"},
    [OPTION_LABEL_VALUE] = {"label value",
                            "a label value: letters, digits, -, _ and ., at most 63 characters, a letter or digit at both ends",
                            "Kubernetes label value"},
    [OPTION_LABEL_KEY] = {"label key", "a label key, like example.com/node-group", "Kubernetes label key"},
    [OPTION_TIME_ZONE] = {"time zone", "an IANA time zone, like Europe/Stockholm", "IANA name"},
    [OPTION_INTEGER] = {"integer", "a whole number", ""},
    [OPTION_DURATION] = {"duration", "a duration (like 1m30s)", ""},
    [OPTION_SIZE] = {"size", "a size (like 16Ki)", ""},
    [OPTION_TIMESTAMP] = {"timestamp", "an RFC 3339 time, like 2026-11-25T09:00:00Z", "RFC 3339"},
    [OPTION_REAL] = {"number", "a number", ""},
    [OPTION_BOOLEAN] = {"boolean", "true or false", "`true`, `false`"},
    [OPTION_CHOICE] = {"choice", "", ""},
    [OPTION_TEXTS] = {"list", "a list", ""},
    [OPTION_HEADERS] = {"map", "a map of header names to texts", "HTTP header names; no credentials"},
    [OPTION_QUERIES] = {"map", "a map of names to texts", ""},
    [OPTION_TAGS] = {"map", "a map of tag keys to texts", ""},
    [OPTION_SECTION] = {"section", "a map of keys", ""},
    [OPTION_SECTIONS] = {"list", "a list of maps", ""},
};

bool option_is_text(enum option_type type)
{
    return type <= OPTION_TIME_ZONE;
}

bool option_is_scalar(enum option_type type)
{
    return type <= OPTION_CHOICE;
}

const char *option_type_name(enum option_type type)
{
    return types[type].name;
}

static void describe_choices(const struct option *option, const char *separator, const char *quote, struct buffer *out)
{
    for (size_t i = 0; option->choices[i]; i++) {
        const char *before = option->choices[i + 1] ? ", " : separator;

        (void)buffer_printf(out, "%s%s%s%s", i > 0 ? before : "", quote, option->choices[i], quote);
    }
}

void option_describe(const struct option *option, struct buffer *out)
{
    if (option->type == OPTION_CHOICE)
        describe_choices(option, " or ", "", out);
    else if (option->type == OPTION_TEXTS)
        (void)buffer_printf(out, "a list, of %s", types[option->element].what);
    else
        (void)buffer_add_text(out, types[option->type].what);
    if (option->least && option->most)
        (void)buffer_printf(out, " from %s to %s", option->least, option->most);
    else if (option->most)
        (void)buffer_printf(out, ", at most %s", option->most);
    if (option->why)
        (void)buffer_printf(out, " (%s)", option->why);
}

void option_describe_range(const struct option *option, struct buffer *out)
{
    if (option->type == OPTION_CHOICE)
        describe_choices(option, ", ", "`", out);
    else if (option->least && option->most)
        (void)buffer_printf(out, "%s to %s", option->least, option->most);
    else
        (void)buffer_add_text(out, types[option->type == OPTION_TEXTS ? option->element : option->type].rule);
    if (!option->least && option->most)
        (void)buffer_printf(out, "%sat most %s", out->len > 0 ? "; " : "", option->most);
}

/* ---- Finding rows ---- */

const struct option *option_find(const struct option_table *table, const char *key)
{
    for (size_t i = 0; i < table->len; i++)
        if (strcmp(table->rows[i].key, key) == 0)
            return &table->rows[i];
    return NULL;
}

enum { KEY_MAX = 40 }; /* longer keys are near to none of ours */

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* Levenshtein's distance, small and capital letters alike; row by row. */
static size_t distance(const char *a, const char *b)
{
    size_t row[KEY_MAX + 1], len = strlen(b);

    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            size_t above = row[j + 1];

            row[j + 1] = least_of(diagonal + (strncasecmp(&a[i], &b[j], 1) != 0), row[j] + 1, above + 1);
            diagonal = above;
        }
    }
    return row[len];
}

const char *option_nearest_key(const struct option_table *table, const char *key)
{
    const char *nearest = NULL;
    size_t best = strlen(key) / 3 + 1; /* one slip in a short key, more in a long one */

    if (strlen(key) > KEY_MAX)
        return NULL;
    for (size_t i = 0; i < table->len; i++) {
        size_t far = distance(table->rows[i].key, key);

        if (far < best || (far == best && !nearest)) {
            nearest = table->rows[i].key;
            best = far;
        }
    }
    return nearest;
}
