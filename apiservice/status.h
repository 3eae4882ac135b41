/* status.h - metav1.Status: how the API says no.
 *
 * Shape    a plain value; the reason follows from the code
 * Owner    the message is borrowed for the call
 * Source   apimachinery api/errors; kubernetes-api 8.1 */
#ifndef APISERVICE_STATUS_H
#define APISERVICE_STATUS_H

#include "apiservice/exchange.h"
#include "base/error.h"

#define STATUS_NO_SUCH_RESOURCE "the server could not find the requested resource"
#define STATUS_NO_SUCH_METHOD "the server does not allow this method on the requested resource"

enum status_details { STATUS_DETAILS_NONE, STATUS_DETAILS_EMPTY, STATUS_DETAILS_KIND, STATUS_DETAILS_CAUSE };

struct status {
    int code;
    const char *message;
    enum status_details details;
    const char *group, *kind;               /* of STATUS_DETAILS_KIND */
    const char *name;                       /* of the same; NULL: it is about no single object */
    const char *cause;                      /* of STATUS_DETAILS_CAUSE, and of STATUS_DETAILS_KIND unless NULL */
    const char *cause_reason, *cause_field; /* of the cause; NULL: none */
};

const char *status_reason(int code);
/* The code that tells a client what happened: ERROR_INVALID 400, ERROR_NOT_FOUND 404, ERROR_LIMIT 414, ERROR_UNAVAILABLE 503, others 500.
 */
int status_code_of(enum error_code code);
void status_write_json(const struct status *status, struct buffer *out);
void status_write_protobuf(const struct status *status, struct buffer *out); /* in its envelope */

/* The response becomes this Status in the response's form; what was in its body is dropped. */
void status_respond(const struct status *status, struct response *response);
/* The same for a code and a text, without details. */
void status_respond_text(int code, const char *message, struct response *response);
void status_respond_error(const struct error *err, struct response *response);

#endif
