#include "apiservice/own_families.h"

static const struct own_family_row rows[OWN_FAMILIES] = {
    [OWN_SOURCE_UP] = {"adapter_source_up", "gauge", "`source`",
                       "1 while the last good reading of the source is fresh, 0 when it is stale or there was none"},
    [OWN_SOURCE_LAST_SUCCESS] = {"adapter_source_last_success_timestamp_seconds", "gauge", "`source`",
                                 "When the source was last read; absent when it never was"},
    [OWN_BUILD_INFO] = {"adapter_build_info", "gauge", "`version`", "A constant 1 with the version of the program"},
    [OWN_CONFIG_HASH] = {"adapter_config_hash", "gauge", "", "A number that changes with the text of the configuration in force"},
    [OWN_CONFIG_LAST_RELOAD] = {"adapter_config_last_reload_successful", "gauge", "",
                                "1 when the configuration file is in force, 0 when it was refused"},
    [OWN_CONFIG_LOADED] = {"adapter_config_loaded_timestamp_seconds", "gauge", "", "When the configuration in force was read"},
    [OWN_LEADER] = {"adapter_leader", "gauge", "", "1 when this replica is the one that writes, 0 when another is"},
    [OWN_CERTIFICATE_EXPIRY] = {"adapter_certificate_expiry_timestamp_seconds", "gauge", "", "When the serving certificate expires"},
    [OWN_CERTIFICATE_PROBLEM] = {"adapter_certificate_problem", "gauge", "`reason`",
                                 "1 while that is wrong with the certificate that the adapter makes itself"},
    [OWN_CONNECTIONS] = {"adapter_connections", "gauge", "", "Client connections that are open"},
    [OWN_CONNECTIONS_ENDED] = {"adapter_connections_ended_total", "counter", "", "Connections ended for missing a deadline"},
    [OWN_HANDSHAKE_FAILURES] = {"adapter_tls_handshake_failures_total", "counter", "",
                                "Handshakes that did not end well, probes of the port included"},
    [OWN_REQUESTS_IN_FLIGHT] = {"adapter_requests_in_flight", "gauge", "", "Requests that are being answered"},
    [OWN_REQUEST_DURATION] = {"adapter_request_duration_seconds", "histogram", "`route`, `code`",
                              "Time from a request's head to its answer, by route and status code"},
    [OWN_EXTERNAL_READS] = {"adapter_external_reads_total", "counter", "`family`, `queue`, `code`",
                            "Reads of external metrics, by family, queue and status code"},
    [OWN_AUTHENTICATION] = {"adapter_authentication_total", "counter", "`result`", "Requests by how it was told who sent them"},
    [OWN_AUTHENTICATION_REFUSED] = {"adapter_authentication_config_refused", "gauge", "",
                                    "1 while the cluster's authentication configuration cannot be used and an older one is in force"},
    [OWN_REVIEWS] = {"adapter_reviews_total", "counter", "`kind`, `result`",
                     "What the API server answered to TokenReviews and SubjectAccessReviews"},
    [OWN_REVIEW_DURATION] = {"adapter_review_duration_seconds", "histogram", "`kind`",
                             "Time from a review's question to its answer, with all its tries"},
    [OWN_REVIEW_CACHE] = {"adapter_review_cache_entries", "gauge", "`kind`", "Answers to reviews that are kept"},
    [OWN_PROTECTED_PODS] = {"adapter_protected_pods", "gauge", "", "Provisioners' pods that carry a deletion cost because they are busy"},
    [OWN_PROTECTION_MARKS] = {"adapter_protection_marks_total", "counter", "", "Pods that were given a deletion cost"},
    [OWN_PROTECTION_UNMARKS] = {"adapter_protection_unmarks_total", "counter", "", "Pods whose deletion cost was removed"},
    [OWN_PROTECTION_FAILURES] = {"adapter_protection_failures_total", "counter", "", "Requests about busy provisioners' pods that failed"},
    [OWN_WORKSHOP_CONFIGMAPS] = {"adapter_workshop_configmaps", "gauge", "`state`",
                                 "ConfigMaps with workshops: those that count, and those that cannot be read"},
};

const struct own_family_row *own_family(enum own_family id)
{
    return &rows[id];
}

void own_family_begin(struct exposition *exposition, enum own_family id)
{
    exposition_family(exposition, rows[id].name, rows[id].help, rows[id].type);
}

void own_family_value(struct exposition *exposition, enum own_family id, double value)
{
    own_family_begin(exposition, id);
    exposition_sample(exposition, "", NULL, 0, value);
}
