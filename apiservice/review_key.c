#include "apiservice/review_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

struct review_secret {
    unsigned char bytes[REVIEW_KEY_BYTES];
    EVP_MD *sha256; /* looked up once: that costs as much as the digest */
};

struct review_secret *review_secret_new(void)
{
    struct review_secret *secret = calloc(1, sizeof(*secret));

    if (!secret)
        return NULL;
    secret->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (secret->sha256 && RAND_bytes(secret->bytes, sizeof(secret->bytes)) == 1)
        return secret;
    review_secret_free(secret);
    return NULL;
}

void review_secret_free(struct review_secret *secret)
{
    if (!secret)
        return;
    EVP_MD_free(secret->sha256);
    explicit_bzero(secret->bytes, sizeof(secret->bytes));
    free(secret);
}

static bool is_usable(const struct buffer *bytes)
{
    return !buffer_failed(bytes) && bytes->len > 0;
}

bool review_key_of_token(const struct review_secret *secret, const struct buffer *token, struct review_key *out)
{
    return is_usable(token) && HMAC(EVP_sha256(), secret->bytes, sizeof(secret->bytes), (const unsigned char *)token->data, token->len,
                                    out->bytes, NULL) != NULL;
}

bool review_key_of_question(const struct review_secret *secret, const struct buffer *bytes, struct review_key *out)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool done = context && is_usable(bytes) && EVP_DigestInit_ex2(context, secret->sha256, NULL) == 1 &&
                EVP_DigestUpdate(context, secret->bytes, sizeof(secret->bytes)) == 1 &&
                EVP_DigestUpdate(context, bytes->data, bytes->len) == 1 && EVP_DigestFinal_ex(context, out->bytes, NULL) == 1;

    EVP_MD_CTX_free(context);
    return done;
}
