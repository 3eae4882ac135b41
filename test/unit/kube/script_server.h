/* script_server.h - an API server that says what the test wrote down: one connection a step, in order, on loopback.
 *
 * Threads  a thread of its own; what was asked may be read after script_server_stop
 * Owner    script_server_start / script_server_stop */
#ifndef TEST_UNIT_KUBE_SCRIPT_SERVER_H
#define TEST_UNIT_KUBE_SCRIPT_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "kube/client.h"

enum { SCRIPT_STEPS_MAX = 24, SCRIPT_REQUEST_MAX = 8192 };

struct script_step {
    const char *expects;           /* in the request's first line */
    const char *answer;            /* all bytes of the answer */
    bool holds;                    /* the connection stays open until the server stops */
    void (*before)(void *context); /* NULL, or called before the answer is sent, on the server's thread */
};

struct script_server {
    const struct script_step *steps;
    size_t n_steps;
    void *context; /* for before */
    int listener, port;
    pthread_t thread;
    int held[SCRIPT_STEPS_MAX];
    char asked[SCRIPT_STEPS_MAX][SCRIPT_REQUEST_MAX]; /* the requests, heads and bodies */
    size_t n_asked;
};

#define SCRIPT_JSON(status, body) "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n" body

void script_server_start(struct script_server *server);
/* Also fails the test unless every step was asked for as it expects. */
void script_server_stop(struct script_server *server);

/* A client of that server: its kubeconfig lies in a folder of its own under the test's working folder, its token in the
 * file "token" there. */
struct script_client {
    char folder[64];
    struct loop *loop;
    struct kube_identity *identity;
    struct kube_client *client;
};

void script_client_open(struct script_client *client, const struct script_server *server);
void script_client_close(struct script_client *client);
void script_client_write_token(const struct script_client *client, const char *token);
/* Runs the loop until loop_stop; Check ends a test that hangs. */
void script_client_run(struct script_client *client);

#endif
