#include "apiservice/selector.h"

#include <stdlib.h>
#include <string.h>

#include "apiservice/label_syntax.h"

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_SYMBOL };

struct token {
    enum token_kind kind;
    struct text_slice text; /* empty at the end */
};

struct parser {
    struct token next;     /* looked at, not yet taken */
    const char *read;      /* behind next */
    struct selector *into; /* what the requirements go to */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_symbol(char c)
{
    return c != '\0' && strchr("=!(),><", c) != NULL;
}

bool text_slice_is(struct text_slice slice, const char *text)
{
    return strncmp(text, slice.at, slice.len) == 0 && text[slice.len] == '\0';
}

static void scan(struct parser *parser)
{
    const char *at = parser->read;
    size_t len = 0;

    while (is_blank(*at))
        at++;
    if (*at == '\0') {
        parser->next = (struct token){TOKEN_END, {at, 0}};
    } else if (is_symbol(*at)) {
        len = at[1] == '=' && (*at == '=' || *at == '!') ? 2 : 1;
        parser->next = (struct token){TOKEN_SYMBOL, {at, len}};
    } else {
        while (at[len] != '\0' && !is_blank(at[len]) && !is_symbol(at[len]))
            len++;
        parser->next = (struct token){TOKEN_WORD, {at, len}};
    }
    parser->read = at + len;
}

static struct token take(struct parser *parser)
{
    struct token token = parser->next;

    scan(parser);
    return token;
}

static bool next_is(const struct parser *parser, const char *symbol)
{
    return parser->next.kind == TOKEN_SYMBOL && text_slice_is(parser->next.text, symbol);
}

/* What ends a requirement. */
static bool next_ends(const struct parser *parser)
{
    return parser->next.kind == TOKEN_END || next_is(parser, ",");
}

static int unexpected(struct token token, const char *expected, struct error *err)
{
    return error_set(err, ERROR_INVALID, "found '%.*s'%s", (int)(token.text.len < 64 ? token.text.len : 64), token.text.at, expected);
}

/* Keeps the values of the last requirement sorted and unique. */
static int add_value(struct parser *parser, struct selector_requirement *requirement, struct text_slice value, struct error *err)
{
    struct selector *selector = parser->into;
    struct text_slice *values = selector->values + requirement->first_value;
    size_t at = 0;
    int order = 1;

    for (; at < requirement->n_values; at++) {
        size_t shorter = values[at].len < value.len ? values[at].len : value.len;

        order = memcmp(value.at, values[at].at, shorter);
        if (order == 0)
            order = (value.len > values[at].len) - (value.len < values[at].len);
        if (order <= 0)
            break;
    }
    if (order == 0)
        return 0;
    if (selector->n_values == SELECTOR_VALUES_MAX)
        return error_set(err, ERROR_INVALID, "the selector has more than %d values", SELECTOR_VALUES_MAX);
    memmove(values + at + 1, values + at, (requirement->n_values - at) * sizeof(*values));
    values[at] = value;
    requirement->n_values++;
    selector->n_values++;
    return 0;
}

static struct text_slice empty_value(const struct parser *parser)
{
    return (struct text_slice){parser->next.text.at, 0};
}

/* A value or a comma of a list. Two commas, a comma at the begin or the end mean an empty value. */
static int parse_list_token(struct parser *parser, struct selector_requirement *requirement, bool *value_before, struct error *err)
{
    if (parser->next.kind == TOKEN_WORD && !*value_before) {
        *value_before = true;
        return add_value(parser, requirement, parser->next.text, err);
    }
    if (next_is(parser, ",")) {
        bool value_is_missing = !*value_before;

        *value_before = false;
        return value_is_missing ? add_value(parser, requirement, empty_value(parser), err) : 0;
    }
    return unexpected(parser->next, *value_before ? ", expected: ',' or ')'" : ", expected: ',', or identifier", err);
}

/* "(" was taken. */
static int parse_value_list(struct parser *parser, struct selector_requirement *requirement, struct error *err)
{
    bool value_before = false;

    while (!next_is(parser, ")")) {
        if (parse_list_token(parser, requirement, &value_before, err) < 0)
            return -1;
        scan(parser);
    }
    return value_before ? 0 : add_value(parser, requirement, empty_value(parser), err);
}

static int parse_values(struct parser *parser, struct selector_requirement *requirement, struct error *err)
{
    struct token token = take(parser);

    if (token.kind != TOKEN_SYMBOL || !text_slice_is(token.text, "("))
        return unexpected(token, " expected: '('", err);
    if (parser->next.kind != TOKEN_WORD && !next_is(parser, ",") && !next_is(parser, ")"))
        return unexpected(parser->next, ", expected: ',', ')' or identifier", err);
    if (parse_value_list(parser, requirement, err) < 0)
        return -1;
    scan(parser); /* the ")" */
    return 0;
}

static int parse_exact_value(struct parser *parser, struct selector_requirement *requirement, struct error *err)
{
    struct token token;

    if (next_ends(parser))
        return add_value(parser, requirement, empty_value(parser), err);
    token = take(parser);
    if (token.kind != TOKEN_WORD)
        return unexpected(token, ", expected: identifier", err);
    return add_value(parser, requirement, token.text, err);
}

static const struct {
    const char *word;
    enum selector_operator op;
    bool list; /* "(" values ")" follow, else one value */
} operators[] = {
    {"in", SELECTOR_IN, true},      {"notin", SELECTOR_NOT_IN, true}, {"=", SELECTOR_IN, false},   {"==", SELECTOR_IN, false},
    {"!=", SELECTOR_NOT_IN, false}, {">", SELECTOR_GREATER, false},   {"<", SELECTOR_LESS, false},
};

static int parse_operator_and_values(struct parser *parser, struct selector_requirement *requirement, struct error *err)
{
    struct token token = take(parser);

    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        if (token.kind == TOKEN_END || !text_slice_is(token.text, operators[i].word))
            continue;
        requirement->op = operators[i].op;
        return operators[i].list ? parse_values(parser, requirement, err) : parse_exact_value(parser, requirement, err);
    }
    return unexpected(token, ", expected: in, notin, =, ==, !=, gt, lt", err);
}

