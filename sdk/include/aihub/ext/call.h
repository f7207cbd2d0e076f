/* One model call, as the host lends it to a provider. A host extension. */
#ifndef AIHUB_EXT_CALL_H
#define AIHUB_EXT_CALL_H

#include <aihub/abi.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AIHUB_EXT_CALL "aihub.call/1"

/* One top-level member of the request's JSON object, as it stands in the body. Both slices point into the body:
 * `name` without its quotes and not unescaped, `value` is the whole raw JSON value. Names are unique.
 * Of a body of type multipart/form-data: a field that is no file; `value` is its bytes, without quotes. Names that end
 * with [] may come several times. */
typedef struct aihub_json_member {
    aihub_slice name;
    aihub_slice value;
} aihub_json_member;

#define AIHUB_RF_STREAM 1u        /* the client asked for a stream                                                  */
#define AIHUB_RF_INCLUDE_USAGE 2u /* the client asked for usage in the stream                                       */
#define AIHUB_RF_BODY_BEGINNING                                                                                     \
    4u /* `body` is only the beginning: the host sends what it has not read yet behind the parts that build() gave. \
          Set for forms only. */

/* What the client wants. Every slice is valid until destroy() of the callstate returns. */
typedef struct aihub_request {
    uint32_t struct_size;
    uint32_t flags; /* AIHUB_RF_*                                                                            */
    /* One of the manifest's `formats`. "openai.chat" and the like: `body` is the client's, byte for byte, and the reply
     * may go back as raw events. "aihub.chat" and "aihub.embeddings" (minor 3): the client speaks a format that the
     * provider does not, `body` is the canonical form of it (docs/canonical-form.md, chat.hpp), and the reply is told
     * in events, from which the host makes the client's format. */
    aihub_slice format;
    aihub_slice model; /* the model's name at the provider                                                      */
    aihub_slice request_id;
    aihub_slice body; /* the client's JSON or form, byte for byte                                              */
    const aihub_json_member* members;
    size_t n_members;
    /* Minor 1: for formats with more than one path. */
    aihub_slice method;       /* the client's: "POST"                                                              */
    aihub_slice path;         /* the client's, behind its version: "/files/file-1/content"                         */
    aihub_slice query;        /* what the client asked behind the "?", for listings                                */
    aihub_slice content_type; /* of the body, with its parameters                                                  */
    /* Minor 3. */
    aihub_slice beta;           /* what the client wrote in the header of its format that switches new features on
                                   (anthropic-beta, openai-beta); empty for "aihub.chat"                                     */
    aihub_slice format_version; /* the same of the one that names the version of its format (anthropic-version)      */
} aihub_request;

/* Kinds of event. A reader ignores kinds that it does not know. */
#define AIHUB_EV_TEXT 1       /* text: delta of the answer                                                           */
#define AIHUB_EV_REASONING 2  /* text: delta of the reasoning                                                        */
#define AIHUB_EV_TOOL_BEGIN 3 /* text: function name, extra: call id, block: index of the tool call */
#define AIHUB_EV_TOOL_ARGS 4  /* text: delta of the arguments, block: index of the tool call                         */
#define AIHUB_EV_USAGE 5      /* n[AIHUB_N_*]: totals so far (they replace earlier ones), AIHUB_N_UNKNOWN = not said */
/* extra: finish reason: stop, length, tool_calls, content_filter. Minor 3: text: the stop sequence that was met. */
#define AIHUB_EV_FINISH 6
#define AIHUB_EV_EMBEDDING 7 /* text: little-endian float32 values of vector number `choice`                        */
#define AIHUB_EV_RAW                                                                                             \
    8                    /* text: a frame's data (or the whole JSON reply) in the format of the request, passed  \
                            to the client as it is; extra: SSE event name or empty. The cheapest is to hand back \
                            the very slice that on_frame lent. Where a stream was asked for and the reply came   \
                            whole, each is one event of the stream that is made of it. */
#define AIHUB_EV_MODEL 9 /* text: the model that really answered                                                */
/* Minor 3. Reasoning comes in blocks: `block` of AIHUB_EV_REASONING, _SIGNATURE and _REDACTED is its index. */
#define AIHUB_EV_SIGNATURE \
    10 /* text: what the provider wants back with the block; extra: "reasoning", "text", or     */
       /* "tool" (then `block` is the index of the tool call); of a text `block` may be         */
       /* AIHUB_SIGNED_ALONE: it stands behind the text, in a piece of its own                  */
#define AIHUB_SIGNED_ALONE 1u
#define AIHUB_EV_REDACTED 11 /* text: reasoning that only the provider can read, whole */
#define AIHUB_EV_REFUSAL 12  /* text: delta of the words with which the model refuses  */
#define AIHUB_EV_CITATION 13 /* text: JSON object {"url","title","cited_text","start_index","end_index"}, each */
/* optional: a source of the text so far                                                 */
#define AIHUB_EV_MEDIA 14    /* text: base64 of an image or a sound that the model made, whole; extra: its media type */
#define AIHUB_EV_LOGPROBS 15 /* text: JSON array of {"token","logprob","bytes","top_logprobs"}, for the text that */
/* comes next                                                                            */
#define AIHUB_EV_ID 16      /* text: the provider's id of the answer                                                 */
#define AIHUB_EV_DROPPED 17 /* from build() only; text: name of a field of the canonical request that the provider */
/* cannot be told, "logprobs"; the host tells the client, or refuses the call            */

