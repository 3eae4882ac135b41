#include "apiservice/wire_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HASH_HEX = 16, NAME_BYTES_MAX = WIRE_NAME_MAX - 1 - (1 + HASH_HEX) /* room for the hash */ };

struct name {
    char *text;
    size_t len;
    bool faithful; /* no other labels give this text */
};

static void add(struct name *name, char c)
{
    bool mark = c == '-' || c == '.';

    if (name->len == NAME_BYTES_MAX || (mark && name->len == 0)) { /* names begin with a letter or a digit */
        name->faithful = false;
        return;
    }
    name->text[name->len++] = c;
}

static void add_character(struct name *name, char c, bool last_value)
{
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-') {
        add(name, c);
    } else if (c == '_') {
        add(name, '-');
        add(name, '-');
    } else if (c == '.') {
        name->faithful = name->faithful && last_value;
        add(name, '.');
    } else {
        name->faithful = false;
        add(name, (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : '-'));
    }
}

/* Its text can be told back from what is written of it. */
static bool is_plain_value(const char *value)
{
    size_t len = strlen(value);

    return len > 0 && !strchr("-_.", value[0]) && !strchr("-_.", value[len - 1]) && !strstr(value, "--") && !strstr(value, "..") &&
           !strstr(value, "-_") && !strstr(value, "_-");
}

/* FNV-1a, over names too: no value can play the next label. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    do {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    } while (*text++ != '\0');
    return hash;
}

static uint64_t hash_labels(const struct metric_sample *sample)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < sample->n_labels; i++)
        hash = hash_text(hash_text(hash, sample->labels[i].name), sample->labels[i].value);
    return hash;
}

/* Not a letter or digit at the end, where the hash or the end of the name follows. */
static void trim(struct name *name)
{
    while (name->len > 0 && (name->text[name->len - 1] == '-' || name->text[name->len - 1] == '.'))
        name->len--;
}

void wire_name(const struct metric_sample *sample, char out[WIRE_NAME_MAX])
{
    struct name name = {.text = out, .faithful = true};

    for (size_t i = 0; i < sample->n_labels; i++) {
        const char *value = sample->labels[i].value;

        if (i > 0)
            add(&name, '.');
        name.faithful = name.faithful && is_plain_value(value);
        for (; *value != '\0'; value++)
            add_character(&name, *value, i + 1 == sample->n_labels);
    }
    if (sample->n_labels == 0)
        add(&name, 'x');
    out[name.len] = '\0';
    if (name.faithful)
        return;
    trim(&name);
    (void)snprintf(out + name.len, WIRE_NAME_MAX - name.len, "%s%016" PRIx64, name.len > 0 ? "-" : "", hash_labels(sample));
}
