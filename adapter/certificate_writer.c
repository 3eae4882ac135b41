#include "adapter/certificate_writer.h"

#include "adapter/ca_bundle.h"
#include "adapter/certificate_secret.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "kube/objects.h"

enum { FIRST_DELAY_MS = 1000, MOST_DELAY_MS = 30000, SAME_STEP_AFTER_MS = 5000 };

static const char bundle_path[] = CA_BUNDLE_COLLECTION "/" CA_BUNDLE_APISERVICE;

/* --- the end of a step --- */

static int64_t delay_after(int failures)
{
    int64_t delay = FIRST_DELAY_MS;

    for (int i = 1; i < failures && delay < MOST_DELAY_MS; i++)
        delay *= 2;
    return (delay < MOST_DELAY_MS ? delay : MOST_DELAY_MS) * 3 / 4 + (int64_t)(random_unit() * FIRST_DELAY_MS / 4);
}

static void note_failure(struct certificate_writer *writer, const struct error *err)
{
    writer->failures++;
    writer->rest_until_boot_ms = clock_boot_ms() + delay_after(writer->failures);
    log_error("a step for the certificate failed and is tried again", "secret", writer->secret_path, "error", err->text, NULL);
    writer->done(writer->context);
}

static struct followed_object *written_object(const struct certificate_writer *writer)
{
    return writer->step == CERTIFICATE_PUBLISH ? writer->api_service : writer->secret;
}

static void on_read_again(void *context, const struct object_result *result, const struct error *err)
{
    struct certificate_writer *writer = context;

    writer->call = NULL;
    if (err && result->status != 404) {
        note_failure(writer, err);
        return;
    }
    followed_object_set(written_object(writer), result->object);
    writer->done(writer->context);
}

static const char *written_path(const struct certificate_writer *writer)
{
    return writer->step == CERTIFICATE_PUBLISH ? bundle_path : writer->secret_path;
}

/* Somebody else has written in between: what he wrote decides. The rest grows when that happens again and again. */
static void read_again(struct certificate_writer *writer)
{
    const struct object_request request = {.path = written_path(writer)};
    struct error err = {0};

    log_info("somebody else has written too: reading again", "path", request.path, NULL);
    writer->failures++;
    writer->rest_until_boot_ms = writer->failures > 1 ? clock_boot_ms() + delay_after(writer->failures) : 0;
    writer->call = object_start(writer->client, &request, on_read_again, writer, &err);
    if (!writer->call)
        note_failure(writer, &err);
}

static void on_written(void *context, const struct object_result *result, const struct error *err)
{
    struct certificate_writer *writer = context;

    writer->call = NULL;
    if (err && result->status == 409) {
        read_again(writer);
        return;
    }
    if (err) {
        note_failure(writer, err);
        return;
    }
    writer->failures = 0;
    followed_object_set(written_object(writer), result->object);
    writer->done(writer->context);
}

static void write_secret(struct certificate_writer *writer, const struct own_ca_spec *spec)
{
    CLEANUP(json_decrefp) json_t *secret = json_deep_copy(followed_object_now(writer->secret));
    const struct object_request request = {.method = "PUT", .path = writer->secret_path, .object = secret};
    struct error err = {0};

    if (!secret)
        error_no_memory(&err);
    else if (certificate_secret_apply(secret, writer->step, spec, &err) == 0)
        writer->call = object_start(writer->client, &request, on_written, writer, &err);
    if (!writer->call)
        note_failure(writer, &err);
}

static void write_bundle(struct certificate_writer *writer, const struct buffer *bundle_pem)
{
    CLEANUP(buffer_clear) struct buffer patch = BUFFER_INIT(OBJECT_BYTES_MAX);
    const char *version = object_version(followed_object_now(writer->api_service));
    struct object_request request = {.method = "PATCH", .path = bundle_path};
    struct error err = {0};

    if (ca_bundle_patch_write(version, buffer_text(bundle_pem), &patch, &err) == 0) {
        request.body = buffer_text(&patch);
        request.body_len = patch.len;
        writer->call = object_start(writer->client, &request, on_written, writer, &err);
    }
    if (!writer->call)
        note_failure(writer, &err);
}

/* --- taking one --- */

bool certificate_writer_is_busy(const struct certificate_writer *writer)
{
    return writer->call != NULL;
}

/* One conflict is no trouble. */
bool certificate_writer_is_failing(const struct certificate_writer *writer)
{
    return writer->failures > 1;
}

void certificate_writer_forgive(struct certificate_writer *writer)
{
    writer->failures = 0;
    writer->rest_until_boot_ms = 0;
}

int64_t certificate_writer_rest_ms(const struct certificate_writer *writer, enum certificate_step step)
{
    int64_t now_ms = clock_boot_ms(), until = writer->rest_until_boot_ms;

    if (writer->failures == 0 && writer->begun_boot_ms != 0 && writer->step == step)
        until = writer->begun_boot_ms + SAME_STEP_AFTER_MS;
    return until > now_ms ? until - now_ms : 0;
}

void certificate_writer_take(struct certificate_writer *writer, const struct certificate_plan *plan, const struct own_ca_spec *spec,
                             const struct buffer *bundle_pem)
{
    static const char *const words[] = {
        [CERTIFICATE_ISSUE] = "making a serving certificate",
        [CERTIFICATE_PREPARE] = "making the next serving certificate",
        [CERTIFICATE_SWITCH] = "the next serving certificate comes into force",
        [CERTIFICATE_TIDY] = "tidying the Secret",
        [CERTIFICATE_PUBLISH] = "writing caBundle of the APIService",
    };

    writer->step = plan->step;
    writer->begun_boot_ms = clock_boot_ms();
    log_info(words[plan->step], "because", plan->why, "secret", writer->secret_path, NULL);
    if (plan->step == CERTIFICATE_PUBLISH)
        write_bundle(writer, bundle_pem);
    else
        write_secret(writer, spec);
}

void certificate_writer_clear(struct certificate_writer *writer)
{
    kube_call_cancel(writer->call);
    writer->call = NULL;
}
