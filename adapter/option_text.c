#include "adapter/option_text.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/attributes.h"

#define LETTERS_SMALL "abcdefghijklmnopqrstuvwxyz"
#define LETTERS LETTERS_SMALL "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static bool only_of(const char *text, const char *allowed)
{
    return text[strspn(text, allowed)] == '\0';
}

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* ---- Kubernetes names ---- */

static bool is_dns_label(const char *text, size_t len)
{
    return len >= 1 && len <= 63 && strspn(text, LETTERS_SMALL DIGITS "-") >= len && text[0] != '-' && text[len - 1] != '-';
}

bool text_is_namespace(const char *text)
{
    return is_dns_label(text, strlen(text));
}

bool text_is_namespace_or_any(const char *text)
{
    return strcmp(text, "*") == 0 || text_is_namespace(text);
}

static bool is_dns_subdomain(const char *text, size_t len)
{
    size_t start = 0;

    if (len > 253)
        return false;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && text[i] != '.')
            continue;
        if (!is_dns_label(text + start, i - start))
            return false;
        start = i + 1;
    }
    return true;
}

bool text_is_object_name(const char *text)
{
    return is_dns_subdomain(text, strlen(text));
}

bool text_is_label_value(const char *text)
{
    size_t len = strlen(text);

    return len >= 1 && len <= 63 && only_of(text, LETTERS DIGITS "-_.") && is_one_of(text[0], LETTERS DIGITS) &&
           is_one_of(text[len - 1], LETTERS DIGITS);
}

bool text_is_label_key(const char *text)
{
    const char *slash = strchr(text, '/');

    if (!slash)
        return text_is_label_value(text);
    return is_dns_subdomain(text, (size_t)(slash - text)) && text_is_label_value(slash + 1);
}

/* ---- Addresses and URLs ---- */

bool text_is_address(const char *text)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    return strcmp(text, "localhost") == 0 || inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

bool text_is_loopback(const char *text)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    if (inet_pton(AF_INET, text, bytes) == 1)
        return bytes[0] == 127;
    if (inet_pton(AF_INET6, text, bytes) == 1)
        return memcmp(bytes, &in6addr_loopback, sizeof(bytes)) == 0;
    return strcmp(text, "localhost") == 0;
}

/* ":443", or nothing. */
static bool is_port_part(const char *text, size_t len)
{
    unsigned port = 0;

    if (len == 0)
        return true;
    if (text[0] != ':' || len < 2 || len > 6 || strspn(text + 1, DIGITS) < len - 1)
        return false;
    for (size_t i = 1; i < len; i++)
        port = port * 10 + (unsigned)(text[i] - '0');
    return port >= 1 && port <= 65535;
}

/* "host:port" or "[::1]:port" */
static bool is_authority(const char *text, size_t len)
{
    char address[64];
    unsigned char bytes[sizeof(struct in6_addr)];
    const char *end = memchr(text, ']', len);
    size_t host_len = strspn(text, LETTERS DIGITS "-._");

    if (len == 0)
        return false;
    if (text[0] != '[')
        return host_len > 0 && host_len <= 253 && host_len <= len && is_port_part(text + host_len, len - host_len);
    if (!end || (size_t)(end - text) >= sizeof(address))
        return false;
    (void)snprintf(address, sizeof(address), "%.*s", (int)(end - text - 1), text + 1);
    return inet_pton(AF_INET6, address, bytes) == 1 && is_port_part(end + 1, len - (size_t)(end + 1 - text));
}

const char *text_url_problem(const char *text)
{
    const char *authority = NULL, *path;

    if (strncmp(text, "http://", 7) == 0)
        authority = text + 7;
    else if (strncmp(text, "https://", 8) == 0)
        authority = text + 8;
    else
        return "the URL must begin with http:// or https://";
    path = authority + strcspn(authority, "/?#");
    if (memchr(authority, '@', (size_t)(path - authority)))
        return "the URL holds credentials, which would end up in logs; give the token as a file";
    if (strpbrk(path, "?#"))
        return "the URL holds a query or a fragment";
    if (!is_authority(authority, (size_t)(path - authority)))
        return "the URL names no host, or a wrong host or port";
    if (!only_of(path, LETTERS DIGITS "-._~!$&'()*+,;=:@%/"))
        return "the path of the URL holds characters that must be percent-encoded";
    return NULL;
}

bool text_is_header_name(const char *text)
{
    return text[0] != '\0' && strlen(text) <= 128 && only_of(text, LETTERS DIGITS "!#$%&'*+-.^_`|~");
}

/* ---- Time zones ---- */

bool text_is_time_zone(const char *text)
{
    static const char database[] = "/usr/share/zoneinfo";
    char path[sizeof(database) + 66];

    /* The characters first: the name becomes a path. */
    if (strlen(text) > 64 || !only_of(text, LETTERS DIGITS "+-_/") || !is_one_of(text[0], LETTERS) || strstr(text, "//"))
        return false;
    if (strcmp(text, "UTC") == 0 || access(database, R_OK) != 0)
        return true;
    (void)snprintf(path, sizeof(path), "%s/%s", database, text);
    return access(path, R_OK) == 0 && text[strlen(text) - 1] != '/';
}

/* ---- What YAML makes of plain scalars ---- */

static bool reads_as_number(const char *text)
{
    static const char *const specials[] = {".inf", "-.inf", "+.inf", ".nan"};
    const char *rest = text + (*text == '-' || *text == '+');
    size_t whole = strspn(rest, DIGITS "_"), fraction = 0;

    for (size_t i = 0; i < ARRAY_LEN(specials); i++)
        if (strcasecmp(text, specials[i]) == 0)
            return true;
    if (strncmp(rest, "0x", 2) == 0 || strncmp(rest, "0o", 2) == 0 || strncmp(rest, "0b", 2) == 0)
        return rest[2] != '\0' && only_of(rest + 2, DIGITS "abcdefABCDEF_");
    if (!is_one_of(*rest, DIGITS "."))
        return false;
    rest += whole;
    if (*rest == '.') {
        fraction = strspn(++rest, DIGITS "_");
        rest += fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (*rest != 'e' && *rest != 'E')
        return *rest == '\0';
    rest++;
    rest += *rest == '-' || *rest == '+';
    return *rest != '\0' && only_of(rest, DIGITS);
}

const char *text_other_reading(const char *text)
{
    /* y and n are booleans of YAML 1.1, too; no reader that matters takes them for that. */
    static const char *const booleans[] = {"true", "false", "yes", "no", "on", "off"};

    for (size_t i = 0; i < ARRAY_LEN(booleans); i++)
        if (strcasecmp(text, booleans[i]) == 0)
            return "a boolean";
    return reads_as_number(text) ? "a number" : NULL;
}
