/* coder_json.h - what Coder answers, byte for byte in its shape. Pure.
 *
 * Shape    Go's encoding/json of codersdk's structs: members in the order of the struct, what is unset is left out where Coder's struct
 *          says omitempty, maps sorted by key, a newline at the end. Shapes are held against test/fixtures/coder by the unit tests
 * Units    start_unix_ms: when the emulated time began, by the emulated clock
 * Errors   the buffer is marked failed: out of memory or larger than its limit
 * Cost     linear in jobs; a list of 50,000 is one buffer of some 45 MB */
#ifndef EMULATOR_CODER_JSON_H
#define EMULATOR_CODER_JSON_H

#include "base/buffer.h"
#include "emulator/coder_filter.h"

#define CODER_VERSION "v2.37.3+8d1c7fe"

struct coder_view {
    const struct simulation *sim;
    int64_t start_unix_ms;
};

/* Newest first. Returns how many were written. */
size_t coder_write_jobs(const struct coder_view *view, const struct job_filter *filter, size_t organization, struct buffer *out);
void coder_write_job(const struct coder_view *view, size_t job, struct buffer *out);
void coder_write_daemons(const struct coder_view *view, const struct daemon_filter *filter, size_t organization, struct buffer *out);
void coder_write_organizations(const struct coder_view *view, struct buffer *out);
void coder_write_organization(const struct coder_view *view, size_t organization, struct buffer *out);
void coder_write_buildinfo(const struct coder_view *view, struct buffer *out);
void coder_write_user(const struct coder_view *view, struct buffer *out); /* users/me */
void coder_write_validations(const struct validations *wrong, struct buffer *out);

#endif
