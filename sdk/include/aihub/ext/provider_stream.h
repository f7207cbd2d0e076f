/* A provider that makes its answers itself: a model in the process, a web socket, a vendor's SDK. */
#ifndef AIHUB_EXT_PROVIDER_STREAM_H
#define AIHUB_EXT_PROVIDER_STREAM_H

#include <aihub/ext/call.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_PROVIDER_STREAM "aihub.provider-stream/1"

typedef struct aihub_provider_stream_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [loop] Returns at once; events follow by emit() from any thread, and one complete(). A negative status with
     * *error filled means that the call was refused: no state, no complete(). May emit and complete before it returns.
     */
    aihub_status (*start
    )(aihub_instance* instance,
      aihub_call* call,
      const aihub_request* request,
      aihub_callstate** state,
      aihub_error* error);
    /* [loop] After emit() answered AIHUB_AGAIN: it may emit again. */
    void (*resume)(aihub_callstate* state);
    /* [loop] Idempotent. complete() must follow within the grace time (one second), else the host completes. */
    void (*cancel)(aihub_callstate* state);
    /* [loop] Exactly once, after complete(). */
    void (*destroy)(aihub_callstate* state);
} aihub_provider_stream_v1;

#ifdef __cplusplus
}
#endif
#endif
