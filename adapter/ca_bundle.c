#include "adapter/ca_bundle.h"

#include <string.h>

#include "base/base64.h"

static const json_t *spec_of(const json_t *api_service)
{
    return json_object_get(api_service, "spec");
}

/* "" for what is missing or no text */
static const char *service_text(const json_t *api_service, const char *member)
{
    const char *text = json_string_value(json_object_get(json_object_get(spec_of(api_service), "service"), member));

    return text ? text : "";
}

enum registration ca_bundle_registration(const json_t *api_service, const char *name_space, const char *service)
{
    if (!api_service)
        return REGISTRATION_MISSING;
    if (strcmp(service_text(api_service, "namespace"), name_space) != 0 || strcmp(service_text(api_service, "name"), service) != 0)
        return REGISTRATION_FOREIGN;
    return json_is_true(json_object_get(spec_of(api_service), "insecureSkipTLSVerify")) ? REGISTRATION_INSECURE : REGISTRATION_OURS;
}

bool ca_bundle_is(const json_t *api_service, const struct buffer *pem)
{
    const char *text = json_string_value(json_object_get(spec_of(api_service), "caBundle"));
    CLEANUP(buffer_clear) struct buffer there = BUFFER_INIT(OWN_CA_PEM_MAX);

    return text && base64_decode(text, strlen(text), &there) && there.len == pem->len && pem->len > 0 &&
           memcmp(there.data, pem->data, pem->len) == 0;
}

void ca_bundle_service(const json_t *api_service, struct buffer *out)
{
    (void)buffer_printf(out, "%s/%s", service_text(api_service, "namespace"), service_text(api_service, "name"));
}
