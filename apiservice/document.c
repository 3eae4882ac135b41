#include "apiservice/document.h"

#include <openssl/evp.h>
#include <string.h>

static int make_etag(const struct buffer *body, char *etag, struct error *err)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (EVP_Digest(buffer_text(body), body->len, hash, &len, EVP_sha512(), NULL) != 1 || (size_t)len * 2 != DOCUMENT_HASH_HEX)
        return error_set(err, ERROR_MEMORY, "SHA-512 of a document: OpenSSL failed");
    *etag++ = '"';
    for (unsigned i = 0; i < len; i++) {
        *etag++ = hex[hash[i] >> 4];
        *etag++ = hex[hash[i] & 15];
    }
    *etag++ = '"';
    *etag = '\0';
    return 0;
}

int document_make(struct buffer *take, const char *content_type, struct document *out, struct error *err)
{
    CLEANUP(buffer_clear) struct buffer body = buffer_move(take);

    if (buffer_failed(&body))
        return error_no_memory(err);
    if (make_etag(&body, out->etag, err) < 0)
        return -1;
    out->body = buffer_move(&body);
    out->content_type = content_type;
    return 0;
}

void document_clear(struct document *document)
{
    buffer_clear(&document->body);
    *document = (struct document){0};
}

/* A list of quoted tags, or "*". A weak tag is as good: the comparison for 304 is the weak one (RFC 9110 13.1.2). */
static bool names_etag(const char *if_none_match, const char *etag)
{
    while (if_none_match && *if_none_match != '\0') {
        size_t len;

        if_none_match += strspn(if_none_match, " \t,");
        if (strncmp(if_none_match, "W/", 2) == 0)
            if_none_match += 2;
        len = strcspn(if_none_match, ", \t");
        if ((len == 1 && *if_none_match == '*') || (len == strlen(etag) && memcmp(if_none_match, etag, len) == 0))
            return true;
        if_none_match += len;
    }
    return false;
}

void document_respond(const struct document *document, const char *if_none_match, struct response *response)
{
    bool as_it_is = response->form == RESPONSE_JSON || response->form == RESPONSE_PROTOBUF;

    response->content_type = document->content_type;
    if (as_it_is)
        response_add_header(response, "ETag", document->etag);
    if (as_it_is && names_etag(if_none_match, document->etag)) {
        response->status = 304;
        return;
    }
    response->status = 200;
    (void)buffer_append(&response->body, document->body.data, document->body.len);
}
