/* emulator_server.h - the emulator over plain HTTP on a loopback address, over libmicrohttpd.
 *
 * Bounds   connections, head and body of a request
 * Threads  one per connection: a slow answer is then only a thread that waits. Start it with the signals blocked that somebody else
 *          waits for
 * End      emulator_server_free ends slow answers and all connections at once
 * Owner    the emulator is borrowed and must outlive the server */
#ifndef EMULATOR_EMULATOR_SERVER_H
#define EMULATOR_EMULATOR_SERVER_H

#include <netinet/in.h>

#include "emulator/emulator.h"

struct emulator_server;

/* "127.0.0.1:8080"; port 0 lets the kernel choose. Anything but an IPv4 loopback address is an error: nothing guards the control API. */
int emulator_address_parse(const char *text, struct sockaddr_in *out, struct error *err) MUST_CHECK;

struct emulator_server *emulator_server_new(struct emulator *emulator, const struct sockaddr_in *address, struct error *err) MUST_CHECK;
void emulator_server_free(struct emulator_server *server);
DEFINE_CLEANUP_POINTER(struct emulator_server, emulator_server_free)
int emulator_server_port(const struct emulator_server *server);

#endif
