/* option_text.h - which texts are names, labels, addresses, URLs, headers, time zones. Pure, but that a time zone is looked up
 * in the system's database where there is one.
 *
 * Source   RFC 1123 (names), Kubernetes apimachinery (labels, object names), RFC 3986 (URLs), RFC 9110 (headers) */
#ifndef ADAPTER_OPTION_TEXT_H
#define ADAPTER_OPTION_TEXT_H

#include <stdbool.h>

bool text_is_namespace(const char *text);
bool text_is_namespace_or_any(const char *text); /* or "*" */
bool text_is_object_name(const char *text);
bool text_is_label_value(const char *text);
bool text_is_label_key(const char *text);
bool text_is_address(const char *text); /* IPv4, IPv6, "localhost" */
bool text_is_loopback(const char *text);
bool text_is_time_zone(const char *text);
bool text_is_header_name(const char *text);
/* Why it is no URL of a server as we want it, NULL when it is one. The text itself may hold a secret: it is not in the answer. */
const char *text_url_problem(const char *text);
/* What YAML readers may take an unquoted scalar for instead of text ("a boolean", "a number"); NULL: it is text for all of them. */
const char *text_other_reading(const char *text);

#endif
