/* protection.h - marks the pods of busy provisioners, so that a Deployment that shrinks removes idle ones first.
 *
 * Shape    what is to be marked comes with each snapshot (protection_report.h); of each workload the namespace's pods are listed once
 *          when this replica begins to lead, by their metadata alone; after that a pod that is not known is asked for by its name, and only
 *          changes are written, as merge patches that fail when the pod is another one by now (its uid)
 * Bounds   one request at a time, at most one each PROTECTION_SPACE_MS; PROTECTION_PAGES pages of a list
 * Rights   get, list and patch pods in the workload's namespace
 * Errors   logged at most once a minute, with the right that is missing; a step is tried again after PROTECTION_AGAIN_MS
 * Threads  the loop's, except protection_expose (any)
 * Owner    busy_protection_new / _free; client and leadership must live longer */
#ifndef ADAPTER_PROTECTION_H
#define ADAPTER_PROTECTION_H

#include "adapter/leadership.h"
#include "adapter/protection_report.h"
#include "apiservice/exposition.h"

enum {
    PROTECTION_SPACE_MS = 50,
    PROTECTION_PAGE_ITEMS = 500,
    PROTECTION_PAGES = 20,
    PROTECTION_LIST_AGAIN_MS = 60 * 1000,
};

struct busy_protection;

/* leads: do we write? Asked before each request. */
struct busy_protection_options {
    struct kube_client *client;
    bool (*leads)(void *context);
    void *context;
};

struct busy_protection *busy_protection_new(const struct busy_protection_options *options, struct error *err) MUST_CHECK;
void busy_protection_free(struct busy_protection *protection); /* NULL is fine */

/* This is so from now on; the report stays the caller's. A workload that is in no report any more loses its marks. */
void busy_protection_take(struct busy_protection *protection, const struct protection_report *report);
/* We begin, or stop, to lead. */
void busy_protection_lead(struct busy_protection *protection);
void busy_protection_expose(void *context, struct exposition *exposition);

#endif
