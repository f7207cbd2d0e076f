/* Host service: one-shot timers on event loops. */
#ifndef AIHUB_EXT_TIMER_H
#define AIHUB_EXT_TIMER_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_TIMER "aihub.timer/1"

typedef struct aihub_timer_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [loop] Runs fn(arg) once on this thread's loop, `delay_ns` from now (at least; resolution one millisecond).
     * *id is never 0. AIHUB_E_UNSUPPORTED when this thread is not a loop, AIHUB_E_LIMIT over 100,000 timers. */
    aihub_status (*start)(void* host_instance, int64_t delay_ns, void (*fn)(void* arg), void* arg, uint64_t* id);
    /* [loop that started it] The timer does not fire any more. Unknown and fired ids are ignored. */
    void (*cancel)(void* host_instance, uint64_t id);
} aihub_timer_v1;

#ifdef __cplusplus
}
#endif
#endif
