/* selector.c - label selectors: parse, print, parse is the same; what matches agrees with a slow reading of the printed text. */
#include "apiservice/selector.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test/fuzz/fuzz.h"

enum { TEXT_MAX = 64 * 1024, LABELS_MAX = SELECTOR_REQUIREMENTS_MAX };

static bool slices_equal(struct text_slice a, struct text_slice b)
{
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static void law_same(const struct selector *a, const struct selector *b)
{
    LAW(a->n_requirements == b->n_requirements && a->n_values == b->n_values);
    for (size_t i = 0; i < a->n_requirements; i++) {
        const struct selector_requirement *one = &a->requirements[i], *two = &b->requirements[i];

        LAW(slices_equal(one->key, two->key));
        LAW(one->op == two->op && one->n_values == two->n_values && one->bound == two->bound);
        for (size_t j = 0; j < one->n_values; j++)
            LAW(slices_equal(a->values[one->first_value + j], b->values[two->first_value + j]));
    }
}

static void law_canonical(const struct selector *selector)
{
    LAW(selector->n_requirements <= SELECTOR_REQUIREMENTS_MAX && selector->n_values <= SELECTOR_VALUES_MAX);
    for (size_t i = 0; i < selector->n_requirements; i++) {
        const struct selector_requirement *requirement = &selector->requirements[i];
        const struct text_slice *values = &selector->values[requirement->first_value];

        LAW(requirement->first_value + requirement->n_values <= selector->n_values);
        for (size_t j = 1; j < requirement->n_values; j++) { /* sorted and unique */
            size_t shorter = values[j].len < values[j - 1].len ? values[j].len : values[j - 1].len;
            int order = memcmp(values[j - 1].at, values[j].at, shorter);

            LAW(order < 0 || (order == 0 && values[j - 1].len < values[j].len));
        }
    }
}

/* --- The slow reading --- */

static const char *value_of(const char *key, const struct metric_label *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(labels[i].name, key) == 0)
            return labels[i].value;
    return NULL;
}

/* Is the value one of "a,b,c"? */
static bool is_in_list(const char *list, const char *value)
{
    char *wrapped = NULL, *wanted = NULL;
    bool found;

    LAW(asprintf(&wrapped, ",%s,", list) >= 0);
    LAW(asprintf(&wanted, ",%s,", value) >= 0);
    found = strstr(wrapped, wanted) && !strchr(value, ',');
    free(wrapped);
    free(wanted);
    return found;
}

/* A sign perhaps, digits, and within 64 bits. */
static bool read_integer(const char *text, long long *out)
{
    const char *digits = text + (text[0] == '-' || text[0] == '+');

    errno = 0;
    *out = strtoll(text, NULL, 10);
    return *digits && strspn(digits, "0123456789") == strlen(digits) && errno == 0;
}

static bool compares(const char *bound, const char *value, char op)
{
    long long a, b;

    LAW(read_integer(bound, &b));
    return value && read_integer(value, &a) && (op == '>' ? a > b : a < b);
}

/* One printed requirement; changes the text. */
static bool is_fulfilled(char *text, const struct metric_label *labels, size_t n)
{
    char *list = strstr(text, " in ("), *no_list = strstr(text, " notin ("), *op;
    const char *value;
    char which;

    if (text[0] == '!')
        return !value_of(text + 1, labels, n);
    if (list || no_list) {
        op = list ? list : no_list;
        text[strlen(text) - 1] = '\0'; /* the ")" */
        *op = '\0';
        value = value_of(text, labels, n);
        return list ? value && is_in_list(op + strlen(" in ("), value) : !value || !is_in_list(op + strlen(" notin ("), value);
    }
    op = strpbrk(text, "=!<>");
    if (!op)
        return value_of(text, labels, n) != NULL;
    if (*op == '!') {
        *op = '\0';
        value = value_of(text, labels, n);
        return !value || strcmp(value, op + 2) != 0;
    }
    if (*op == '=') {
        *op = '\0';
        value = value_of(text, labels, n);
        return value && strcmp(value, op + 1) == 0;
    }
    which = *op;
    *op = '\0';
    return compares(op + 1, value_of(text, labels, n), which);
}

