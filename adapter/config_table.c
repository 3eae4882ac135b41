/* config_table.c - the option table: a row for each key of the configuration file, in the order of the file. */
#include "adapter/config.h"

#define AT(member) offsetof(struct config, member)
#define IN_QUEUE(member) offsetof(struct queue_spec, member)
#define IN_GUIDELINE(member) offsetof(struct guideline, member)
#define IN_WORKSHOP(member) offsetof(struct workshop, member)
#define TABLE(options)                               \
    {                                                \
        .rows = (options), .len = ARRAY_LEN(options) \
    }
#define LIST(options, type)                                                        \
    {                                                                              \
        .rows = (options), .len = ARRAY_LEN(options), .element_size = sizeof(type) \
    }
#define CHOICES(...) ((const char *const[]){__VA_ARGS__, NULL})

_Static_assert(sizeof(enum config_authentication) == sizeof(int) && sizeof(enum workload_kind) == sizeof(int),
               "a choice is stored as an int");

/* The default, and shown as it is in the example. */
#define GUIDELINES                  \
    "- {users: 0, replicas: 6}\n"   \
    "- {users: 10, replicas: 8}\n"  \
    "- {users: 15, replicas: 10}\n" \
    "- {users: 20, replicas: 15, minimum: 12}\n"

#define COUNT_FOLLOWS(list) (AT(n_##list) == AT(list) + sizeof(void *))
_Static_assert(COUNT_FOLLOWS(queues) && COUNT_FOLLOWS(guidelines) && COUNT_FOLLOWS(workshops), "a list is stored as items and count");

/* ---- serving ---- */

static const struct option service_options[] = {
    {"namespace", OPTION_NAMESPACE, AT(serving.service.name_space), .fallback = "", .fallback_help = "the pod's namespace", .restart = true,
     .help = "Namespace of the adapter's own Service, for the names in its own certificate; its Secret and Lease are there too."},
    {"name", OPTION_OBJECT_NAME, AT(serving.service.name), .fallback = "coder-metrics-adapter", .restart = true,
     .help = "Name of the adapter's own Service, for the names in its own certificate."},
};

static const struct option limits_options[] = {
    {"connections", OPTION_INTEGER, AT(serving.limits.connections), .fallback = "240", .least = "1", .most = "1200", .restart = true,
     .why = "a server thread for each 120, two at least; each connection takes about 50 KiB",
     .help = "Connections open at the same time; more wait until one is closed."},
    {"perPeer", OPTION_INTEGER, AT(serving.limits.per_peer), .fallback = "60", .least = "1", .most = "1200", .restart = true,
     .help =
         "Connections open at the same time from one address; more are closed at once. Those whose client certificate the cluster's CAs "
         "have signed do not count: all of the aggregator's come from one address."},
    {"headerBytes", OPTION_SIZE, AT(serving.limits.header_bytes), .fallback = "16Ki", .least = "4Ki", .most = "16Ki", .restart = true,
     .why = "half of the memory of a connection", .help = "Most bytes of a request's line and headers."},
    {"headerTimeout", OPTION_DURATION, AT(serving.limits.header_timeout_ms), .fallback = "10s", .least = "1s", .most = "1m",
     .restart = true, .help = "Time for the TLS handshake, and for the line and headers of a request once it has begun."},
    {"idleTimeout", OPTION_DURATION, AT(serving.limits.idle_timeout_ms), .fallback = "2m", .least = "5s", .most = "10m", .restart = true,
     .help = "A connection without a request for so long is closed. Go clients close theirs after 90s; the default lets them go first."},
    {"requestsInFlight", OPTION_INTEGER, AT(serving.limits.requests_in_flight), .fallback = "200", .least = "1", .most = "1000",
     .restart = true,
     .help = "Requests being answered at the same time; more are answered 429, without Retry-After, for which an HPA would wait. /livez, "
             "/readyz and /healthz are always answered."},
};

