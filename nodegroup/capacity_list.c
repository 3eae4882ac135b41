#include "nodegroup/capacity_list.h"

#include <stdio.h>
#include <string.h>

enum { KEY_MAX = 32, NESTING_MAX = 4096 };

struct reader {
    struct capacity_list *list;
    size_t at;
    capacity_item *item;
    void *context;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The character at hand, '\0' at the end. */
static char here(const struct reader *reader)
{
    if (reader->at >= reader->list->len)
        return '\0';
    return reader->list->text[reader->at];
}

/* The next character that is not blank, '\0' at the end. */
static char peek(struct reader *reader)
{
    while (is_blank(here(reader)))
        reader->at++;
    return here(reader);
}

static int fail(const struct reader *reader, struct error *err)
{
    if (reader->at >= reader->list->len)
        return error_set(err, ERROR_INVALID,
                         "the list is cut off behind item %zu, at its end after %zu bytes: give the whole output of kubectl",
                         reader->list->n_items, reader->list->len);
    return error_set(err, ERROR_INVALID, "not JSON at byte %zu of %zu, behind item %zu", reader->at, reader->list->len,
                     reader->list->n_items);
}

/* Behind the string's end; the opening quote is at the start. */
static int skip_string(struct reader *reader, struct error *err)
{
    const char *text = reader->list->text;

    for (reader->at++; reader->at < reader->list->len; reader->at++) {
        if (text[reader->at] == '\\')
            reader->at++;
        else if (text[reader->at] == '"') {
            reader->at++;
            return 0;
        }
    }
    reader->at = reader->list->len;
    return fail(reader, err);
}

/* Behind the end of an object or array, by its brackets alone. */
static int skip_nested(struct reader *reader, struct error *err)
{
    size_t depth = 0;

    do {
        char c = here(reader);

        if (reader->at >= reader->list->len || depth > NESTING_MAX)
            return fail(reader, err);
        if (c == '"') {
            if (skip_string(reader, err) < 0)
                return -1;
            continue;
        }
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        reader->at++;
    } while (depth > 0);
    return 0;
}

static bool ends_scalar(char c)
{
    return is_blank(c) || c == ',' || c == '}' || c == ']';
}

/* Behind the value that starts here. */
static int skip_value(struct reader *reader, struct error *err)
{
    char c = peek(reader);
    size_t start = reader->at;

    if (c == '"')
        return skip_string(reader, err);
    if (c == '{' || c == '[')
        return skip_nested(reader, err);
    while (reader->at < reader->list->len && !ends_scalar(reader->list->text[reader->at]))
        reader->at++;
    return reader->at > start ? 0 : fail(reader, err);
}

/* One item: a tree of its own, for as long as it is looked at. */
static int read_item(struct reader *reader, struct error *err)
{
    CLEANUP(json_decrefp) json_t *item = NULL;
    struct capacity_list *list = reader->list;
    struct error why = {0};
    size_t start, len;

    (void)peek(reader);
    start = reader->at;
    if (skip_value(reader, err) < 0)
        return -1;
    len = reader->at - start;
    list->n_items++;
    if (len > CAPACITY_ITEM_MAX) {
        list->n_gaps++;
        (void)snprintf(list->gap, sizeof(list->gap), "item %zu is larger than %d bytes", list->n_items, CAPACITY_ITEM_MAX);
        return 0;
    }
    if (json_read(list->text + start, len, &item, &why) == 0)
        return reader->item(reader->context, item, err);
    if (why.code != ERROR_LIMIT) {
        *err = why;
        return error_wrap(err, "item %zu, at byte %zu", list->n_items, start);
    }
    list->n_gaps++;
    (void)snprintf(list->gap, sizeof(list->gap), "item %zu: %.200s", list->n_items, why.text);
    return 0;
}

/* Steps over what stands between two members or items. 1: another one follows; 0: the end, consumed. */
static int step(struct reader *reader, bool first, char end, struct error *err)
{
    char c = peek(reader);

    if (c == end) {
        reader->at++;
        return 0;
    }
    if (first && c != '\0')
        return 1;
    if (c != ',')
        return fail(reader, err);
    reader->at++;
    return 1;
}

static int read_array(struct reader *reader, struct error *err)
{
    bool first = true;
    int more;

    reader->at++;
    while ((more = step(reader, first, ']', err)) > 0) {
        first = false;
        if (read_item(reader, err) < 0)
            return -1;
    }
    return more;
}

/* metadata.continue: the server has more pages. */
static int check_metadata(struct reader *reader, struct error *err)
{
    CLEANUP(json_decrefp) json_t *metadata = NULL;
    const char *token;
    size_t start;

    (void)peek(reader);
    start = reader->at;
    if (skip_value(reader, err) < 0 || json_read(reader->list->text + start, reader->at - start, &metadata, err) < 0)
        return -1;
    token = json_string_value(json_object_get(metadata, "continue"));
    if (token && *token)
        return error_set(err, ERROR_INVALID,
                         "the list is one page of several (metadata.continue is set): give all of them, or ask without a limit");
    return 0;
}

/* A key up to KEY_MAX characters; longer ones are none of ours. */
static int read_key(struct reader *reader, char key[KEY_MAX], struct error *err)
{
    size_t start = reader->at + 1;

    if (peek(reader) != '"')
        return fail(reader, err);
    start = reader->at + 1;
    if (skip_string(reader, err) < 0)
        return -1;
    (void)snprintf(key, KEY_MAX, "%.*s", (int)(reader->at - start > KEY_MAX ? KEY_MAX : reader->at - start - 1),
                   reader->list->text + start);
    if (peek(reader) != ':')
        return fail(reader, err);
    reader->at++;
    return 0;
}

/* The members of a document: *found tells whether items were among them. */
static int read_members(struct reader *reader, bool *found, struct error *err)
{
    bool first = true;
    char key[KEY_MAX];
    int more;

    reader->at++;
    while ((more = step(reader, first, '}', err)) > 0) {
        int done;

        first = false;
        if (read_key(reader, key, err) < 0)
            return -1;
        if (strcmp(key, "items") == 0 && peek(reader) == '[') {
            *found = true;
            done = read_array(reader, err);
        } else if (strcmp(key, "metadata") == 0) {
            done = check_metadata(reader, err);
        } else {
            done = skip_value(reader, err);
        }
        if (done < 0)
            return -1;
    }
    return more;
}

/* A document without items is an object of its own: a node as kubectl get node n1 prints it. */
static int read_document(struct reader *reader, struct error *err)
{
    size_t start = reader->at;
    bool found = false;

    if (peek(reader) == '[')
        return read_array(reader, err);
    if (peek(reader) != '{')
        return error_set(err, ERROR_INVALID,
                         "no Kubernetes List: the text starts with neither { nor [, at byte %zu; give the output of "
                         "kubectl get nodes,pods -A -o json",
                         reader->at);
    start = reader->at;
    if (read_members(reader, &found, err) < 0)
        return -1;
    if (found)
        return 0;
    reader->at = start;
    return read_item(reader, err);
}

int capacity_list_read(struct capacity_list *list, capacity_item *item, void *context, struct error *err)
{
    struct reader reader = {.list = list, .item = item, .context = context};

    if (peek(&reader) == '\0')
        return error_set(err, ERROR_INVALID, "the list is empty: give the output of kubectl get nodes,pods -A -o json");
    while (peek(&reader) != '\0')
        if (read_document(&reader, err) < 0)
            return -1;
    return 0;
}
