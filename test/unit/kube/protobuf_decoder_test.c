/* protobuf_decoder_test.c - what the real serializer writes, read; the same objects as their JSON, cut and broken anywhere. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/file.h"
#include "base/json.h"
#include "kube/api_error.h"
#include "kube/protobuf_decoder.h"
#include "test/unit/kube/suites.h"

enum { FIXTURE_MAX = 65536, TOLD_MAX = 65536, EMPTY_TAIL_LEN = 4 /* two empty texts end an envelope */ };

static void read_fixture(const char *name, struct buffer *out)
{
    char path[512];
    struct error err = {0};

    (void)snprintf(path, sizeof(path), FIXTURES "/kubernetes/protobuf/%s", name);
    ck_assert_msg(file_read(path, out, &err) == 0, "%s", err.text);
}

static void keep_object(void *context, const struct kube_event *event)
{
    ck_assert_int_eq(event->type, KUBE_LISTED);
    ck_assert_int_eq(json_array_append_new(context, json_deep_copy(event->object)), 0);
}

static json_t *read_items(const char *name, struct kube_page *page)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(FIXTURE_MAX);
    json_t *items = json_array();
    const struct kube_sink sink = {keep_object, items};
    struct error err = {0};

    read_fixture(name, &body);
    ck_assert_msg(kube_protobuf_decoder.read_page(body.data, body.len, &sink, page, &err) == 0, "%s", err.text);
    return items;
}

/* --- the same objects --- */

static const struct {
    const char *file, *path, *value; /* the value at the path, as JSON */
} members[] = {
    {"nodes", "0/metadata/name", "\"w1\""},
    {"nodes", "0/metadata/resourceVersion", "\"5\""},
    {"nodes", "0/metadata/labels", "{\"elastisys.io/node-group\":\"workers\",\"empty\":\"\",\"topology.kubernetes.io/zone\":\"a\"}"},
    {"nodes", "0/spec",
     "{\"taints\":[{\"effect\":\"NoSchedule\",\"key\":\"node.kubernetes.io/unschedulable\"},"
     "{\"effect\":\"NoExecute\",\"key\":\"gpu\",\"value\":\"yes\"}],\"unschedulable\":true}"},
    {"nodes", "0/status/capacity", "{\"cpu\":\"4\",\"memory\":\"8Gi\",\"pods\":\"110\"}"},
    {"nodes", "0/status/allocatable", "{\"cpu\":\"3900m\",\"example.com/gpu\":\"2\",\"memory\":\"7Gi\",\"pods\":\"110\"}"},
    {"nodes", "0/status/conditions", "[{\"status\":\"False\",\"type\":\"MemoryPressure\"},{\"status\":\"True\",\"type\":\"Ready\"}]"},
    {"nodes", "0/status/images", "null"},
    {"nodes", "1/metadata/deletionTimestamp", "\"2026-01-02T03:04:05Z\""},
    {"pods", "0/metadata/namespace", "\"data\""},
    {"pods", "0/metadata/annotations", "{\"kubernetes.io/config.mirror\":\"h\"}"},
    {"pods", "0/metadata/ownerReferences", "[{\"controller\":true,\"kind\":\"DaemonSet\",\"name\":\"d\"}]"},
    {"pods", "0/spec/nodeName", "\"w1\""},
    {"pods", "0/spec/nodeSelector", "{\"disk\":\"ssd\"}"},
    {"pods", "0/spec/overhead", "{\"cpu\":\"250m\"}"},
    {"pods", "0/spec/resources", "{\"requests\":{\"cpu\":\"3\"}}"},
    {"pods", "0/spec/volumes",
     "[{\"name\":\"data\",\"persistentVolumeClaim\":{\"claimName\":\"data-db-0\"}},{\"ephemeral\":{},\"name\":\"scratch\"},{\"name\":"
     "\"none\"}]"},
    {"pods", "0/spec/initContainers", "[{\"name\":\"side\",\"resources\":{\"requests\":{\"cpu\":\"100m\"}},\"restartPolicy\":\"Always\"}]"},
    {"pods", "0/spec/containers",
     "[{\"name\":\"db\",\"ports\":[{\"hostPort\":8080,\"protocol\":\"UDP\"},{}],\"resources\":{\"requests\":{\"cpu\":\"2\",\"memory\":"
     "\"1Gi\"}}}]"},
    {"pods", "0/spec/tolerations",
     "[{\"operator\":\"Exists\"},{\"effect\":\"NoExecute\",\"key\":\"gpu\",\"operator\":\"Equal\",\"value\":\"yes\"}]"},
    {"pods", "0/spec/affinity/nodeAffinity",
     "{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":\"zone\",\"operator\":"
     "\"In\",\"values\":[\"a\",\"\"]}],\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"w1\"]}]}]}}"},
    {"pods", "0/spec/affinity/podAffinity",
     "{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"labelSelector\":{\"matchLabels\":{\"app\":\"web\"}},\"namespaceSelector\":{},"
     "\"namespaces\":[\"a\",\"b\"],\"topologyKey\":\"topology.kubernetes.io/zone\"}]}"},
    {"pods", "0/spec/affinity/podAntiAffinity",
     "{\"requiredDuringSchedulingIgnoredDuringExecution\":[{\"labelSelector\":{\"matchExpressions\":[{\"key\":\"app\",\"operator\":"
     "\"Exists\"}]},\"topologyKey\":\"kubernetes.io/hostname\"}]}"},
    {"pods", "0/status/phase", "\"Running\""},
    {"pods", "0/status/conditions", "[{\"reason\":\"Infeasible\",\"type\":\"PodResizePending\"}]"},
    {"pods", "0/status/allocatedResources", "{\"cpu\":\"5\"}"},
    {"pods", "0/status/resources", "{\"requests\":{\"cpu\":\"4\"}}"},
    {"pods", "0/status/containerStatuses",
     "[{\"allocatedResources\":{\"cpu\":\"1500m\"},\"name\":\"db\",\"resources\":{\"requests\":{\"cpu\":\"1400m\"}}}]"},
    {"pods", "0/status/initContainerStatuses", "[{\"name\":\"side\",\"resources\":{\"requests\":{\"cpu\":\"90m\"}}}]"},
    {"pods", "1",
     "{\"metadata\":{\"name\":\"pending\",\"namespace\":\"default\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"resources\":{}}]},"
     "\"status\":{\"phase\":\"Pending\"}}"},
};

