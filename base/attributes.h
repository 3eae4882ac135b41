/* attributes.h - the GNU attributes of this project, in short words. */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

#include <stddef.h>

/* CLEANUP(thing_clear) struct thing thing = {0}; calls thing_clear(&thing) at the end of the scope.
 * For pointers declare the function with DEFINE_CLEANUP_POINTER and use CLEANUP(thing_freep). */
#define CLEANUP(function) __attribute__((cleanup(function)))
/* NOLINTBEGIN(bugprone-macro-parentheses): type is a type */
#define DEFINE_CLEANUP_POINTER(type, function)                             \
    __attribute__((unused)) static inline void function##p(type **pointer) \
    {                                                                      \
        function(*pointer);                                                \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_at, first_at) __attribute__((format(printf, format_at, first_at)))
#define UNUSED __attribute__((unused))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