static const struct option_table service_table = TABLE(service_options);
static const struct option_table limits_table = TABLE(limits_options);

static const struct option serving_options[] = {
    {"address", OPTION_ADDRESS, AT(serving.address), .fallback = "0.0.0.0", .restart = true,
     .help = "Address to listen on. `localhost` is 127.0.0.1."},
    {"port", OPTION_INTEGER, AT(serving.port), .fallback = "6443", .least = "0", .most = "65535", .restart = true,
     .help = "Port to listen on. 0 takes any free one and logs it."},
    {"certFile", OPTION_PATH, AT(serving.cert_file), .fallback = "", .fallback_help = "own certificate", .restart = true,
     .help = "Certificate chain (PEM). Read again when it changes. With keyFile, or neither."},
    {"keyFile", OPTION_PATH, AT(serving.key_file), .fallback = "", .fallback_help = "own certificate", .restart = true,
     .help = "Private key (PEM) of certFile: ECDSA P-256 is best, RSA above 2048 bits is slow. Read again when it changes."},
    {"service", OPTION_SECTION, .table = &service_table},
    {"secretName", OPTION_OBJECT_NAME, AT(serving.secret_name), .fallback = "coder-metrics-adapter-tls", .restart = true,
     .help = "Secret that keeps the adapter's own certificate; it must be there, and may be empty."},
    {"leaseName", OPTION_OBJECT_NAME, AT(serving.lease_name), .fallback = "coder-metrics-adapter", .restart = true,
     .help = "Lease that says which replica makes the certificate; it must be there."},
    {"certificateLifetime", OPTION_DURATION, AT(serving.certificate_lifetime_ms), .fallback = "90d", .least = "1m", .most = "730d",
     .restart = true,
     .help =
         "How long the adapter's own certificate in a cluster is valid. Renewed when a third is left; the CA that signed it goes with it."},
    {"authentication", OPTION_CHOICE, AT(serving.authentication), .fallback = "delegated", .restart = true,
     .choices = CHOICES("delegated", "none"),
     .help =
         "`delegated` asks the cluster who calls and what they may. `none` turns authorization off too, also for /metrics, and is allowed "
         "on a loopback address only."},
    {"tokenAudiences", OPTION_TEXTS, AT(serving.token_audiences), .fallback = "[]", .most = "10", .element = OPTION_TEXT, .restart = true,
     .help = "Audiences that a bearer token may have; none: those of the cluster."},
    {"authorizationTTL", OPTION_DURATION, AT(serving.authorization_ttl_ms), .fallback = "30s", .least = "1s", .most = "10m",
     .help = "How long the cluster's answers are kept: a right taken away takes effect within this time."},
    {"metricsAccess", OPTION_CHOICE, AT(serving.metrics_access), .fallback = "authorized", .choices = CHOICES("authorized", "anyone"),
     .help = "Who may read /metrics: who has RBAC on the path, or anyone."},
    {"shutdownGrace", OPTION_DURATION, AT(serving.shutdown_grace_ms), .fallback = "5s", .least = "0s", .most = "5m",
     .help = "After SIGTERM requests go on to be answered for so long, while /readyz already says no."},
    {"limits", OPTION_SECTION, .table = &limits_table},
};

/* ---- coder ---- */

