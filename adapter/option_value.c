#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "adapter/option.h"
#include "adapter/option_text.h"
#include "base/duration.h"
#include "base/timestamp.h"

enum { DESCRIPTION_MAX = 320, TEXT_MAX = 4096, SHOWN_MAX = 40 };

/* ---- Reading, type by type: false when the text is no such value ---- */

static bool read_digits(const char **text, size_t most, int64_t *out)
{
    size_t len = strspn(*text, "0123456789");
    int64_t value = 0;

    /* 010 is eight for YAML 1.1 and ten for YAML 1.2. */
    if (len == 0 || len > most || (len > 1 && (*text)[0] == '0'))
        return false;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + ((*text)[i] - '0');
    *text += len;
    *out = value;
    return true;
}

static bool read_integer(const char *text, struct option_value *out)
{
    bool negative = *text == '-';

    text += negative;
    if (!read_digits(&text, 18, &out->whole) || *text != '\0')
        return false;
    if (negative)
        out->whole = -out->whole;
    return true;
}

static bool read_real(const char *text, struct option_value *out)
{
    bool negative = *text == '-';
    int64_t whole = 0;
    double tenths = 1, fraction = 0;

    text += negative;
    if (!read_digits(&text, 15, &whole))
        return false;
    if (*text == '.') {
        size_t len = strspn(++text, "0123456789");

        if (len == 0 || len > 15)
            return false;
        for (; *text >= '0' && *text <= '9'; text++) {
            fraction = fraction * 10 + (*text - '0');
            tenths *= 10;
        }
    }
    /* One division of two whole numbers: 0.95 is the double that a compiler makes of 0.95. */
    out->real = ((double)whole * tenths + fraction) / tenths;
    if (negative)
        out->real = -out->real;
    return *text == '\0';
}

static bool read_size(const char *text, struct option_value *out)
{
    static const struct {
        const char *name;
        int64_t bytes;
    } units[] = {{"", 1}, {"k", 1000}, {"Ki", 1024}, {"M", 1000000}, {"Mi", 1048576}, {"G", 1000000000}, {"Gi", 1073741824}};
    int64_t count = 0;

    if (!read_digits(&text, 9, &count))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (strcmp(text, units[i].name) == 0) {
            out->whole = count * units[i].bytes;
            return true;
        }
    }
    return false;
}

static bool read_duration(const char *text, struct option_value *out)
{
    return duration_parse(text, &out->whole);
}

static bool read_timestamp(const char *text, struct option_value *out)
{
    return timestamp_parse(text, &out->whole);
}

static bool read_boolean(const char *text, struct option_value *out)
{
    out->whole = strcmp(text, "true") == 0;
    return out->whole || strcmp(text, "false") == 0;
}

static bool read_text(const char *text, struct option_value *out)
{
    *out = (struct option_value){.text = text, .len = strlen(text)};
    return out->len <= TEXT_MAX;
}

static bool read_address(const char *text, struct option_value *out)
{
    /* The name is resolved here, so that nobody else has to. */
    return text_is_address(text) && read_text(strcmp(text, "localhost") == 0 ? "127.0.0.1" : text, out);
}

static bool read_url(const char *text, struct option_value *out)
{
    if (text_url_problem(text) || !read_text(text, out))
        return false;
    while (out->text[out->len - 1] == '/')
        out->len--;
    return true;
}

static bool read_namespace(const char *text, struct option_value *out)
{
    return text_is_namespace(text) && read_text(text, out);
}

static bool read_namespace_or_any(const char *text, struct option_value *out)
{
    return text_is_namespace_or_any(text) && read_text(text, out);
}

static bool read_object_name(const char *text, struct option_value *out)
{
    return text_is_object_name(text) && read_text(text, out);
}

static bool read_label_value(const char *text, struct option_value *out)
{
    return text_is_label_value(text) && read_text(text, out);
}

static bool read_label_key(const char *text, struct option_value *out)
{
    return text_is_label_key(text) && read_text(text, out);
}

static bool read_time_zone(const char *text, struct option_value *out)
{
    return text_is_time_zone(text) && read_text(text, out);
}

static bool read_choice(const struct option *option, const char *text, struct option_value *out)
{
    for (size_t i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], text) == 0) {
            out->whole = (int64_t)i;
            return true;
        }
    }
    return false;
}

typedef bool value_reader(const char *text, struct option_value *out);

static value_reader *const readers[] = {
    [OPTION_TEXT] = read_text,
    [OPTION_QUERY] = read_text,
    [OPTION_PATH] = read_text,
    [OPTION_ADDRESS] = read_address,
    [OPTION_URL] = read_url,
    [OPTION_OBJECT_NAME] = read_object_name,
    [OPTION_NAMESPACE] = read_namespace,
    [OPTION_NAMESPACE_OR_ANY] = read_namespace_or_any,
    [OPTION_LABEL_VALUE] = read_label_value,
    [OPTION_LABEL_KEY] = read_label_key,
    [OPTION_TIME_ZONE] = read_time_zone,
    [OPTION_INTEGER] = read_integer,
    [OPTION_DURATION] = read_duration,
    [OPTION_SIZE] = read_size,
    [OPTION_TIMESTAMP] = read_timestamp,
    [OPTION_REAL] = read_real,
    [OPTION_BOOLEAN] = read_boolean,
};

