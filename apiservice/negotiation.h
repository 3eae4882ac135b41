/* negotiation.h - which of the forms we have does the Accept header want? Pure.
 *
 * Rules    the clause with the highest q wins, the first among equals; a clause with as, g or v is only met by an offer
 *          with the same three; other parameters (charset, profile, pretty) do not matter; no header: the first offer
 * Source   RFC 9110 12.5.1; apiserver negotiation; kubernetes-api 8 */
#ifndef APISERVICE_NEGOTIATION_H
#define APISERVICE_NEGOTIATION_H

#include <stddef.h>

struct media_offer {
    const char *type, *subtype;       /* "application", "json" */
    const char *as, *group, *version; /* "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2"; NULL: a plain object */
    const char *content_type;         /* of the answer */
};

/* The offer to answer with; NULL: nothing fits (406). accept: NULL when the request has none. */
const struct media_offer *negotiate(const char *accept, const struct media_offer *offers, size_t n);

#endif
