/* listener.h - the listening socket.
 *
 * Shape    address: IPv4 or IPv6 in numbers ("::" takes both), no names; port 0: the kernel picks one
 * Owner    the caller closes the descriptor; it does not block and does not survive an exec */
#ifndef APISERVICE_LISTENER_H
#define APISERVICE_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/error.h"

int listener_open(const char *address, uint16_t port, int *out_fd, struct error *err) MUST_CHECK;
uint16_t listener_port(int fd); /* 0: not a listening socket */

#endif
