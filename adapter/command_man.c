#include "adapter/command_man.h"

#include <stdbool.h>
#include <string.h>

static const char head[] = ".TH CODER-METRICS-ADAPTER 1 \"\" \"coder-metrics-adapter " VERSION "\" \"User Commands\"\n"
                           ".SH NAME\n"
                           "coder\\-metrics\\-adapter \\- Coder's provisioner queues as Kubernetes external metrics\n"
                           ".SH SYNOPSIS\n"
                           ".B coder\\-metrics\\-adapter\n"
                           ".I COMMAND\n"
                           "[\\fIOPTION\\fR...]\n"
                           ".SH DESCRIPTION\n"
                           "Polls Coder for its provisioner job queues, watches nodes and pods, and serves what it knows under\n"
                           "external.metrics.k8s.io, so that HorizontalPodAutoscalers scale Coder's provisioners.\n"
                           ".SH COMMANDS\n";

static const char tail[] = ".SH EXIT STATUS\n"
                           "0 done, 1 failed, 2 wrong usage. Errors are one line on standard error.\n"
                           ".SH FILES\n"
                           ".TP\n"
                           ".I /etc/coder\\-metrics\\-adapter/config.yaml\n"
                           "What the systemd unit and the image serve with. It is read again when it changes.\n"
                           ".TP\n"
                           ".I /var/lib/coder\\-metrics\\-adapter/history.db\n"
                           "What was measured of node groups.\n";

/* As troff would print it: no request at the start of a line, no escape, hyphens that can be copied. */
static void add_plain(const char *text, size_t len, struct buffer *out)
{
    if (len > 0 && (*text == '.' || *text == '\''))
        (void)buffer_add_text(out, "\\&");
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\')
            (void)buffer_add_text(out, "\\e");
        else if (text[i] == '-')
            (void)buffer_add_text(out, "\\-");
        else
            (void)buffer_add_char(out, text[i]);
    }
}

/* Where the text of an option begins: behind two blanks or more. 0: the option has no text in its line. */
static size_t text_column(const char *line, size_t len)
{
    for (size_t i = 2; i + 2 < len; i++)
        if (line[i] == ' ' && line[i + 1] == ' ') {
            i += strspn(line + i, " ");
            return i < len ? i : 0;
        }
    return 0;
}

struct page {
    struct buffer *out;
    size_t column;        /* of the option's text; 0: no option */
    bool literal, parted; /* parted: behind an empty line */
};

static void set_literal(struct page *page, bool literal)
{
    if (page->literal != literal)
        (void)buffer_add_text(page->out, literal ? ".nf\n" : ".fi\n");
    page->literal = literal;
}

static void add_option(struct page *page, const char *line, size_t len)
{
    size_t column = text_column(line, len), end = column > 0 ? column : len;

    while (line[end - 1] == ' ') /* a hyphen is before them */
        end--;
    set_literal(page, false);
    (void)buffer_add_text(page->out, ".TP\n\\fB");
    add_plain(line + 2, end - 2, page->out);
    (void)buffer_add_text(page->out, "\\fR\n");
    page->parted = false;
    page->column = column > 0 ? column : 2;
    if (column > 0) {
        add_plain(line + column, len - column, page->out);
        (void)buffer_add_char(page->out, '\n');
    }
}

static void add_line(struct page *page, const char *line, size_t len)
{
    size_t indent = strspn(line, " ");

    if (len == 0) {
        set_literal(page, false);
        page->parted = true;
        page->column = 0;
        return;
    }
    if (indent == 2 && line[2] == '-') {
        add_option(page, line, len);
        return;
    }
    if (page->parted)
        (void)buffer_add_text(page->out, ".PP\n");
    page->parted = false;
    set_literal(page, page->column > 0 ? indent > page->column : indent > 0);
    add_plain(line + indent, len - indent, page->out);
    (void)buffer_add_char(page->out, '\n');
}

/* Its lines as they are, but for the word Usage. */
static const char *add_synopsis(const char *usage, struct buffer *out)
{
    static const char word[] = "Usage: ";

    (void)buffer_add_text(out, ".nf\n");
    while (*usage != '\0' && *usage != '\n') {
        size_t len = strcspn(usage, "\n"), skip = strncmp(usage, word, strlen(word)) == 0 ? strlen(word) : 0;

        if (skip == 0 && len > strlen(word) && strspn(usage, " ") >= strlen(word))
            skip = strlen(word);
        add_plain(usage + skip, len - skip, out);
        (void)buffer_add_char(out, '\n');
        usage += len + (usage[len] == '\n');
    }
    (void)buffer_add_text(out, ".fi\n");
    return usage;
}

void command_man_head(struct buffer *out)
{
    (void)buffer_add_text(out, head);
}

void command_man_tail(struct buffer *out)
{
    (void)buffer_add_text(out, tail);
}

void command_man_section(const char *name, const char *usage, struct buffer *out)
{
    struct page page = {.out = out};

    (void)buffer_add_text(out, ".SS ");
    add_plain(name, strlen(name), out);
    (void)buffer_add_char(out, '\n');
    for (usage = add_synopsis(usage, out); *usage != '\0';) {
        size_t len = strcspn(usage, "\n");

        add_line(&page, usage, len);
        usage += len + (usage[len] == '\n');
    }
    set_literal(&page, false);
}
