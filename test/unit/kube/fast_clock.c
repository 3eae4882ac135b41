#include "test/unit/kube/fast_clock.h"

#include <stdint.h>
#include <sys/epoll.h>

/* NOLINTBEGIN(readability-identifier-naming): the names are the linker's */
int64_t __real_clock_boot_ms(void);
int64_t __wrap_clock_boot_ms(void);
int __real_epoll_wait(int fd, struct epoll_event *events, int most, int timeout_ms);
int __wrap_epoll_wait(int fd, struct epoll_event *events, int most, int timeout_ms);

static int speed = 1;

void fast_clock_set(int times)
{
    speed = times;
}

int64_t __wrap_clock_boot_ms(void)
{
    return __real_clock_boot_ms() * speed;
}

int __wrap_epoll_wait(int fd, struct epoll_event *events, int most, int timeout_ms)
{
    return __real_epoll_wait(fd, events, most, timeout_ms > 0 ? (timeout_ms + speed - 1) / speed : timeout_ms);
}
/* NOLINTEND(readability-identifier-naming) */
