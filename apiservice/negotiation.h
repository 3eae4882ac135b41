/* negotiation.h - which of the forms we have does the Accept header want? Pure.
 *
 * Rules    the clause with the highest q wins, among equals the one without wildcards, then the first; a clause with as, g or v
 *          is only met by an offer with the same three; pretty=1 asks for JSON with line breaks; other parameters (charset,
 *          profile) do not matter; no header: the first offer
 * Source   RFC 9110 12.5.1; apiserver negotiation; kubernetes-api 8 */
#ifndef APISERVICE_NEGOTIATION_H
#define APISERVICE_NEGOTIATION_H

#include "apiservice/exchange.h"

struct media_offer {
    const char *type, *subtype;       /* "application", "json" */
    const char *as, *group, *version; /* "APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2"; NULL: a plain object */
    const char *content_type;         /* of the answer */
    enum response_form form;
};

struct media_offers {
    const struct media_offer *items;
    size_t n;
};

struct media_choice {
    const struct media_offer *offer; /* NULL: nothing fits (406) */
    bool pretty;                     /* as the clause says */
};

/* accept: NULL when the request has none. */
struct media_choice negotiate(const char *accept, struct media_offers offers);

#endif
