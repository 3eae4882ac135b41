/* fixture_file.h - recorded files for the tests of kube/. */
#ifndef TEST_UNIT_KUBE_FIXTURE_FILE_H
#define TEST_UNIT_KUBE_FIXTURE_FILE_H

#include "base/buffer.h"

/* The body of a recorded HTTP message under fixtures/wire, without the newlines at its end. A missing file fails the test. */
void fixture_wire_body(const char *name, struct buffer *out);

#endif