static const json_t *at_path(const json_t *value, const char *path)
{
    char steps[256], *rest = NULL;

    (void)snprintf(steps, sizeof(steps), "%s", path);
    for (const char *step = strtok_r(steps, "/", &rest); step; step = strtok_r(NULL, "/", &rest))
        value = json_is_array(value) ? json_array_get(value, strtoul(step, NULL, 10)) : json_object_get(value, step);
    return value;
}

START_TEST(member_case)
{
    char file[64];
    struct kube_page page = {0};
    const json_t *value;
    json_t *items;
    char *text;

    (void)snprintf(file, sizeof(file), "%s.pb", members[_i].file);
    items = read_items(file, &page);
    value = at_path(items, members[_i].path);
    text = value ? json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : strdup("null");
    ck_assert_str_eq(text, members[_i].value);
    free(text);
    json_decref(items);
}
END_TEST

START_TEST(list_metadata)
{
    struct kube_page nodes = {0}, pods = {0};

    json_decref(read_items("nodes.pb", &nodes));
    json_decref(read_items("pods.pb", &pods));
    ck_assert_str_eq(nodes.version, "77");
    ck_assert_str_eq(nodes.next, "more");
    ck_assert_str_eq(pods.version, "78");
    ck_assert_str_eq(pods.next, "");
}
END_TEST

/* --- watches --- */

static void write_down(void *context, const struct kube_event *event)
{
    static const char *const names[] = {"LISTED", "ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"};
    const char *name = json_string_value(json_object_get(json_object_get(event->object, "metadata"), "name"));

    (void)buffer_printf(context, "%s %s %s %d;", names[event->type], name ? name : "-", event->version, event->status);
}