static const struct option coder_options[] = {
    {"url", OPTION_URL, AT(coder.url), .example = "https://coder.example.com", .help = "Coder's access URL."},
    {"tokenFile", OPTION_PATH, AT(coder.token_file), .example = "/var/run/secrets/coder/token",
     .help = "File with the session token. Read again when it changes."},
    {"caFile", OPTION_PATH, AT(coder.ca_file), .fallback = "", .fallback_help = "the system's CAs",
     .help = "CA certificates (PEM) that Coder's certificate is checked with."},
    {"pollInterval", OPTION_DURATION, AT(coder.poll_interval_ms), .fallback = "5s", .least = "1s", .most = "5m",
     .help = "Time between two polls of one organization."},
    {"timeout", OPTION_DURATION, AT(coder.timeout_ms), .fallback = "10s", .least = "100ms", .most = "1m",
     .help = "Time within which an answer must have come as a whole."},
    {"staleAfter", OPTION_DURATION, AT(coder.stale_after_ms), .fallback = "60s", .least = "1s", .most = "1h",
     .help = "A reading older than this is no longer served: the HPA holds. At least pollInterval."},
    {"refresh", OPTION_CHOICE, AT(coder.refresh), .fallback = "interval", .choices = CHOICES("interval", "on-read"),
     .help = "When to poll: at every interval, or also when somebody reads and the newest reading is older than a second; who reads then "
             "waits for the answer, at most a second."},
    {"jobLimit", OPTION_INTEGER, AT(coder.job_limit), .fallback = "10000", .least = "1", .most = "100000",
     .help = "Most active jobs of one organization. An answer with as many counts as truncated, which is an error of the source."},
    {"keepHistory", OPTION_BOOLEAN, AT(coder.keep_history), .fallback = "false",
     .help =
         "Keep percentiles, failure ratios and learned profiles of the queues over a restart, in the file nodeGroups.history.path; also "
         "without node groups."},
};

/* ---- queues ---- */

static const struct option workload_options[] = {
    {"kind", OPTION_CHOICE, IN_QUEUE(workload.kind), .fallback = "Deployment", .choices = CHOICES("Deployment", "StatefulSet"),
     .help = "What runs the provisioners."},
    {"name", OPTION_OBJECT_NAME, IN_QUEUE(workload.name), .fallback = "", .fallback_help = "coder-provisioner- and the queue's name",
     .example = "coder-provisioner-default", .help = "Its name, in the queue's namespace."},
};

static const struct option replicas_options[] = {
    {"min", OPTION_INTEGER, IN_QUEUE(replicas_min), .fallback = "6", .least = "0", .most = "1000",
     .help = "Fewest provisioners. At most max."},
    {"max", OPTION_INTEGER, IN_QUEUE(replicas_max), .fallback = "15", .least = "1", .most = "1000", .help = "Most provisioners."},
};

static const struct option_table workload_table = TABLE(workload_options);
static const struct option_table replicas_table = TABLE(replicas_options);

static const struct option queue_options[] = {
    {"name", OPTION_LABEL_VALUE, IN_QUEUE(name), .example = "default",
     .help = "Name of the queue: the value of the label `queue`. Unique."},
    {"organization", OPTION_LABEL_VALUE, IN_QUEUE(organization), .fallback = "default",
     .help = "Name or id of the Coder organization: the value of the label `organization`. At most 100 different ones."},
    {"tags", OPTION_TAGS, IN_QUEUE(tags), .fallback = "{}", .most = "60",
     .help = "Tags as the pool's provisioners carry them; `scope: organization` and `owner: \"\"` are implied. No two queues have the same "
             "organization and tags."},
    {"namespace", OPTION_NAMESPACE_OR_ANY, IN_QUEUE(name_space), .fallback = "coder",
     .help = "HPAs of this namespace may read the queue; `\"*\"` for any."},
    {"workload", OPTION_SECTION, .table = &workload_table},
    {"replicas", OPTION_SECTION, .table = &replicas_table},
    {"headroom", OPTION_INTEGER, IN_QUEUE(headroom), .fallback = "1", .least = "0", .most = "1000",
     .help = "Idle provisioners to keep beyond the demand."},
    {"hpaTolerance", OPTION_REAL, IN_QUEUE(hpa_tolerance), .fallback = "0.1", .least = "0", .most = "1",
     .help = "Tolerance of the HPA that reads the queue: 0 where it sets `behavior.scaleUp.tolerance: 0` (Kubernetes 1.35 and newer)."},
    {"targetWait", OPTION_DURATION, IN_QUEUE(target_wait_ms), .fallback = "0s", .least = "0s", .most = "1h",
     .help = "Enough provisioners that 95 % of the jobs to come wait no longer than this; 0: no such floor."},
    {"scaleDownAfter", OPTION_DURATION, IN_QUEUE(scale_down_after_ms), .fallback = "10m", .least = "0s", .most = "24h",
     .help = "After a fall of demand the highest wish of so long stands."},
    {"prebuildWeight", OPTION_REAL, IN_QUEUE(prebuild_weight), .fallback = "1.0", .least = "0", .most = "1",
     .help = "What a prebuild job counts in `coder_provisioner_desired_replicas`; demand always counts it whole."},
    {"protectBusy", OPTION_BOOLEAN, IN_QUEUE(protect_busy), .fallback = "false",
     .help = "Write a pod deletion cost on pods of busy provisioners, so that idle ones go first."},
    {"learnedProfile", OPTION_BOOLEAN, IN_QUEUE(learned_profile), .fallback = "false",
     .help = "Scale ahead of the load that this hour of the week, in timeZone, has shown so far: it only ever raises, at most to "
             "replicas.max, from "
             "the third week on. With coder.keepHistory it is not forgotten at a restart."},
    {"autostart", OPTION_BOOLEAN, IN_QUEUE(autostart), .fallback = "false",
     .help = "Scale ahead of workspaces that start by their schedule: Coder skips a start for which no provisioner is connected. Asks "
             "Coder for "
             "its workspaces every ten minutes; the token needs workspace:read."},
};

