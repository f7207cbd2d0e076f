/* A sink for traces: what becomes of the spans that the host makes of its calls. */
#ifndef AIHUB_EXT_TRACE_SINK_H
#define AIHUB_EXT_TRACE_SINK_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_TRACE_SINK "aihub.trace-sink/1"

#define AIHUB_ATTRIBUTE_TEXT 1
#define AIHUB_ATTRIBUTE_NUMBER 2  /* `number`                                                                        */
#define AIHUB_ATTRIBUTE_BOOLEAN 3 /* `number` is 0 or 1 */

typedef struct aihub_attribute {
    aihub_slice name; /* as in the OpenTelemetry conventions: "gen_ai.request.model"                                 */
    aihub_slice text;
    int64_t number;
    int32_t kind; /* AIHUB_ATTRIBUTE_*; others are to be left out                                                    */
    uint32_t reserved0;
} aihub_attribute;

/* The numbers are those of OTLP. */
#define AIHUB_SPAN_SERVER 2 /* a call of a client */
#define AIHUB_SPAN_CLIENT 3 /* an attempt at a provider, child of a server span */

#define AIHUB_SPAN_OK 0
#define AIHUB_SPAN_FAILED 2

typedef struct aihub_span {
    uint32_t struct_size;
    int32_t kind; /* AIHUB_SPAN_SERVER, AIHUB_SPAN_CLIENT                                                            */
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t parent_id[8]; /* all zero: the root                                                                   */
    int64_t start_ns;     /* since 1970-01-01T00:00:00Z                                                           */
    int64_t end_ns;       /* not before start_ns                                                                  */
    aihub_slice name;
    aihub_slice trace_state; /* W3C tracestate, may be empty                                                         */
    aihub_slice message;     /* why it failed, for people; may be empty                                              */
    int32_t status;          /* AIHUB_SPAN_OK, AIHUB_SPAN_FAILED                                                     */
    uint32_t reserved0;
    const aihub_attribute* attributes;
    size_t n_attributes;
} aihub_span;

/* Both functions are called on one event loop, always the same for one instance, so an instance needs no locks. */
typedef struct aihub_trace_sink_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [loop] Takes a batch, at most some dozens; copies what it keeps. AIHUB_E_LIMIT: its own queue is full, and these
     * spans are lost, which the host counts. */
    aihub_status (*take)(aihub_instance* instance, const aihub_span* const* spans, size_t n_spans);
    /* [loop] Calls done(arg) exactly once, on this loop, when everything taken so far was delivered or given up; from
     * within this call if there is nothing. */
    void (*flush)(aihub_instance* instance, void (*done)(void* arg), void* arg);
} aihub_trace_sink_v1;

#ifdef __cplusplus
}
#endif
#endif
