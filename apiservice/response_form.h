/* response_form.h - the form of an answer: chosen before it is made, and finished at the end.
 *
 * Rules    what Accept wants (negotiation.h), among the forms that the kind of answer has; people's tools (curl, Wget, browsers)
 *          get JSON with line breaks, unless ?pretty=false; errors come in JSON, YAML or protobuf whatever the answer has.
 *          pretty and YAML are made of an application/json body, protobuf and text stay as they are; gzip above 128 KiB
 * Source   apiserver handlers/negotiation, endpoints/handlers/responsewriters; kubernetes-api 8 */
#ifndef APISERVICE_RESPONSE_FORM_H
#define APISERVICE_RESPONSE_FORM_H

#include "apiservice/exchange.h"
#include "apiservice/negotiation.h"
#include "apiservice/target.h"

enum { RESPONSE_GZIP_ABOVE = 128 * 1024 };

/* Documents that have one form; discovery and errors; lists of a metric; one series, which nobody but people asks for. */
extern const struct media_offers response_offers_json, response_offers_plain, response_offers_metric, response_offers_series;

/* Sets the response's form. NULL: nothing fits, and the 406 is in the response. */
const struct media_offer *response_choose_form(const struct request *request, const struct target *target, struct media_offers from,
                                               struct response *response);
/* For errors that come before that, or instead. */
void response_choose_form_of_errors(const struct request *request, const struct target *target, struct response *response);
/* accept_encoding: NULL: none. */
void response_finish(struct response *response, const char *accept_encoding);

/* parameter: of the query, NULL or "": none. user_agent: NULL: none. */
bool response_wants_pretty(const char *parameter, bool accept_says_so, const char *user_agent);

#endif