/* The same events, wherever the stream is cut in two. */
START_TEST(watch_frames)
{
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(FIXTURE_MAX);

    read_fixture("watch.pb", &bytes);
    for (size_t cut = 0; cut <= bytes.len; cut++) {
        CLEANUP(watch_stream_clear) struct watch_stream stream = WATCH_STREAM_INIT(&kube_protobuf_decoder);
        CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(TOLD_MAX);
        const struct kube_sink sink = {write_down, &told};
        struct error err = {0};

        ck_assert_msg(watch_stream_feed(&stream, bytes.data, cut, &sink, &err) == 0, "%s", err.text);
        ck_assert_msg(watch_stream_feed(&stream, bytes.data + cut, bytes.len - cut, &sink, &err) == 0, "%s", err.text);
        ck_assert_str_eq(buffer_text(&told), "ADDED a 5 0;MODIFIED a 6 0;DELETED a 7 0;BOOKMARK - 12 0;ERROR -  410;");
        ck_assert_uint_eq(stream.bytes.len, 0);
    }
}
END_TEST

static void read_now(void *context, const struct kube_event *event)
{
    const struct kube_sink sink = {write_down, context};
    struct error err = {0};

    if (!event->object) {
        (void)buffer_printf(context, "late %s:", event->version);
        ck_assert_msg(kube_protobuf_decoder.read_event(event->frame, event->frame_len, &sink, &err) == 0, "%s", err.text);
    } else {
        write_down(context, event);
    }
}

/* What is added, modified or deleted waits in its frame; all else is told at once. */
START_TEST(late_frames)
{
    static const char line[] = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"j\",\"resourceVersion\":\"9\"}}}\n";
    CLEANUP(buffer_clear) struct buffer bytes = BUFFER_INIT(FIXTURE_MAX);
    CLEANUP(watch_stream_clear) struct watch_stream stream = WATCH_STREAM_INIT(&kube_protobuf_late_decoder);
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(TOLD_MAX);
    const struct kube_sink sink = {read_now, &told};
    struct error err = {0};

    read_fixture("watch.pb", &bytes);
    ck_assert_msg(watch_stream_feed(&stream, bytes.data, bytes.len, &sink, &err) == 0, "%s", err.text);
    ck_assert_msg(watch_stream_feed(&stream, line, strlen(line), &sink, &err) == 0, "%s", err.text);
    ck_assert_str_eq(buffer_text(&told),
                     "late 5:ADDED a 5 0;late 6:MODIFIED a 6 0;late 7:DELETED a 7 0;BOOKMARK - 12 0;ERROR -  410;ADDED j 9 0;");
}
END_TEST

/* A server that writes JSON all the same. */
START_TEST(json_is_read_too)
{
    static const char page[] = "{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[{\"metadata\":{\"name\":\"a\"}}]}";
    static const char events[] = "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"5\"}}}\n";
    CLEANUP(watch_stream_clear) struct watch_stream stream = WATCH_STREAM_INIT(&kube_protobuf_decoder);
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(TOLD_MAX);
    const struct kube_sink sink = {write_down, &told};
    struct kube_page out = {0};
    struct error err = {0};

    ck_assert_int_eq(kube_protobuf_decoder.read_page(page, strlen(page), &sink, &out, &err), 0);
    ck_assert_int_eq(watch_stream_feed(&stream, events, strlen(events), &sink, &err), 0);
    ck_assert_str_eq(buffer_text(&told), "LISTED a  0;ADDED a 5 0;");
}
END_TEST

/* --- what is broken --- */

static const struct {
    const char *bytes;
    size_t len;
    const char *error;
} broken_frames[] = {
#define BYTES(text) text, sizeof(text) - 1
    {BYTES("\0\0\0\0"), "without a type and an object"},
    {BYTES("\0\0\0\2\xff\xff"), "watch event: not a protobuf WatchEvent"},
    {BYTES("\0\0\0\7\n\5ADDED"), "without a type and an object"},
    {BYTES("\0\0\0\11\n\5ADDED\22\0"), "watch event: not a Kubernetes protobuf"},
    {BYTES("\0\0\0\17\n\5ADDED\22\6\n\4k8s\0"), "its envelope has no kind"},
    {BYTES("\0\0\0\35\n\5ADDED\22\24\n\22k8s\0\n\f\22\nConfigMap!"), "expected a protobuf Node or Pod, got ConfigMap!"},
    {BYTES("\0\0\0\25\n\5ADDED\22\f\n\nk8s\0\n\4\22\2Xy"), "expected a protobuf Node or Pod, got Xy"},
    {BYTES("\0\0\0\25\n\5ADDED\22\f\n\nk8s\0\n\4\22\2X\n"), "expected a protobuf Node or Pod, got X\\n"},
};

