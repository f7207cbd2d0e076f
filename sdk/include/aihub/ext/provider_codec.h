/* A provider that does no I/O: it turns a request into HTTP bytes and reply frames into events. The host does
 * connections, TLS, credentials, retries, time-outs and framing. All functions [loop]. */
#ifndef AIHUB_EXT_PROVIDER_CODEC_H
#define AIHUB_EXT_PROVIDER_CODEC_H

#include <aihub/ext/call.h>
#include <aihub/ext/http_request.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_PROVIDER_CODEC "aihub.provider-codec/1"

/* The order of calls for one attempt:
 *   build, then (unless it failed) on_head at most once, on_frame any number of times, on_end exactly once, destroy
 *   exactly once. A cancelled attempt goes to on_end(AIHUB_CANCELLED) and destroy at any point after build.
 * A retry is a new build with a new callstate. */
typedef struct aihub_provider_codec_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* Fills *http; its slices, arrays included, stay valid until the first on_frame() or on_end(). AIHUB_E_INVALID with
     * *error filled when the request cannot be made for this provider: the client sees 400 and the message.
     * AIHUB_E_UNAVAILABLE when it cannot be made now, for example while a credential is fetched: the host goes on to
     * other candidates and tries this one again as the operator's retries say; if none answers, the client sees 503
     * and the message. */
    aihub_status (*build
    )(aihub_instance* instance,
      aihub_call* call,
      const aihub_request* request,
      aihub_http_request* http,
      aihub_callstate** state,
      aihub_error* error);
    /* Status and headers of the reply came. */
    aihub_status (*on_head
    )(aihub_callstate* state,
      aihub_call* call,
      int32_t http_status,
      const aihub_header* headers,
      size_t n_headers,
      aihub_error* error);
    /* One frame came. `event` is the SSE event name, or empty. May emit and complete. A negative status ends the
     * attempt as AIHUB_FAIL_UPSTREAM. */
    aihub_status (*on_frame
    )(aihub_callstate* state, aihub_call* call, aihub_slice event, aihub_slice data, aihub_error* error);
    /* No more frames: AIHUB_OK the reply ended as HTTP says, AIHUB_CANCELLED, AIHUB_E_TIMEOUT, AIHUB_E_UPSTREAM it was
     * cut. Must complete() the call if nothing has, unless cancelled. */
    aihub_status (*on_end)(aihub_callstate* state, aihub_call* call, aihub_status why, aihub_error* error);
    void (*destroy)(aihub_callstate* state);
} aihub_provider_codec_v1;

#ifdef __cplusplus
}
#endif
#endif