#define AIHUB_N_INPUT 0       /* all input tokens, cached ones included                                               */
#define AIHUB_N_OUTPUT 1      /* all output tokens, reasoning included                                                */
#define AIHUB_N_CACHE_READ 2  /* of the input: read from the provider's cache  */
#define AIHUB_N_CACHE_WRITE 3 /* of the input: written to the provider's cache */
#define AIHUB_N_REASONING 4   /* of the output: reasoning                                                             */
#define AIHUB_N_AUDIO 5       /* audio tokens, both directions                                                        */
#define AIHUB_N_COUNT 6
#define AIHUB_N_UNKNOWN UINT64_MAX

typedef struct aihub_event {
    uint32_t struct_size;
    int32_t kind;    /* AIHUB_EV_*                                                                            */
    uint32_t choice; /* index of the choice (of `n`)                                                          */
    uint32_t block;  /* index of the tool call within the choice                                              */
    aihub_slice text;
    aihub_slice extra;
    uint64_t n[AIHUB_N_COUNT];
    /* Minor 1. */
    uint64_t audio_ms; /* AIHUB_EV_USAGE: milliseconds of audio that are billed by their length, 0 = not said     */
    /* Minor 3. */
    uint64_t cache_write_1h; /* AIHUB_EV_USAGE: of AIHUB_N_CACHE_WRITE: tokens kept for an hour, 0 = none or not said */
} aihub_event;

/* Why a call failed: a closed set, because retry, fallback and billing decide on it. */
#define AIHUB_FAIL_INVALID_REQUEST 1 /* the provider refuses the input */
#define AIHUB_FAIL_AUTH 2            /* our credential at the provider is wrong: never shown as the client's 401     */
#define AIHUB_FAIL_NOT_FOUND 3       /* no such model at the provider                                                */
#define AIHUB_FAIL_RATE_LIMIT 4      /* retry_after_ns may be set                                                    */
#define AIHUB_FAIL_OVERLOADED 5      /* retry_after_ns may be set                                                    */
#define AIHUB_FAIL_CONTENT_FILTER 6
#define AIHUB_FAIL_CONTEXT_LENGTH 7
#define AIHUB_FAIL_TOO_LARGE 8
#define AIHUB_FAIL_UPSTREAM 9 /* 5xx, or an answer that makes no sense                                        */
#define AIHUB_FAIL_NETWORK 10
#define AIHUB_FAIL_TIMEOUT 11
#define AIHUB_FAIL_QUOTA 12    /* our account at the provider has no credit                                    */
#define AIHUB_FAIL_INTERNAL 13 /* a fault in the plugin                                                        */

typedef struct aihub_failure {
    uint32_t struct_size;
    int32_t kind;        /* AIHUB_FAIL_*                                                                       */
    int32_t http_status; /* the upstream's, 0 = none                                                           */
    uint32_t reserved0;
    int64_t retry_after_ns;  /* 0 = not said                                                                       */
    aihub_slice message;     /* for the client; no secret, no upstream URL                                         */
    aihub_slice detail_json; /* the `error` object in the request's format, when the provider sent one; or empty    */
} aihub_failure;

typedef struct aihub_call_v1 {
    uint32_t struct_size;
    uint32_t reserved0;
    /* [any; codec tier: within a callback only, AIHUB_EV_DROPPED within build()] Copies what it needs. AIHUB_OK,
     * AIHUB_AGAIN (taken; a stream-tier plugin sends no more until resume()), AIHUB_CANCELLED, AIHUB_GONE. */
    aihub_status (*emit)(aihub_call* call, const aihub_event* event);
    /* [any; codec tier: within a callback only] The call's end, exactly once; NULL means success. A second one is
     * AIHUB_GONE. The host writes the end marker of the client's format itself. */
    aihub_status (*complete)(aihub_call* call, const aihub_failure* failure);
    /* [any] Monotonic time (aihub.clock/1) by which the call must end. 0 when the call is gone. */
    int64_t (*deadline_ns)(aihub_call* call);
    /* [any] AIHUB_OK while somebody waits for the answer, else AIHUB_CANCELLED or AIHUB_GONE. */
    aihub_status (*cancelled)(aihub_call* call);
    /* [any] Runs fn(state, arg) on the call's loop; dropped when the call ended first. */
    aihub_status (*post)(aihub_call* call, void (*fn)(aihub_callstate* state, void* arg), void* arg);
} aihub_call_v1;

#ifdef __cplusplus
}
#endif
#endif
