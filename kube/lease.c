#include "kube/lease.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "kube/lease_rules.h"
#include "kube/objects.h"
#include "kube/path.h"

enum { PATH_BYTES_MAX = 1024, REQUEST_TIMEOUT_MS = LEASE_RENEW_DEADLINE_MS / 2, RELEASE_TRIES = 2 };

struct lease {
    struct kube_client *client;
    const struct lease_handler *handler;
    void *context;
    char *namespace, *name, *self;
    char *collection_path, *path;
    bool may_create;

    struct lease_state state;
    json_t *object;              /* as last read or written; NULL: must be read (again) */
    bool told;                   /* what changed() was last told */
    struct loop_timer *timer;    /* the next try */
    struct loop_timer *deadline; /* when we stop leading */
    struct kube_call *call;      /* NULL: waiting */
    int64_t begun_ms;            /* the write that runs */
    loop_callback *released;     /* to be called when it is given up */
    int release_tries;
};

/* --- telling --- */

static void tell_change(struct lease *lease)
{
    bool leads = lease_leads(lease);

    if (leads == lease->told)
        return;
    lease->told = leads;
    lease->handler->changed(lease->context, leads);
}

static void on_deadline(void *context)
{
    tell_change(context);
}

static void forget(struct lease *lease)
{
    json_decref(lease->object);
    lease->object = NULL;
}

/* The spread keeps replicas that started together apart. */
static void try_later(struct lease *lease)
{
    tell_change(lease);
    loop_timer_after(lease->timer, LEASE_RETRY_MS + (int64_t)(random_unit() * LEASE_RETRY_MS / 5));
}

static void on_failure(struct lease *lease, struct error *err, const char *doing)
{
    error_wrap(err, "%s lease %s/%s", doing, lease->namespace, lease->name);
    forget(lease);
    lease->handler->failed(lease->context, err);
    try_later(lease);
}

/* --- writing --- */

static void on_written(void *context, const struct object_result *result, const struct error *err)
{
    struct lease *lease = context;
    struct lease_record record = {0};
    struct error why = {0};

    lease->call = NULL;
    if (err)
        why = *err;
    if (err || lease_record_read(result->object, &record, &why) < 0) {
        on_failure(lease, &why, "write");
        return;
    }
    json_incref(result->object);
    forget(lease);
    lease->object = result->object;
    lease_renewed(&lease->state, &record, lease->begun_ms);
    loop_timer_after(lease->deadline, lease->begun_ms + LEASE_RENEW_DEADLINE_MS - clock_boot_ms());
    try_later(lease);
}

static void write_object(struct lease *lease, const char *method, const char *path)
{
    const struct object_request request = {
        .method = method,
        .path = path,
        .object = lease->object,
        .timeout_ms = REQUEST_TIMEOUT_MS,
    };
    struct error err = {0};

    lease->begun_ms = clock_boot_ms();
    lease->call = object_start(lease->client, &request, on_written, lease, &err);
    if (!lease->call)
        on_failure(lease, &err, "write");
}

static void write_claim(struct lease *lease)
{
    struct error err = {0};

    if (lease_claim(&lease->state, lease->object, clock_unix_ms(), &err) < 0)
        on_failure(lease, &err, "claim");
    else
        write_object(lease, "PUT", lease->path);
}

static void create(struct lease *lease)
{
    struct error err = {0};

    forget(lease);
    lease->object = lease_new_object(lease->namespace, lease->name);
    if (!lease->object)
        error_no_memory(&err);
    if (!lease->object || lease_claim(&lease->state, lease->object, clock_unix_ms(), &err) < 0)
        on_failure(lease, &err, "make");
    else
        write_object(lease, "POST", lease->collection_path);
}

/* --- reading --- */

static void on_read(void *context, const struct object_result *result, const struct error *err)
{
    struct lease *lease = context;
    struct lease_record record = {0};
    struct error why = {0};

    lease->call = NULL;
    if (err && result->status == 404 && lease->may_create) {
        create(lease);
        return;
    }
    if (err)
        why = *err;
    if (err || lease_record_read(result->object, &record, &why) < 0) {
        on_failure(lease, &why, "read");
        return;
    }
    if (!lease_observe(&lease->state, &record, clock_boot_ms())) {
        try_later(lease);
        return;
    }
    lease->object = json_incref(result->object);
    write_claim(lease);
}

static void on_timer(void *context)
{
    struct lease *lease = context;
    const struct object_request request = {.path = lease->path, .timeout_ms = REQUEST_TIMEOUT_MS};
    struct error err = {0};

    /* A leader writes at once over what it wrote last; when somebody else wrote, 409 sends it back to reading. */
    if (lease->object && lease_leads(lease)) {
        write_claim(lease);
        return;
    }
    forget(lease);
    lease->call = object_start(lease->client, &request, on_read, lease, &err);
    if (!lease->call)
        on_failure(lease, &err, "read");
}

/* --- giving up: read, and written back without a holder; once more when a renewal of ours came in between --- */

