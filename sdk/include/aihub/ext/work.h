/* Host service: the bounded worker pool, the only place where a plugin may block. */
#ifndef AIHUB_EXT_WORK_H
#define AIHUB_EXT_WORK_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_WORK "aihub.work/1"

typedef struct aihub_work_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [loop] Runs job(arg) on a [worker] thread, then done(arg) on the loop that asked. AIHUB_E_LIMIT when the queue is
     * full, and then neither runs. `done` may be NULL. */
    aihub_status (*run)(void* host_instance, void (*job)(void* arg), void (*done)(void* arg), void* arg);
} aihub_work_v1;

#ifdef __cplusplus
}
#endif
#endif