static bool read_any(const struct option *option, const char *text, struct option_value *out)
{
    struct option_value value = {0};
    bool is_empty_fallback = option->fallback && option->fallback[0] == '\0';

    if (text[0] == '\0') {
        *out = (struct option_value){.text = ""};
        return option_is_text(option->type) && (is_empty_fallback || option->may_be_empty);
    }
    if (!(option->type == OPTION_CHOICE ? read_choice(option, text, &value) : readers[option->type](text, &value)))
        return false;
    *out = value;
    return true;
}

/* The bounds are in the table in the form of the value, so they are read by the same reader. */
static bool is_in_range(const struct option *option, const struct option_value *value)
{
    struct option_value least = {0}, most = {0};

    if (!option->least || !option->most || !read_any(option, option->least, &least) || !read_any(option, option->most, &most))
        return true;
    if (option->type == OPTION_REAL)
        return value->real >= least.real && value->real <= most.real;
    return value->whole >= least.whole && value->whole <= most.whole;
}

/* ---- What is wrong ---- */

struct refusal {
    const struct option *option;
    const struct tree_node *scalar;
    struct error *err;
};

/* "70000 is out of range; want a whole number from 0 to 65535"; with quotes where the file has them. */
static int refuse(const struct refusal *refusal, const char *problem)
{
    CLEANUP(buffer_clear) struct buffer want = BUFFER_INIT(DESCRIPTION_MAX);
    const char *text = refusal->scalar->text, *quote = refusal->scalar->quoted ? "\"" : "";
    const char *dots = strlen(text) > SHOWN_MAX ? "..." : "";

    option_describe(refusal->option, &want);
    /* A wrong URL is not shown: it may hold a password. */
    if (refusal->option->type == OPTION_URL && text[0] != '\0')
        return error_set(refusal->err, ERROR_INVALID, "%s; want %s", problem, buffer_text(&want));
    return error_set(refusal->err, ERROR_INVALID, "%s%.*s%s%s %s; want %s", quote, SHOWN_MAX, text, dots, quote, problem,
                     buffer_text(&want));
}

static int refuse_null(const struct option *option, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer want = BUFFER_INIT(DESCRIPTION_MAX);

    option_describe(option, &want);
    if (!option->fallback)
        return error_set(err, ERROR_INVALID, "no value; want %s", buffer_text(&want));
    return error_set(err, ERROR_INVALID, "no value; want %s, or leave the key out for its default", buffer_text(&want));
}

static const char *problem_of(const struct option *option, const char *text)
{
    if (text[0] == '\0')
        return "is empty";
    if (option->type == OPTION_BOOLEAN && text_other_reading(text))
        return "is no boolean here";
    if (option->type == OPTION_URL && text_url_problem(text))
        return text_url_problem(text);
    if (option->type == OPTION_TIME_ZONE)
        return "is no time zone that this system knows";
    return strlen(text) > TEXT_MAX ? "is too long" : "is wrong";
}

static bool has_controls(const struct option *option, const struct tree_node *scalar)
{
    for (size_t i = 0; i < scalar->len; i++) {
        unsigned char c = (unsigned char)scalar->text[i];
        bool is_layout = option->type == OPTION_QUERY && (c == '\n' || c == '\t');

        if ((c < 0x20 && !is_layout) || c == 0x7f)
            return true;
    }
    return false;
}

/* Numbers and booleans in quotes are texts, in every reader of YAML. */
static bool is_wanted_bare(enum option_type type)
{
    return type == OPTION_INTEGER || type == OPTION_REAL || type == OPTION_BOOLEAN;
}

static int check_quotes(const struct option *option, const struct tree_node *scalar, const struct refusal *refusal)
{
    struct option_value value;
    char problem[96];
    const char *other = text_other_reading(scalar->text);

    if (scalar->quoted) {
        if (is_wanted_bare(option->type) && read_any(option, scalar->text, &value))
            return refuse(refusal, "in quotes is text; drop the quotes");
        return 0;
    }
    if (!option_is_text(option->type) || !other)
        return 0;
    (void)snprintf(problem, sizeof(problem), "without quotes is %s; put quotes around it if it is meant", other);
    return refuse(refusal, option->type == OPTION_URL ? "this is no URL" : problem);
}

int option_read_value(const struct option *option, const struct tree_node *scalar, struct option_value *out, struct error *err)
{
    struct refusal refusal = {option, scalar, err};
    struct option_value value = {0};

    if (tree_is_null(scalar))
        return refuse_null(option, err);
    if (has_controls(option, scalar))
        return refuse(&refusal, "holds control characters");
    if (check_quotes(option, scalar, &refusal) < 0)
        return -1;
    if (!read_any(option, scalar->text, &value))
        return refuse(&refusal, problem_of(option, scalar->text));
    if (!is_in_range(option, &value))
        return refuse(&refusal, "is out of range");
    *out = value;
    return 0;
}

int option_read_fallback(const struct option *option, struct option_value *out, struct error *err)
{
    struct tree_node scalar = {.kind = TREE_SCALAR, .quoted = option_is_text(option->type), .text = option->fallback};

    scalar.len = strlen(scalar.text);
    return option_read_value(option, &scalar, out, err);
}