static void read_to_release(struct lease *lease);

static void end_release(struct lease *lease)
{
    lease->released(lease->context);
}

static void fail_release(struct lease *lease, struct error *err)
{
    error_wrap(err, "give up lease %s/%s", lease->namespace, lease->name);
    lease->handler->failed(lease->context, err);
    end_release(lease);
}

static void on_released(void *context, const struct object_result *result, const struct error *err)
{
    struct lease *lease = context;
    struct error why = {0};

    lease->call = NULL;
    if (err && result->status == 409 && lease->release_tries < RELEASE_TRIES) {
        read_to_release(lease);
        return;
    }
    if (err) {
        why = *err;
        fail_release(lease, &why);
        return;
    }
    end_release(lease);
}

static void on_read_to_release(void *context, const struct object_result *result, const struct error *err)
{
    struct lease *lease = context;
    struct object_request request = {.method = "PUT", .path = lease->path, .object = result->object, .timeout_ms = LEASE_RETRY_MS};
    struct lease_record record = {0};
    struct error why = {0};

    lease->call = NULL;
    if (err)
        why = *err;
    if (err || lease_record_read(result->object, &record, &why) < 0) {
        fail_release(lease, &why);
        return;
    }
    if (strcmp(record.holder, lease->self) != 0) {
        end_release(lease);
        return;
    }
    if (lease_give_up(result->object, clock_unix_ms(), &why) == 0)
        lease->call = object_start(lease->client, &request, on_released, lease, &why);
    if (!lease->call)
        fail_release(lease, &why);
}

static void read_to_release(struct lease *lease)
{
    const struct object_request request = {.path = lease->path, .timeout_ms = LEASE_RETRY_MS};
    struct error err = {0};

    lease->release_tries++;
    lease->call = object_start(lease->client, &request, on_read_to_release, lease, &err);
    if (!lease->call)
        fail_release(lease, &err);
}

void lease_release(struct lease *lease, loop_callback *done)
{
    bool leads = lease_leads(lease);

    kube_call_cancel(lease->call);
    lease->call = NULL;
    loop_timer_stop(lease->timer);
    loop_timer_stop(lease->deadline);
    lease->released = done;
    lease->state.leading = false;
    tell_change(lease);
    if (leads)
        read_to_release(lease);
    else
        end_release(lease);
}

/* --- the lease --- */

static bool make_paths(struct lease *lease)
{
    CLEANUP(buffer_clear) struct buffer path = BUFFER_INIT(PATH_BYTES_MAX);

    (void)buffer_add_text(&path, "/apis/coordination.k8s.io/v1/namespaces");
    path_add_segment(&path, lease->namespace);
    (void)buffer_add_text(&path, "/leases");
    lease->collection_path = strdup(buffer_text(&path));
    path_add_segment(&path, lease->name);
    lease->path = strdup(buffer_text(&path));
    return !buffer_failed(&path) && lease->collection_path && lease->path;
}

static int fill(struct lease *lease, const struct lease_choice *choice, struct error *err)
{
    if (choice->self[0] == '\0' || strlen(choice->self) >= LEASE_HOLDER_MAX)
        return error_set(err, ERROR_INVALID, "lease %s/%s: the holder's name must have 1 to %d bytes", choice->namespace, choice->name,
                         LEASE_HOLDER_MAX - 1);
    lease->namespace = strdup(choice->namespace);
    lease->name = strdup(choice->name);
    lease->self = strdup(choice->self);
    lease->timer = loop_timer_new(kube_client_loop(lease->client), on_timer, lease);
    lease->deadline = loop_timer_new(kube_client_loop(lease->client), on_deadline, lease);
    if (!lease->namespace || !lease->name || !lease->self || !lease->timer || !lease->deadline)
        return error_no_memory(err);
    lease->state.self = lease->self;
    if (!make_paths(lease))
        return error_set(err, ERROR_INVALID, "lease %s/%s: not a namespace and a name", choice->namespace, choice->name);
    return 0;
}

struct lease *lease_new(struct kube_client *client, const struct lease_choice *choice, const struct lease_handler *handler, void *context,
                        struct error *err)
{
    struct lease *lease = calloc(1, sizeof(*lease));

    if (!lease) {
        error_no_memory(err);
        return NULL;
    }
    *lease = (struct lease){.client = client, .handler = handler, .context = context, .may_create = choice->may_create};
    if (fill(lease, choice, err) < 0) {
        lease_free(lease);
        return NULL;
    }
    loop_timer_after(lease->timer, 0);
    return lease;
}

void lease_free(struct lease *lease)
{
    if (!lease)
        return;
    kube_call_cancel(lease->call);
    loop_timer_free(lease->timer);
    loop_timer_free(lease->deadline);
    json_decref(lease->object);
    free(lease->namespace);
    free(lease->name);
    free(lease->self);
    free(lease->collection_path);
    free(lease->path);
    free(lease);
}

bool lease_leads(const struct lease *lease)
{
    return lease_is_led(&lease->state, clock_boot_ms());
}