/* ---- guidelines and workshops ---- */

static const struct option guideline_options[] = {
    {"users", OPTION_INTEGER, IN_GUIDELINE(users), .least = "0", .most = "100000", .help = "From so many concurrent users. Ascending."},
    {"replicas", OPTION_INTEGER, IN_GUIDELINE(replicas), .least = "1", .most = "1000", .help = "Provisioners recommended."},
    {"minimum", OPTION_INTEGER, IN_GUIDELINE(minimum), .fallback = "0", .fallback_help = "as replicas", .least = "0", .most = "1000",
     .help = "Fewest provisioners that will do. At most replicas; 0: as replicas."},
};

static const struct option workshop_options[] = {
    {"name", OPTION_LABEL_VALUE, IN_WORKSHOP(name), .help = "Name of the workshop. Unique."},
    {"queue", OPTION_LABEL_VALUE, IN_WORKSHOP(queue), .fallback = "default", .help = "The queue that grows for it: one of queues."},
    {"start", OPTION_TIMESTAMP, IN_WORKSHOP(start_unix_ms), .help = "First moment at which its users are there."},
    {"end", OPTION_TIMESTAMP, IN_WORKSHOP(end_unix_ms), .help = "Moment at which they are gone. After start."},
    {"users", OPTION_INTEGER, IN_WORKSHOP(users), .least = "1", .most = "100000", .help = "Concurrent users, looked up in guidelines."},
    {"lead", OPTION_DURATION, IN_WORKSHOP(lead_ms), .fallback = "15m", .least = "0s", .most = "24h",
     .help = "The provisioners are there so long before start."},
};

/* ---- nodeGroups ---- */

static const struct option prometheus_options[] = {
    {"url", OPTION_URL, AT(node_groups.usage.prometheus.url), .help = "Base URL of the Prometheus HTTP API (Prometheus, Thanos, Mimir)."},
    {"tokenFile", OPTION_PATH, AT(node_groups.usage.prometheus.token_file), .fallback = "", .fallback_help = "no token",
     .help = "File with a bearer token. Read again when it changes."},
    {"caFile", OPTION_PATH, AT(node_groups.usage.prometheus.ca_file), .fallback = "", .fallback_help = "the system's CAs",
     .help = "CA certificates (PEM) that its certificate is checked with."},
    {"headers", OPTION_HEADERS, AT(node_groups.usage.prometheus.headers), .fallback = "{}", .most = "16",
     .help = "Further headers of each request, as `X-Scope-OrgID: team`."},
    {"queries", OPTION_QUERIES, AT(node_groups.usage.prometheus.queries), .fallback = "{}", .most = "32",
     .help = "PromQL to use instead of the adapter's own, by the name of the query; the reference (docs/configuration.md) lists names and "
             "units."},
};
static const struct option_table prometheus_table = TABLE(prometheus_options);