START_TEST(broken_frame_case)
{
    const struct kube_decoder *const decoders[] = {&kube_protobuf_decoder, &kube_protobuf_late_decoder};

    for (size_t i = 0; i < ARRAY_LEN(decoders); i++) {
        CLEANUP(watch_stream_clear) struct watch_stream stream = WATCH_STREAM_INIT(decoders[i]);
        CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(TOLD_MAX);
        const struct kube_sink sink = {write_down, &told};
        struct error err = {0};

        ck_assert_int_eq(watch_stream_feed(&stream, broken_frames[_i].bytes, broken_frames[_i].len, &sink, &err), -1);
        ck_assert_msg(strstr(err.text, broken_frames[_i].error) != NULL, "%s", err.text);
        ck_assert_str_eq(buffer_text(&told), "");
    }
}
END_TEST

/* Read, or refused with a reason and nothing told. Returns what it was. */
static int read_or_refuse(const struct buffer *body, size_t len)
{
    CLEANUP(buffer_clear) struct buffer told = BUFFER_INIT(TOLD_MAX);
    const struct kube_sink sink = {write_down, &told};
    struct kube_page page = {0};
    struct error err = {0};
    int result = kube_protobuf_decoder.read_page(body->data, len, &sink, &page, &err);

    ck_assert_msg(result == 0 || (err.text[0] != '\0' && told.len == 0), "told: %s", buffer_text(&told));
    return result;
}

/* Cut off anywhere it is refused; with any bit turned it is read or refused, and nothing in between. */
START_TEST(page_cut_or_turned)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(FIXTURE_MAX);

    read_fixture(_i == 0 ? "nodes.pb" : "pods.pb", &body);
    for (size_t len = 0; len < body.len - EMPTY_TAIL_LEN; len++)
        ck_assert_int_eq(read_or_refuse(&body, len), -1);
    for (size_t bit = 0; bit < body.len * 8; bit++) {
        body.data[bit / 8] = (char)(body.data[bit / 8] ^ (1 << bit % 8));
        (void)read_or_refuse(&body, body.len);
        body.data[bit / 8] = (char)(body.data[bit / 8] ^ (1 << bit % 8));
    }
}
END_TEST

START_TEST(a_status_refuses)
{
    CLEANUP(buffer_clear) struct buffer body = BUFFER_INIT(FIXTURE_MAX);
    struct error err = {0};

    read_fixture("status.pb", &body);
    ck_assert_int_eq(api_error_set(&err, 403, body.data, body.len), -1);
    ck_assert_str_eq(err.text, "403: pods is forbidden: User \"u\" cannot list");
    ck_assert_int_eq(err.code, ERROR_FORBIDDEN);
    ck_assert_int_eq(api_error_set(&err, 403, body.data, body.len - 1), -1); /* cut off: it says nothing, but no bytes are shown */
    ck_assert_str_eq(err.text, "403: no message");
}
END_TEST

Suite *protobuf_decoder_suite(void)
{
    Suite *suite = suite_create("kube/protobuf_decoder");
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, member_case, 0, ARRAY_LEN(members));
    tcase_add_test(tcase, list_metadata);
    tcase_add_test(tcase, watch_frames);
    tcase_add_test(tcase, late_frames);
    tcase_add_test(tcase, json_is_read_too);
    tcase_add_loop_test(tcase, broken_frame_case, 0, ARRAY_LEN(broken_frames));
    tcase_add_loop_test(tcase, page_cut_or_turned, 0, 2);
    tcase_add_test(tcase, a_status_refuses);
    suite_add_tcase(suite, tcase);
    return suite;
}
