#include "queue/coder_url.h"

#include <string.h>

/* What follows the organization; ids follow where they are asked for, the limit follows a list. */
static const char *const tails[CODER_RESOURCES] = {
    [CODER_ORGANIZATION] = "",
    [CODER_ACTIVE_JOBS] = "/provisionerjobs?status=pending,running,canceling&limit=",
    [CODER_DAEMONS] = "/provisionerdaemons?limit=",
    [CODER_JOBS_BY_ID] = "/provisionerjobs?ids=",
};

/* RFC 3986: what may stand in a segment as it is. */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

static void add_segment(struct buffer *out, const char *segment)
{
    for (; *segment != '\0'; segment++) {
        if (is_unreserved(*segment))
            (void)buffer_add_char(out, *segment);
        else
            (void)buffer_printf(out, "%%%02X", (unsigned)(unsigned char)*segment);
    }
}

static void add_ids(struct buffer *out, const struct coder_address *address)
{
    char text[UUID_TEXT_LEN + 1];

    for (size_t i = 0; i < address->limit; i++) {
        uuid_print(&address->ids[i], text);
        (void)buffer_printf(out, "%s%s", i > 0 ? "," : "", text);
    }
    (void)buffer_add_text(out, "&limit=");
}

static void add_in_organization(struct buffer *out, const struct coder_address *address)
{
    (void)buffer_add_text(out, "/api/v2/organizations/");
    add_segment(out, address->organization);
    (void)buffer_add_text(out, tails[address->resource]);
    if (address->resource == CODER_JOBS_BY_ID)
        add_ids(out, address);
    if (address->resource != CODER_ORGANIZATION)
        (void)buffer_printf(out, "%zu", address->limit);
}

/* Dot segments would be folded on the way and lead to another address. */
static bool is_segment(const char *text)
{
    return text[0] != '\0' && strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

static size_t len_without_slashes(const char *base)
{
    size_t len = strlen(base);

    while (len > 0 && base[len - 1] == '/')
        len--;
    return len;
}

int coder_url_make(const struct coder_address *address, struct buffer *out, struct error *err)
{
    if (!is_segment(address->organization))
        return error_set(err, ERROR_INVALID, "'%s' cannot be the name or id of an organization", address->organization);
    buffer_reset(out);
    (void)buffer_append(out, address->base, len_without_slashes(address->base));
    if (address->resource == CODER_USER)
        (void)buffer_add_text(out, "/api/v2/users/me");
    else if (address->resource == CODER_WORKSPACES)
        (void)buffer_printf(out, "/api/v2/workspaces?offset=%zu&limit=%zu", address->offset, address->limit);
    else
        add_in_organization(out, address);
    if (buffer_failed(out))
        return error_set(err, ERROR_LIMIT, "the address is longer than %zu bytes", out->limit);
    return 0;
}