static const struct option usage_options[] = {
    {"source", OPTION_CHOICE, AT(node_groups.usage.source), .fallback = "metrics-api", .choices = CHOICES("metrics-api", "prometheus"),
     .help = "Where the use of nodes is read: metrics.k8s.io, or the section prometheus."},
    {"interval", OPTION_DURATION, AT(node_groups.usage.interval_ms), .fallback = "30s", .least = "5s", .most = "10m",
     .help = "Time between two readings."},
    {"staleAfter", OPTION_DURATION, AT(node_groups.usage.stale_after_ms), .fallback = "3m", .least = "5s", .most = "1h",
     .help = "A reading older than this is no longer served. At least interval."},
    {"prometheus", OPTION_SECTION, AT(node_groups.usage.prometheus.on), .optional = true, .table = &prometheus_table},
};

static const struct option history_options[] = {
    {"path", OPTION_PATH, AT(node_groups.history.path), .fallback = "/var/lib/coder-metrics-adapter/history.db", .may_be_empty = true,
     .help = "File of the history; `\"\"`: in memory only, lost at a restart."},
    {"retention", OPTION_DURATION, AT(node_groups.history.retention_ms), .fallback = "26w", .least = "1d", .most = "520w",
     .help = "How far the history goes back."},
};

#define THRESHOLD_OPTIONS(which, whose, window_, cpu_, memory_)                                              \
    {                                                                                                        \
        {"window",      OPTION_DURATION, AT(node_groups.thresholds.which.window_ms),  .fallback = (window_), \
         .least = "1m", .most = "30d",   .help = whose " is averaged over this time."},                      \
            {"cpu",        OPTION_REAL, AT(node_groups.thresholds.which.cpu), .fallback = (cpu_),            \
             .least = "0", .most = "1", .help = "CPU use, of capacity."},                                    \
            {"memory",     OPTION_REAL, AT(node_groups.thresholds.which.memory), .fallback = (memory_),      \
             .least = "0", .most = "1", .help = "Memory use, of capacity."},                                 \
    }
static const struct option p1_options[] = THRESHOLD_OPTIONS(p1, "The use of nodes and of node groups", "1h", "0.95", "0.85");
static const struct option p2_options[] = THRESHOLD_OPTIONS(p2, "The use of node groups (not of single nodes)", "24h", "0.75", "0.75");
static const struct option_table p1_table = TABLE(p1_options);
static const struct option_table p2_table = TABLE(p2_options);

static const struct option thresholds_options[] = {
    {"p1", OPTION_SECTION, .table = &p1_table},
    {"p2", OPTION_SECTION, .table = &p2_table},
};

static const struct option_table usage_table = TABLE(usage_options);
static const struct option_table history_table = TABLE(history_options);
static const struct option_table thresholds_table = TABLE(thresholds_options);

