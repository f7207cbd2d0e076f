/* The ground rules of the AI Hub plugin ABI, major 1. C11, also valid C++20.
 *
 * What makes it an ABI:
 *   - every struct that crosses the line begins with struct_size: sizeof on the side that filled it
 *   - structs grow at the tail only; nothing is reordered, removed or given a new meaning
 *   - a field beyond minor 0 is read through AIHUB_HAS or AIHUB_REACHES only
 *   - no C++ types, exceptions, longjmp, varargs, bit-fields, enums as types, bool, long, FILE*, time_t
 *   - whoever allocates frees; an aihub_slice is borrowed and dies when the call returns, unless its field says
 * otherwise
 *   - text is UTF-8 with a length and without a terminating NUL; durations and times are int64_t nanoseconds
 *   - unknown enum values and unknown struct tails are ignored by their reader; reserved words are zero
 *
 * Thread tags, one on every function of these headers:
 *   [control]  one thread at a time, never an event loop; may block
 *   [loop]     an event-loop thread: must not block; the budget is one millisecond and is measured
 *   [worker]   a thread of the bounded worker pool; may block
 *   [any]      any thread at any time
 * One call is always served by one loop, and never by two threads at once. Calls of one instance run on several loops
 * at once. */
#ifndef AIHUB_ABI_H
#define AIHUB_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_ABI_MAJOR 1u
#define AIHUB_ABI_MINOR 3u

#define AIHUB_EXPORT __attribute__((visibility("default")))

/* True when `p` points to a struct that is long enough to hold function or pointer field `f`, and it is set. */
#define AIHUB_HAS(p, T, f) \
    ((p) != NULL && (p)->struct_size >= (uint32_t)(offsetof(T, f) + sizeof(((T*)0)->f)) && (p)->f != NULL)

/* The same for a field that is no pointer: whether the struct is long enough to hold it. */
#define AIHUB_REACHES(p, T, f) ((p)->struct_size >= (uint32_t)(offsetof(T, f) + sizeof(((T*)0)->f)))

/* Outcome of a call across the line. Negative values are failures. */
typedef int32_t aihub_status;
#define AIHUB_OK 0               /* done                                                                              */
#define AIHUB_AGAIN 1            /* back-pressure: taken, but send no more until told                                 */
#define AIHUB_CANCELLED 2        /* the call was cancelled: stop                                                      */
#define AIHUB_GONE 3             /* the handle outlived its call: nothing was done                                    */
#define AIHUB_E_UNSUPPORTED (-1) /* not known here                                                                 */
#define AIHUB_E_INVALID (-2)     /* an argument or the input is wrong                                              */
#define AIHUB_E_DENIED (-3)      /* the manifest does not permit it                                                */
#define AIHUB_E_LIMIT (-4)       /* over a limit: queue full, too many, too long                                   */
#define AIHUB_E_UNAVAILABLE (-5) /* cannot be done now                                                             */
#define AIHUB_E_TIMEOUT (-6)     /* took too long                                                                  */
#define AIHUB_E_UPSTREAM (-7)    /* the other side answered with something unusable                                */
#define AIHUB_E_INTERNAL (-8)    /* a fault, for example a caught exception                                        */

/* Borrowed bytes. `ptr` may be NULL when len is 0. */
typedef struct aihub_slice {
    const char* ptr;
    size_t len;
} aihub_slice;

/* One HTTP field (RFC 9110 section 5). Names compare without case. */
typedef struct aihub_header {
    aihub_slice name;
    aihub_slice value;
} aihub_header;

typedef struct aihub_host aihub_host;           /* host-owned, lives as long as the plugin is loaded                */
typedef struct aihub_error aihub_error;         /* host-owned; filled with aihub_host.set_error                     */
typedef struct aihub_plugin aihub_plugin;       /* plugin-owned: one per loaded library                             */
typedef struct aihub_instance aihub_instance;   /* plugin-owned: one per configured block                           */
typedef struct aihub_call aihub_call;           /* host-owned handle, generation-checked: late use is AIHUB_GONE    */
typedef struct aihub_callstate aihub_callstate; /* plugin-owned: one per call                                       */

#ifdef __cplusplus
}
#endif
#endif
