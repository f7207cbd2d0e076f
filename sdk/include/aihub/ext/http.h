/* Host service: an asynchronous HTTP client, for stream-tier providers and for the families that ask a service. */
#ifndef AIHUB_EXT_HTTP_H
#define AIHUB_EXT_HTTP_H

#include <aihub/ext/http_request.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_HTTP "aihub.http/1"

/* Callbacks of one exchange. The struct is copied; `context` stays valid until on_end() returns. */
typedef struct aihub_http_sink {
    uint32_t struct_size;
    uint32_t reserved0;
    void* context;
    /* [loop] Status and headers came. */
    void (*on_head)(void* context, int32_t http_status, const aihub_header* headers, size_t n_headers);
    /* [loop] One frame, cut as the request's framing says. */
    void (*on_frame)(void* context, aihub_slice event, aihub_slice data);
    /* [loop] Exactly once, also after cancel(): AIHUB_OK, AIHUB_CANCELLED, AIHUB_E_TIMEOUT, AIHUB_E_UPSTREAM,
     * AIHUB_E_UNAVAILABLE (no connection), AIHUB_E_LIMIT (reply too large). */
    void (*on_end)(void* context, aihub_status status);
} aihub_http_sink;

typedef struct aihub_http_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [loop] Starts an exchange on the calling thread's loop. `origin` ("https://api.example.com", no path) must be
     * one that the manifest's permissions.origins or the instance's base URL allows, else AIHUB_E_DENIED; empty: that
     * of the base URL. Everything is copied. `*id` names the exchange on this loop. */
    aihub_status (*start
    )(void* host_instance,
      aihub_slice origin,
      const aihub_http_request* request,
      int64_t timeout_ns,
      const aihub_http_sink* sink,
      uint64_t* id);
    /* [loop that started it] on = 1: read no more from the network until on = 0. */
    void (*pause)(void* host_instance, uint64_t id, int32_t on);
    /* [loop that started it] on_end(AIHUB_CANCELLED) follows, not from within this call. */
    void (*cancel)(void* host_instance, uint64_t id);
} aihub_http_v1;

#ifdef __cplusplus
}
#endif
#endif
