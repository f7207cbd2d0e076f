/* An HTTP request that a plugin describes and the host performs. */
#ifndef AIHUB_EXT_HTTP_REQUEST_H
#define AIHUB_EXT_HTTP_REQUEST_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the host cuts the reply into frames. Replies with a status of 400 and more always come as one frame. */
#define AIHUB_FRAMING_WHOLE 1 /* one frame: the whole body */
#define AIHUB_FRAMING_SSE 2   /* one frame per server-sent event; comments and empty events are left out              */
#define AIHUB_FRAMING_NDJSON \
    3                       /* one frame per line that is not empty                                                 */
#define AIHUB_FRAMING_RAW 4 /* bytes as they come                                                                   */
/* Minor 1. The request opens a web socket: a GET without a body, to which the host adds the handshake. The host relays
 * the frames by itself. After a status of 101 each whole text message of the provider is one frame (those over
 * limits.stream_frame_bytes_max are left out), AIHUB_EV_USAGE tells what one response used and is added to what the
 * others did, and other events say nothing. on_end() comes when the socket has closed. */
#define AIHUB_FRAMING_WEB_SOCKET 5

/* Minor 2. A reply of status 2xx that comes whole goes to the client as it is: the codec would hand it back unchanged,
 * and needs to know of it only what is small. The host may then send a large JSON object (over
 * limits.reply_buffer_bytes) on as it comes, and on_frame() gets an outline of it at its end: the same object, in which
 * each member of more than 16 KiB is an empty string, array or object. The codec tells usage and the like as ever,
 * hands the outline back as AIHUB_EV_RAW and completes the call. A failure then cuts the answer short. Without effect
 * when the client asked for a stream. */
#define AIHUB_HTTP_PASS_LARGE 1u

/* One request header. When `secret` is not empty, the host appends the value of the instance's secret of that name to
 * `value` ("Bearer " + the key), or leaves the header out when no such secret is configured. The plugin never sees it.
 * Host, Content-Length, Transfer-Encoding, Connection and the like are the host's: naming one is AIHUB_E_INVALID. */
typedef struct aihub_request_header {
    aihub_slice name;
    aihub_slice value;
    aihub_slice secret;
} aihub_request_header;

typedef struct aihub_http_request {
    uint32_t struct_size;
    int32_t framing;    /* AIHUB_FRAMING_*; WHOLE is used when the reply is not a stream             */
    aihub_slice method; /* "POST"                                                                    */
    aihub_slice path;   /* appended to the configured base URL; begins with '/'; may hold a query    */
    const aihub_request_header* headers;
    size_t n_headers;
    const aihub_slice* body; /* the body is these parts one after another: parts may point into the
                                client's body, so that large requests are not copied                       */
    size_t n_body;
    /* Minor 2. */
    uint32_t flags; /* AIHUB_HTTP_* */
    uint32_t reserved0;
} aihub_http_request;

#ifdef __cplusplus
}
#endif
#endif
