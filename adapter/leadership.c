#include "adapter/leadership.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "kube/lease.h"

enum { HOST_NAME_SIZE = 128, SELF_SIZE = 160, COMPLAIN_EVERY_MS = 60 * 1000 };

struct leadership {
    struct leadership_options options;
    struct lease *lease;
    bool giving_up, given_up;
    int64_t complained_boot_ms; /* 0: not yet */
};

static void on_changed(void *context, bool leads)
{
    struct leadership *leadership = context;

    atomic_store(&leadership->options.own->leads, leads);
    if (leads)
        log_info("this replica leads: it writes what only one may write", "lease", leadership->options.lease_name, NULL);
    else
        log_info("this replica no longer leads", "lease", leadership->options.lease_name, NULL);
    if (!leadership->giving_up)
        leadership->options.changed(leadership->options.context);
}

static void on_failed(void *context, const struct error *err)
{
    struct leadership *leadership = context;

    if (leadership->complained_boot_ms != 0 && clock_boot_ms() - leadership->complained_boot_ms < COMPLAIN_EVERY_MS)
        return;
    log_warn("the Lease that says which replica leads cannot be had; tried again every 2 s", "error", err->text, NULL);
    leadership->complained_boot_ms = clock_boot_ms();
}

/* A pod's name is its host name; the number tells a process from the one before a restart. */
static int write_self(char out[SELF_SIZE], struct error *err)
{
    char host[HOST_NAME_SIZE] = "";
    uint64_t number = 0;

    if (gethostname(host, sizeof(host) - 1) < 0 || getentropy(&number, sizeof(number)) < 0)
        return error_set(err, ERROR_IO, "cannot make a name for this replica");
    (void)snprintf(out, SELF_SIZE, "%s_%016" PRIx64, host, number);
    return 0;
}

struct leadership *leadership_new(const struct leadership_options *options, struct error *err)
{
    static const struct lease_handler handler = {on_changed, on_failed};
    char self[SELF_SIZE];
    const struct lease_choice choice = {.namespace = options->name_space, .name = options->lease_name, .self = self};
    struct leadership *leadership = calloc(1, sizeof(*leadership));

    if (!leadership) {
        error_no_memory(err);
        return NULL;
    }
    leadership->options = *options;
    leadership->lease = write_self(self, err) == 0 ? lease_new(options->client, &choice, &handler, leadership, err) : NULL;
    if (!leadership->lease) {
        leadership_free(leadership);
        return NULL;
    }
    atomic_store(&options->own->may_lead, true);
    return leadership;
}

void leadership_free(struct leadership *leadership)
{
    if (!leadership)
        return;
    lease_free(leadership->lease);
    free(leadership);
}

bool leadership_leads(const struct leadership *leadership)
{
    return !leadership->giving_up && lease_leads(leadership->lease);
}

static void on_given_up(void *context)
{
    struct leadership *leadership = context;

    leadership->given_up = true;
}

void leadership_give_up(struct leadership *leadership)
{
    if (!leadership || leadership->giving_up)
        return;
    leadership->giving_up = true;
    lease_release(leadership->lease, on_given_up);
}

bool leadership_is_given_up(const struct leadership *leadership)
{
    return !leadership || leadership->given_up;
}
