/* fast_clock.h - lets the time of the loop run faster than it does, so that pauses of seconds can be tested.
 *
 * Shape    the linker gives loop and modules this clock_boot_ms and this epoll_wait (--wrap, see meson.build)
 * Threads  set it before any loop is made */
#ifndef TEST_UNIT_KUBE_FAST_CLOCK_H
#define TEST_UNIT_KUBE_FAST_CLOCK_H

void fast_clock_set(int times); /* 1 at first: the real time */

#endif
