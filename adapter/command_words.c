#include "adapter/command_words.h"

#include <string.h>

#include "adapter/families.h"

static void offer(const char *word, size_t len, const char *begun, struct buffer *out)
{
    if (len >= strlen(begun) && strncmp(word, begun, strlen(begun)) == 0) {
        (void)buffer_append(out, word, len);
        (void)buffer_add_char(out, '\n');
    }
}

void command_offer_commands(const char *begun, struct buffer *out)
{
    for (size_t i = 0; command_at(i); i++)
        if (command_at(i)->summary)
            offer(command_at(i)->name, strlen(command_at(i)->name), begun, out);
}

/* "a|b|c": each of them; FILE: files; METRIC: the names of external metrics. */
static void offer_values(const char *hint, size_t len, const char *begun, struct buffer *out)
{
    const char *end = hint + len;
    size_t n_families = 0;
    const struct metric_family *families = families_all(&n_families);

    if (len >= 4 && strncmp(hint, "FILE", 4) == 0)
        (void)buffer_add_text(out, COMMAND_FILES "\n");
    for (size_t i = 0; len >= 6 && strncmp(hint, "METRIC", 6) == 0 && i < n_families; i++)
        if (!families[i].local)
            offer(families[i].name, strlen(families[i].name), begun, out);
    if (!memchr(hint, '|', len))
        return;
    while (hint < end) {
        const char *bar = memchr(hint, '|', (size_t)(end - hint));
        size_t word = (size_t)((bar ? bar : end) - hint);

        offer(hint, word, begun, out);
        hint += word + 1;
    }
}

/* What the usage says behind an option: its first mention has the synopsis's form. */
static const char *find_hint(const char *usage, const char *name, size_t *len)
{
    size_t name_len = strlen(name);

    for (const char *at = usage; (at = strstr(at, "--")); at += 2) {
        if (strncmp(at + 2, name, name_len) != 0 || at[2 + name_len] != ' ')
            continue;
        at += 2 + name_len + 1;
        *len = strcspn(at, " ]\n");
        return at;
    }
    *len = 0;
    return "";
}

static const struct command_option *find_option(const struct command_arguments *wanted, const char *word)
{
    for (size_t i = 0; i < wanted->n_options; i++) {
        const struct command_option *option = &wanted->options[i];

        if (strncmp(word, "--", 2) == 0 && strcmp(word + 2, option->name) == 0)
            return option;
        if (option->letter != 0 && word[0] == '-' && word[1] == option->letter && word[2] == '\0')
            return option;
    }
    return NULL;
}

static void offer_options(const struct command_arguments *wanted, const char *begun, struct buffer *out)
{
    size_t len = 0;

    for (size_t i = 0; i < wanted->n_options; i++) {
        CLEANUP(buffer_clear) struct buffer word = BUFFER_INIT(256);

        if (wanted->options[i].value && *find_hint(wanted->usage, wanted->options[i].name, &len) == '\0')
            continue; /* not for users: the usage does not tell of it */
        (void)buffer_printf(&word, "--%s", wanted->options[i].name);
        offer(buffer_text(&word), word.len, begun, out);
    }
    offer("--help", strlen("--help"), begun, out);
}

/* The first word behind the name of the command: "Usage: coder-metrics-adapter explain METRIC [-n ...". */
static void offer_operands(const struct command_arguments *wanted, const char *begun, struct buffer *out)
{
    const char *at = wanted->usage;

    if (wanted->most == 0)
        return;
    for (int words = 0; words < 3; words++) {
        at += strcspn(at, " \n");
        at += strspn(at, " ");
    }
    offer_values(at, strcspn(at, " \n"), begun, out);
}

void command_offer_words(const struct command_arguments *wanted, char **words, size_t n, struct buffer *out)
{
    const char *begun = n > 0 ? words[n - 1] : "", *before;
    const struct command_option *option;
    size_t at = n > 0 ? n - 1 : 0, len = 0;

    if (strcmp(begun, "=") == 0)
        begun = "";
    else if (at > 0 && strcmp(words[at - 1], "=") == 0)
        at--;
    before = at > 0 ? words[at - 1] : "";
    option = find_option(wanted, before);
    if (option && option->value) {
        const char *hint = find_hint(wanted->usage, option->name, &len);

        offer_values(hint, len, begun, out);
    } else if (*begun == '-') {
        offer_options(wanted, begun, out);
    } else {
        offer_operands(wanted, begun, out);
    }
}