static const struct option node_groups_options[] = {
    {"label", OPTION_LABEL_KEY, AT(node_groups.label), .fallback = "elastisys.io/node-group",
     .help = "Label of a node that names its group."},
    {"usage", OPTION_SECTION, .table = &usage_table},
    {"history", OPTION_SECTION, .table = &history_table},
    {"resilience", OPTION_CHOICE, AT(node_groups.resilience), .fallback = "node", .choices = CHOICES("node", "zone", "drain"),
     .help = "What a group must survive: the loss of a node, of a zone, or of one node while another is drained."},
    {"dataServices", OPTION_TEXTS, AT(node_groups.data_services), .fallback = "[]", .most = "100", .element = OPTION_LABEL_VALUE,
     .help = "Groups left out of requests to allocatable."},
    {"antiAffinityLimit", OPTION_INTEGER, AT(node_groups.anti_affinity_limit), .fallback = "0", .least = "0", .most = "10000",
     .help = "Most nodes of a group that the infrastructure can keep apart; 0: unknown."},
    {"reviewPeriod", OPTION_DURATION, AT(node_groups.review_period_ms), .fallback = "30d", .least = "1d", .most = "52w",
     .help = "Time between two reviews of the capacity: the advice looks so far ahead."},
    {"thresholds", OPTION_SECTION, .table = &thresholds_table},
};

/* ---- The file ---- */

static const struct option_table serving_table = TABLE(serving_options);
static const struct option_table coder_table = TABLE(coder_options);
static const struct option_table queue_table = LIST(queue_options, struct queue_spec);
static const struct option_table guideline_table = LIST(guideline_options, struct guideline);
static const struct option_table workshop_table = LIST(workshop_options, struct workshop);
static const struct option_table node_groups_table = TABLE(node_groups_options);

static const struct option file_options[] = {
    {"apiVersion", OPTION_CHOICE, AT(api_version), .fallback = "coder-metrics-adapter/v1", .choices = CHOICES("coder-metrics-adapter/v1"),
     .help = "Version of this format."},
    {"kind", OPTION_CHOICE, AT(kind), .fallback = "Config", .choices = CHOICES("Config"), .help = "What this file is."},
    {"serving", OPTION_SECTION, .table = &serving_table, .help = "How the adapter is reached, and who may."},
    {"coder", OPTION_SECTION, .table = &coder_table, .help = "The Coder deployment that is polled."},
    {"queues", OPTION_SECTIONS, AT(queues), .fallback = "- {name: default}\n", .fallback_help = "one queue named default", .most = "1000",
     .table = &queue_table,
     .help = "A queue is an organization plus the tags of one pool of provisioners, which one Deployment or StatefulSet runs."},
    {"guidelines", OPTION_SECTIONS, AT(guidelines), .most = "100", .table = &guideline_table, .fallback = GUIDELINES,
     .fallback_help = "the four rows of the example", .example = GUIDELINES,
     .help = "Concurrent users to provisioners, for workshops. At an edge the larger row counts; far above the last row it is computed."},
    {"workshops", OPTION_SECTIONS, AT(workshops), .fallback = "[]", .fallback_help = "none", .most = "1000", .table = &workshop_table,
     .example = "- {name: autumn, queue: default, start: 2026-11-25T09:00:00Z, end: 2026-11-25T17:00:00Z, users: 25, lead: 15m}\n",
     .help = "Times at which a queue grows before its users come."},
    {"workshopNamespaces", OPTION_TEXTS, AT(workshop_namespaces), .fallback = "[]", .most = "100", .element = OPTION_NAMESPACE,
     .help = "Namespaces in which ConfigMaps labelled `coder-metrics-adapter/workshop` are read as workshops."},
    {"timeZone", OPTION_TIME_ZONE, AT(time_zone), .fallback = "UTC", .help = "Time zone of hours and weekdays."},
    {"confined", OPTION_BOOLEAN, AT(confined), .fallback = "true", .restart = true,
     .help =
         "Give up, at the start, every right that serving does not need: files outside of the folders named here (Landlock) and system "
         "calls such as starting a program (seccomp). A kernel without them costs a line of the log. `false` for tools that work inside "
         "the process."},
    {"nodeGroups", OPTION_SECTION, AT(node_groups.on), .optional = true, .table = &node_groups_table,
     .help = "Use, resilience and forecast of node groups. Off when it is not written; `nodeGroups: {}` is on with all its defaults."},
};

const struct option_table *config_table(void)
{
    static const struct option_table table = TABLE(file_options);

    return &table;
}