static int check_values(const struct selector *selector, struct selector_requirement *requirement, struct error *err)
{
    const struct text_slice *values = selector->values + requirement->first_value;
    bool compares = requirement->op == SELECTOR_GREATER || requirement->op == SELECTOR_LESS;

    if (compares && !label_integer(values[0].at, values[0].len, &requirement->bound))
        return error_set(err, ERROR_INVALID, "values[0]: Invalid value: \"%.*s\": for 'Gt', 'Lt' operators, the value must be an integer",
                         (int)(values[0].len < 64 ? values[0].len : 64), values[0].at);
    for (size_t i = 0; i < requirement->n_values; i++) {
        if (label_value_check(values[i].at, values[i].len, err) < 0)
            return error_wrap(err, "values[%zu][%.*s]", i, (int)requirement->key.len, requirement->key.at);
    }
    return 0;
}

static int parse_requirement(struct parser *parser, struct selector_requirement *requirement, struct error *err)
{
    bool negated = next_is(parser, "!");
    struct token token;

    if (negated)
        scan(parser);
    token = take(parser);
    if (token.kind != TOKEN_WORD)
        return unexpected(token, ", expected: identifier", err);
    requirement->key = token.text;
    requirement->first_value = parser->into->n_values;
    if (label_key_check(token.text.at, token.text.len, err) < 0)
        return error_wrap(err, "<nil>");
    if (negated || next_ends(parser)) {
        requirement->op = negated ? SELECTOR_NOT_EXISTS : SELECTOR_EXISTS;
        return 0;
    }
    if (parse_operator_and_values(parser, requirement, err) < 0)
        return -1;
    return check_values(parser->into, requirement, err);
}

static int compare_requirements(const void *left, const void *right)
{
    const struct selector_requirement *a = left, *b = right;
    size_t shorter = a->key.len < b->key.len ? a->key.len : b->key.len;
    int order = memcmp(a->key.at, b->key.at, shorter);

    if (order == 0)
        order = (a->key.len > b->key.len) - (a->key.len < b->key.len);
    if (order == 0) /* keep the order of the text, so that the canonical form is one */
        order = (a->key.at > b->key.at) - (a->key.at < b->key.at);
    return order;
}

/* Behind a requirement: 1 when another follows, 0 at the end. */
static int parse_separator(struct parser *parser, struct error *err)
{
    struct token token = take(parser);

    if (token.kind == TOKEN_END)
        return 0;
    if (token.kind != TOKEN_SYMBOL || !text_slice_is(token.text, ","))
        return unexpected(token, ", expected: ',' or 'end of string'", err);
    if (parser->next.kind != TOKEN_WORD && !next_is(parser, "!"))
        return unexpected(parser->next, ", expected: identifier after ','", err);
    return 1;
}

