#include "test/fault/failing.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static struct {
    bool armed;
    size_t nth;
    enum failing_mode mode;
    struct failing_report report;
    const void *live[FAILING_BLOCKS_MAX]; /* a set with open addressing; NULL: free */
} state;

static bool fails_now(void)
{
    bool fails;

    if (!state.armed)
        return false;
    state.report.asked++;
    fails = state.mode == FAILING_FROM ? state.report.asked >= state.nth : state.report.asked == state.nth;
    fails = fails && state.nth > 0;
    state.report.failed += fails;
    if (fails)
        errno = ENOMEM;
    return fails;
}

/* --- Live blocks --- */

static size_t home_of(const void *block)
{
    return (size_t)((uintptr_t)block >> 4) * 2654435761U % FAILING_BLOCKS_MAX;
}

/* Where the block is, or the free place where it belongs. */
static size_t place_of(const void *block)
{
    size_t place = home_of(block);

    while (state.live[place] && state.live[place] != block)
        place = (place + 1) % FAILING_BLOCKS_MAX;
    return place;
}

static void *remember(void *block)
{
    if (!state.armed || !block)
        return block;
    if (state.report.leaked >= FAILING_BLOCKS_MAX / 2)
        abort(); /* the set is too small for this test */
    state.live[place_of(block)] = block;
    state.report.leaked++;
    return block;
}

/* Those behind it move up, so that none is lost to a gap. */
static void forget(const void *block)
{
    size_t gap = place_of(block);

    if (!state.armed || !block || !state.live[gap])
        return;
    state.live[gap] = NULL;
    state.report.leaked--;
    for (size_t next = (gap + 1) % FAILING_BLOCKS_MAX; state.live[next]; next = (next + 1) % FAILING_BLOCKS_MAX) {
        const void *moved = state.live[next];

        state.live[next] = NULL;
        state.live[place_of(moved)] = moved;
    }
}

/* --- The family of malloc. The linker wants these names. NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming) --- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t most);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t most);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : remember(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now() ? NULL : remember(__real_calloc(n, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fails_now())
        return NULL;
    forget(old);
    return remember(__real_realloc(old, size));
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
    if (fails_now())
        return NULL;
    forget(old);
    return remember(__real_reallocarray(old, n, size));
}

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : remember(__real_strdup(text));
}

char *__wrap_strndup(const char *text, size_t most)
{
    return fails_now() ? NULL : remember(__real_strndup(text, most));
}

void __wrap_free(void *block)
{
    forget(block);
    __real_free(block);
}

/* NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming) */

void failing_arm(size_t nth, enum failing_mode mode)
{
    memset(&state, 0, sizeof(state));
    state.nth = nth;
    state.mode = mode;
    state.armed = true;
}

struct failing_report failing_disarm(void)
{
    state.armed = false;
    return state.report;
}
