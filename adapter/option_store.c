#include <stdlib.h>
#include <string.h>

#include "adapter/option.h"
#include "queue/tags.h"

/* Every list of sections has this shape, whatever its elements are. */
struct list {
    unsigned char *items;
    size_t len;
};

static void *at(const struct option *option, void *base)
{
    return (unsigned char *)base + option->offset;
}

static const void *at_const(const struct option *option, const void *base)
{
    return (const unsigned char *)base + option->offset;
}

/* ---- Storing ---- */

static int store_text(char **place, const struct option_value *value)
{
    char *copy = strndup(value->text, value->len);

    if (!copy)
        return -1;
    free(*place);
    *place = copy;
    return 0;
}

int option_store(const struct option *option, void *base, const struct option_value *value)
{
    void *place = at(option, base);
    bool flag = value->whole != 0;
    int choice = (int)value->whole;

    if (option_is_text(option->type))
        return store_text(place, value);
    if (option->type == OPTION_REAL)
        memcpy(place, &value->real, sizeof(value->real));
    else if (option->type == OPTION_BOOLEAN)
        memcpy(place, &flag, sizeof(flag));
    else if (option->type == OPTION_CHOICE)
        memcpy(place, &choice, sizeof(choice));
    else
        memcpy(place, &value->whole, sizeof(value->whole));
    return 0;
}

/* ---- Comparing ---- */

static size_t stored_size(enum option_type type)
{
    if (type == OPTION_REAL)
        return sizeof(double);
    if (type == OPTION_BOOLEAN)
        return sizeof(bool);
    return type == OPTION_CHOICE ? sizeof(int) : sizeof(int64_t);
}

static bool texts_equal(const struct option_texts *a, const struct option_texts *b)
{
    if (a->len != b->len)
        return false;
    for (size_t i = 0; i < a->len; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

bool option_equal(const struct option *option, const void *base_a, const void *base_b)
{
    const void *a = at_const(option, base_a), *b = at_const(option, base_b);

    if (option->type == OPTION_TEXTS)
        return texts_equal(a, b);
    if (option_is_text(option->type))
        return strcmp(*(char *const *)a, *(char *const *)b) == 0;
    return memcmp(a, b, stored_size(option->type)) == 0;
}

/* ---- Clearing ---- */

static void clear_texts(struct option_texts *texts)
{
    for (size_t i = 0; i < texts->len; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct option_texts){0};
}

static void clear_pairs(struct option_pairs *pairs)
{
    for (size_t i = 0; i < pairs->len; i++) {
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (struct option_pairs){0};
}

static void clear_sections(const struct option_table *table, void *place)
{
    struct list list;

    memcpy(&list, place, sizeof(list));
    for (size_t i = 0; i < list.len; i++)
        option_clear(table, list.items + i * table->element_size);
    free(list.items);
    memset(place, 0, sizeof(list));
}

static void clear_text(char **place)
{
    free(*place);
    *place = NULL;
}

void option_clear(const struct option_table *table, void *base)
{
    for (size_t i = 0; i < table->len; i++) {
        const struct option *option = &table->rows[i];
        void *place = at(option, base);

        if (option_is_text(option->type))
            clear_text(place);
        else if (option->type == OPTION_TEXTS)
            clear_texts(place);
        else if (option->type == OPTION_HEADERS || option->type == OPTION_QUERIES)
            clear_pairs(place);
        else if (option->type == OPTION_TAGS)
            tags_clear(place);
        else if (option->type == OPTION_SECTION)
            option_clear(option->table, base);
        else if (option->type == OPTION_SECTIONS)
            clear_sections(option->table, place);
    }
}
