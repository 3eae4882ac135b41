/* lease_rules.h - who leads: the rules of a Lease. Pure.
 *
 * Rules    a lease is free when it names no holder, names us, or was not renewed for its duration since we first saw it in
 *          that form (by our own clock: the holder's stamps are never compared). The holder renews every
 *          LEASE_RETRY_MS and stops leading when it could not for LEASE_RENEW_DEADLINE_MS, well before another may take over.
 *          A write carries the resourceVersion that was read: of two that try, one gets 409
 * Units    now_ms, *_boot_ms: clock_boot_ms
 * Source   client-go tools/leaderelection: tryAcquireOrRenew, release */
#ifndef KUBE_LEASE_RULES_H
#define KUBE_LEASE_RULES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"
#include "base/timestamp.h"

enum {
    LEASE_DURATION_S = 15,
    LEASE_RENEW_DEADLINE_MS = 10000,
    LEASE_RETRY_MS = 2000,
    LEASE_HOLDER_MAX = 256,
};

/* spec of a coordination.k8s.io/v1 Lease, as far as it matters; members that are missing are "" and 0 */
struct lease_record {
    char holder[LEASE_HOLDER_MAX];
    char renew_time[TIMESTAMP_TEXT_MAX], acquire_time[TIMESTAMP_TEXT_MAX]; /* only ever compared for change */
    int64_t duration_s, transitions;
};

struct lease_state {
    const char *self; /* our holderIdentity, unlike any other's; borrowed */
    struct lease_record seen;
    int64_t seen_boot_ms; /* when it was first seen in that form; 0: never seen */
    bool leading;
    int64_t renewed_boot_ms; /* when our last successful write was begun */
};

int lease_record_read(const json_t *lease, struct lease_record *out, struct error *err) MUST_CHECK;

/* A lease was read: may it be taken, or renewed? */
bool lease_observe(struct lease_state *state, const struct lease_record *record, int64_t now_ms);
/* A write of ours, begun at that time, was accepted. */
void lease_renewed(struct lease_state *state, const struct lease_record *record, int64_t begun_ms);
/* Do we lead? Goes false by itself when the deadline passes. */
bool lease_is_led(const struct lease_state *state, int64_t now_ms);

/* The object that was read, changed so that we hold it. */
int lease_claim(const struct lease_state *state, json_t *lease, int64_t now_unix_ms, struct error *err) MUST_CHECK;
/* The object that we hold, changed so that anybody may take it at once. */
int lease_give_up(json_t *lease, int64_t now_unix_ms, struct error *err) MUST_CHECK;
/* A new object, without a spec. NULL: out of memory. */
json_t *lease_new_object(const char *namespace, const char *name) MUST_CHECK;

#endif