static int parse_requirements(struct parser *parser, struct error *err)
{
    struct selector *selector = parser->into;
    int more = 1;

    while (more > 0) {
        struct selector_requirement *requirement = &selector->requirements[selector->n_requirements];

        if (selector->n_requirements == SELECTOR_REQUIREMENTS_MAX)
            return error_set(err, ERROR_INVALID, "the selector has more than %d requirements", SELECTOR_REQUIREMENTS_MAX);
        *requirement = (struct selector_requirement){0};
        if (parse_requirement(parser, requirement, err) < 0)
            return error_wrap(err, "unable to parse requirement");
        selector->n_requirements++;
        more = parse_separator(parser, err);
    }
    return more;
}

int selector_parse(const char *text, struct selector *out, struct error *err)
{
    struct parser parser = {.read = text, .into = out};

    out->n_requirements = 0;
    out->n_values = 0;
    scan(&parser);
    if (parser.next.kind == TOKEN_END)
        return 0;
    if (parser.next.kind != TOKEN_WORD && !next_is(&parser, "!"))
        return unexpected(parser.next, ", expected: !, identifier, or 'end of string'", err);
    if (parse_requirements(&parser, err) < 0)
        return -1;
    qsort(out->requirements, out->n_requirements, sizeof(out->requirements[0]), compare_requirements);
    return 0;
}

static const char *find_label(struct text_slice key, const struct metric_label *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text_slice_is(key, labels[i].name))
            return labels[i].value;
    return NULL;
}

static bool has_value(const struct selector *selector, const struct selector_requirement *requirement, const char *value)
{
    for (size_t i = 0; i < requirement->n_values; i++)
        if (text_slice_is(selector->values[requirement->first_value + i], value))
            return true;
    return false;
}

bool selector_requirement_accepts(const struct selector *selector, size_t at, const char *value)
{
    const struct selector_requirement *requirement = &selector->requirements[at];
    int64_t number = 0;

    switch (requirement->op) {
    case SELECTOR_IN: return value && has_value(selector, requirement, value);
    case SELECTOR_NOT_IN: return !value || !has_value(selector, requirement, value);
    case SELECTOR_EXISTS: return value != NULL;
    case SELECTOR_NOT_EXISTS: return value == NULL;
    case SELECTOR_GREATER: return value && label_integer(value, strlen(value), &number) && number > requirement->bound;
    case SELECTOR_LESS: return value && label_integer(value, strlen(value), &number) && number < requirement->bound;
    }
    return false;
}

bool selector_matches(const struct selector *selector, const struct metric_label *labels, size_t n)
{
    for (size_t i = 0; i < selector->n_requirements; i++)
        if (!selector_requirement_accepts(selector, i, find_label(selector->requirements[i].key, labels, n)))
            return false;
    return true;
}

static void print_requirement(const struct selector *selector, const struct selector_requirement *requirement, struct buffer *out)
{
    static const struct {
        const char *before_key, *before_one, *before_several;
    } words[] = {
        [SELECTOR_IN] = {"", "=", " in ("},    [SELECTOR_NOT_IN] = {"", "!=", " notin ("}, [SELECTOR_EXISTS] = {"", "", ""},
        [SELECTOR_NOT_EXISTS] = {"!", "", ""}, [SELECTOR_GREATER] = {"", ">", ""},         [SELECTOR_LESS] = {"", "<", ""},
    };
    const struct text_slice *values = selector->values + requirement->first_value;
    bool several = requirement->n_values > 1;

    (void)buffer_add_text(out, words[requirement->op].before_key);
    (void)buffer_append(out, requirement->key.at, requirement->key.len);
    (void)buffer_add_text(out, several ? words[requirement->op].before_several : words[requirement->op].before_one);
    for (size_t i = 0; i < requirement->n_values; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        (void)buffer_append(out, values[i].at, values[i].len);
    }
    if (several)
        (void)buffer_add_char(out, ')');
}

void selector_print(const struct selector *selector, struct buffer *out)
{
    for (size_t i = 0; i < selector->n_requirements; i++) {
        if (i > 0)
            (void)buffer_add_char(out, ',');
        print_requirement(selector, &selector->requirements[i], out);
    }
}
