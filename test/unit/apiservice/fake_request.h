/* fake_request.h - a request that was never on a wire. */
#ifndef TEST_UNIT_APISERVICE_FAKE_REQUEST_H
#define TEST_UNIT_APISERVICE_FAKE_REQUEST_H

#include "apiservice/exchange.h"

enum { FAKE_HEADERS_MAX = 16 };

struct fake_header {
    const char *name, *value; /* name NULL: the end */
};

/* headers: borrowed */
struct request fake_request(const char *method, const char *target, const struct fake_header *headers);

#endif
