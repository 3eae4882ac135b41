/* certificate_writer.h - takes the steps of certificate_plan.h: one write at a time into the Secret or the APIService.
 *
 * Guard    each write carries the resourceVersion that was read; at 409 the object is read again, and what is next is decided anew
 * Rest     after a failure 1 s, doubled to 30 s; after a step that succeeded 5 s before the same step again: whoever undoes
 *          it gets no race
 * Shape    done is called when a step is over, well or badly; the followed object then holds the newest form that is known
 * Errors   logged here
 * Threads  the loop's
 * Owner    {0}, filled in by its user / certificate_writer_clear; what it points to is borrowed */
#ifndef ADAPTER_CERTIFICATE_WRITER_H
#define ADAPTER_CERTIFICATE_WRITER_H

#include "adapter/certificate_plan.h"
#include "adapter/followed_object.h"
#include "apiservice/own_ca.h"
#include "kube/client.h"

struct certificate_writer {
    struct kube_client *client;
    const char *secret_path;
    struct followed_object *secret, *api_service;
    loop_callback *done;
    void *context;

    struct kube_call *call; /* NULL: nothing is written */
    enum certificate_step step;
    int64_t begun_boot_ms;      /* that step; 0: none was taken yet */
    int64_t rest_until_boot_ms; /* after a failure */
    int failures;               /* in a row */
};

bool certificate_writer_is_busy(const struct certificate_writer *writer);
bool certificate_writer_is_failing(const struct certificate_writer *writer);
/* There is nothing to write: what has failed is needed no more. */
void certificate_writer_forgive(struct certificate_writer *writer);
/* How long this step has to wait; 0: it may be taken now. */
int64_t certificate_writer_rest_ms(const struct certificate_writer *writer, enum certificate_step step);
/* Not while busy, not WAIT. bundle_pem: ca.crt. */
void certificate_writer_take(struct certificate_writer *writer, const struct certificate_plan *plan, const struct own_ca_spec *spec,
                             const struct buffer *bundle_pem);
void certificate_writer_clear(struct certificate_writer *writer);

#endif
