#include "apiservice/request_head.h"

#include <string.h>
#include <strings.h>

static void fail(struct request_head *head, int code, const char *problem)
{
    if (head->problem)
        return;
    head->code = code;
    head->problem = problem;
}

/* RFC 9110 5.6.2 */
static bool is_token(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!letter_or_digit && (c == '\0' || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return len > 0;
}

static bool is_field_value(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool is_number(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return len > 0;
}

static bool is_zero(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != '0')
            return false;
    return true;
}

/* Blanks and controls in it are where others may see the end of the line. */
static bool is_visible(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return true;
}

void request_head_begin(struct request_head *head, const struct request_line *line)
{
    size_t method_len = strlen(line->method);
    size_t version_len = strlen("HTTP/1.1");

    *head = (struct request_head){.start = line->method, .next = line->version + version_len + 2};
    head->has_safe_method = strcmp(line->method, "GET") == 0 || strcmp(line->method, "HEAD") == 0;
    if (!is_token(line->method, method_len))
        fail(head, 400, "the method is not a token");
    if (line->version != line->method + method_len + 1 + line->target_len + 1)
        fail(head, 400, "the request line must be method, target and version with one blank between them");
    if (!is_visible(line->target, line->target_len))
        fail(head, 400, "the request target has a byte that must be percent-encoded");
    if (strcmp(line->version, "HTTP/1.1") != 0 && strcmp(line->version, "HTTP/1.0") != 0)
        fail(head, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
}

static bool is_name(const struct request_header *header, const char *name)
{
    return header->name_len == strlen(name) && strncasecmp(header->name, name, header->name_len) == 0;
}

static bool is_value(const struct request_header *header, const char *value)
{
    return header->value_len == strlen(value) && strncasecmp(header->value, value, header->value_len) == 0;
}

static void note_framing(struct request_head *head, const struct request_header *header)
{
    if (is_name(header, "Host")) {
        head->hosts++;
    } else if (is_name(header, "Expect")) {
        head->expects = true;
    } else if (is_name(header, "Content-Length")) {
        head->lengths++;
        head->has_body = head->has_body || !is_zero(header->value, header->value_len);
        if (!is_number(header->value, header->value_len))
            fail(head, 400, "Content-Length must be one number");
    } else if (is_name(header, "Transfer-Encoding")) {
        head->encodings++;
        head->has_body = true;
        if (!is_value(header, "chunked"))
            fail(head, 400, "the only Transfer-Encoding is chunked");
    }
}

void request_head_header(struct request_head *head, const struct request_header *header)
{
    if (header->name != head->next)
        fail(head, 400, "the headers are malformed: folded, separated by a bare line feed, or with a NUL");
    if (!is_token(header->name, header->name_len))
        fail(head, 400, "a header name is not a token");
    if (!header->value || header->value <= header->name + header->name_len)
        fail(head, 400, "a header has no colon");
    if (head->problem)
        return;
    if (!is_field_value(header->value, header->value_len))
        fail(head, 400, "a header value has a control character");
    note_framing(head, header);
    head->next = header->value + header->value_len + 2;
}

void request_head_end(struct request_head *head, size_t size)
{
    if (!head->problem && head->next + 2 != head->start + size)
        fail(head, 400, "the headers do not end where they should: a NUL, a bare line feed or a line without a colon");
    if (head->hosts != 1)
        fail(head, 400, "exactly one Host header is needed");
    if (head->lengths + head->encodings > 1)
        fail(head, 400, "more than one Content-Length or Transfer-Encoding");
    if (head->has_body && head->has_safe_method)
        fail(head, 400, "a GET or HEAD with a body is refused");
}
