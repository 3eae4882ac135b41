#include "test/fuzz/strict_head.h"

#include <regex.h>
#include <string.h>
#include <strings.h>

#include "test/fuzz/fuzz.h"

static const char request_line_form[] = "^[-!#$%&'*+.^_`|~0-9A-Za-z]+ [!-~]+ HTTP/1\\.[01]\r\n";
static const char header_form[] = "^[-!#$%&'*+.^_`|~0-9A-Za-z]+:[ \t]*([^\x01-\x08\x0a-\x1f\x7f]*)\r\n";

static regex_t compiled(const char *form)
{
    regex_t regex;

    LAW(regcomp(&regex, form, REG_EXTENDED) == 0);
    return regex;
}

struct framing {
    int hosts, lengths, encodings;
    bool body, malformed, connection, expects;
};

static void note(struct framing *framing, const char *line, const regmatch_t *value)
{
    const char *text = line + value->rm_so;
    size_t len = (size_t)(value->rm_eo - value->rm_so);

    framing->hosts += strncasecmp(line, "Host:", 5) == 0;
    framing->connection = framing->connection || strncasecmp(line, "Connection:", 11) == 0;
    framing->expects = framing->expects || strncasecmp(line, "Expect:", 7) == 0;
    if (strncasecmp(line, "Content-Length:", 15) == 0) {
        framing->lengths++;
        framing->malformed = framing->malformed || len == 0 || strspn(text, "0123456789") != len;
        framing->body = framing->body || strspn(text, "0") != len;
    }
    if (strncasecmp(line, "Transfer-Encoding:", 18) == 0) {
        framing->encodings++;
        framing->body = true;
        framing->malformed = framing->malformed || len != 7 || strncasecmp(text, "chunked", 7) != 0;
    }
}

bool strict_head_read(const char *text, struct strict_head *out)
{
    static regex_t request_line, header;
    static bool ready;
    const char *start = text;
    struct framing framing = {0};
    regmatch_t match[2];
    bool safe;

    if (!ready) {
        request_line = compiled(request_line_form);
        header = compiled(header_form);
        ready = true;
    }
    if (regexec(&request_line, text, 1, match, 0) != 0)
        return false;
    *out = (struct strict_head){.head = strncmp(text, "HEAD ", 5) == 0};
    safe = out->head || strncmp(text, "GET ", 4) == 0;
    out->ends = !safe;
    out->may_end = strncmp(text + match[0].rm_eo - 3, "0\r\n", 3) == 0;
    for (text += match[0].rm_eo; strncmp(text, "\r\n", 2) != 0; text += match[0].rm_eo) {
        if (regexec(&header, text, 2, match, 0) != 0)
            return false;
        note(&framing, text, &match[1]);
    }
    out->len = (size_t)(text + 2 - start);
    out->ends = out->ends || framing.expects;
    out->may_end = out->may_end || framing.connection;
    return framing.hosts == 1 && framing.lengths + framing.encodings <= 1 && !framing.malformed && !(framing.body && safe);
}
