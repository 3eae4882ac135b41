/* running_adapter.h - a command asks an adapter that runs: one GET of its JSON.
 *
 * Shape    the server's certificate is checked with ca_file; without it only a loopback address is asked, unchecked and without a token.
 *          A port-forward is asked by its address (connect_to) and checked by the name in its certificate (server)
 * Bounds   ten seconds; an answer of RUNNING_ADAPTER_ANSWER_MAX bytes
 * Errors   anything but 200 and JSON, in one line that says what to do
 * Threads  the command's only one: it runs a loop of its own until the answer is there */
#ifndef ADAPTER_RUNNING_ADAPTER_H
#define ADAPTER_RUNNING_ADAPTER_H

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"

#define RUNNING_ADAPTER_SERVER "https://127.0.0.1:6443"

enum { RUNNING_ADAPTER_ANSWER_MAX = 64 * 1024 * 1024 };

struct running_adapter {
    const char *server, *ca_file, *token_file; /* files NULL: none */
    const char *connect_to;                    /* HOST:PORT to dial instead of the server's; NULL: that one */
};

/* What explain says of a metric. */
struct explain_question {
    const char *metric, *name_space, *selector; /* selector NULL: none */
};
/* out_body: the answer as it came, when that is wanted (NULL: not). */
int running_adapter_explain(const struct running_adapter *adapter, const struct explain_question *question, struct buffer *out_body,
                            json_t **out_new, struct error *err) MUST_CHECK;

#endif