/* Behind the requirement at text: its comma, or the end. A comma in parentheses is part of it. */
static char *end_of_requirement(char *text)
{
    size_t open = 0;

    for (; *text && (*text != ',' || open > 0); text++)
        open += (*text == '(') - (size_t)(*text == ')');
    return text;
}

static bool matches_slowly(const char *printed, const struct metric_label *labels, size_t n)
{
    char *copy = strdup(printed), *at = copy;
    bool all = true;

    LAW(copy);
    while (*at) {
        char *end = end_of_requirement(at);
        bool last = *end == '\0';

        *end = '\0';
        all = is_fulfilled(at, labels, n) && all;
        at = last ? end : end + 1;
    }
    free(copy);
    return all;
}

/* --- Labels to match --- */

static const struct metric_label plain[] = {
    {"queue", "red"}, {"job_type", "workspace_build"}, {"size", "12"}, {"in", "notin"}, {"empty", ""}};

struct labels {
    struct metric_label items[LABELS_MAX];
    char *texts[LABELS_MAX][2]; /* their names and values */
    size_t n;
};

static void labels_clear(struct labels *labels)
{
    for (size_t i = 0; i < labels->n; i++) {
        free(labels->texts[i][0]);
        free(labels->texts[i][1]);
    }
}

static void add_label(struct labels *labels, struct text_slice name, struct text_slice value)
{
    char **texts = labels->texts[labels->n];

    texts[0] = strndup(name.at, name.len);
    texts[1] = strndup(value.at, value.len);
    LAW(texts[0] && texts[1]);
    labels->items[labels->n++] = (struct metric_label){texts[0], texts[1]};
}

/* A label for each requirement, with its first, its last or no value: labels that the selector is about. */
static void labels_about(const struct selector *selector, unsigned choice, struct labels *out)
{
    out->n = 0;
    for (size_t i = 0; i < selector->n_requirements; i++) {
        const struct selector_requirement *requirement = &selector->requirements[i];
        const struct text_slice *values = &selector->values[requirement->first_value];
        struct text_slice value = {"7", 1};

        if ((choice + i) % 4 == 3)
            continue;
        if (requirement->n_values > 0)
            value = values[(choice + i) % 2 ? requirement->n_values - 1 : 0];
        add_label(out, requirement->key, value);
    }
}

static void law_matches(const struct selector *selector, const char *printed)
{
    struct labels labels;

    LAW(selector_matches(selector, plain, ARRAY_LEN(plain)) == matches_slowly(printed, plain, ARRAY_LEN(plain)));
    LAW(selector_matches(selector, NULL, 0) == matches_slowly(printed, NULL, 0));
    for (unsigned choice = 0; choice < 4; choice++) {
        labels_about(selector, choice, &labels);
        LAW(selector_matches(selector, labels.items, labels.n) == matches_slowly(printed, labels.items, labels.n));
        labels_clear(&labels);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buffer_clear) struct buffer first = BUFFER_INIT(TEXT_MAX), second = BUFFER_INIT(TEXT_MAX);
    struct selector once, twice;
    struct error err = {0};
    char *text = text_of(data, size);

    if (selector_parse(text, &once, &err) < 0) {
        LAW(err.code == ERROR_INVALID);
        law_error_is_told(&err);
    } else {
        law_canonical(&once);
        selector_print(&once, &first);
        LAW(selector_parse(buffer_text(&first), &twice, &err) == 0);
        law_same(&once, &twice);
        selector_print(&twice, &second);
        LAW(strcmp(buffer_text(&first), buffer_text(&second)) == 0);
        law_matches(&once, buffer_text(&first));
    }
    free(text);
    return 0;
}
