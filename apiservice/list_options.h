/* list_options.h - the query parameters of a list request besides labelSelector. Pure.
 *
 * Rules    watch is refused (405); limit, timeoutSeconds, timeout and resourceVersionMatch are checked and have no effect, since
 *          an answer is whole and at once; a fieldSelector is refused, since ignoring it would answer with series that were not
 *          asked for; unknown ones are ignored
 * Source   apimachinery ListOptions; kubernetes-api 7.1 and 8 */
#ifndef APISERVICE_LIST_OPTIONS_H
#define APISERVICE_LIST_OPTIONS_H

#include <stdbool.h>

#include "apiservice/exchange.h"
#include "apiservice/target.h"

/* False: the response has the Status that refuses them. */
bool list_options_accepted(const struct target *target, struct response *response);

#endif
