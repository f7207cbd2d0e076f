// One request, from its first byte to its record.
#pragma once

#include "base/clock.hpp"
#include "capability/provider.hpp"
#include "dialect/format.hpp"
#include "experiment/assign.hpp"
#include "gateway/held_memory.hpp"
#include "gateway/rate_limiter.hpp"
#include "gateway/state.hpp"
#include "gateway/trace.hpp"
#include "gateway/trail.hpp"
#include "net/http_head.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aihub::gateway {

class Upload;
struct CallPolicies;
struct Continuation;

// What a request wants of the gateway.
enum class Operation {
    chat_completions,
    embeddings,
    completions,
    responses,
    responses_get,
    responses_delete,
    responses_cancel,
    responses_input_items,
    images_generations,
    images_edits,
    images_variations,
    audio_speech,
    audio_transcriptions,
    audio_translations,
    moderations,
    rerank,
    files_create,
    files_list,
    files_get,
    files_delete,
    files_content,
    batches_create,
    batches_list,
    batches_get,
    batches_cancel,
    realtime,
    messages,
    messages_count_tokens,
    generate_content,
    stream_generate_content,
    count_tokens,
    embed_content,
    batch_embed_contents,
    models_list,
    models_get,
    feedback,
    health,
    ready,
    metrics,
    preflight,   // of a page in a browser: see cors.hpp
    management,  // what the management API answers: see control_relay.hpp
    unknown
};

// What the body of a request is. `either`: JSON, or a form when the content type says so.
enum class BodyForm { none, json, form, either };
// Whether a body has to name a model. Without one the provider is named in another way: see route().
// `in_path`: the path names it, not the body.
enum class ModelUse { required, optional, none, in_path };

// What the steps need to know of an operation.
struct OperationTraits {
    std::string_view name;    // as in paths, metrics and rows: "chat_completions"
    std::string_view format;  // that a model call speaks: "openai.chat"; empty for operations that are none
    BodyForm body = BodyForm::none;
    ModelUse model = ModelUse::none;
    bool stored = false;    // reads or changes what is stored at the provider
    bool verbatim = false;  // status, content type and some headers of the provider's answer are the client's, too
    dialect::Dialect dialect = dialect::Dialect::openai;
};
[[nodiscard]] const OperationTraits& traits_of(Operation operation);
[[nodiscard]] inline std::string_view operation_name(Operation operation) {
    return traits_of(operation).name;
}
[[nodiscard]] inline std::string_view operation_format(Operation operation) {
    return traits_of(operation).format;
}

// The request as received. Lives in serve_connection(), is used again for the next request of the connection, and
// belongs to the loop. Views point into `head_bytes` and `body`.
struct Call {
    Call();
    ~Call();
    std::string head_bytes;
    net::RequestHead head;
    std::string body;  // decoded; capacity leaves room for the JSON parser's padding
    HeldMemory body_memory;
    std::string client;  // address, without its port; as trusted proxies say, see client_address.hpp
    std::string path;    // normalised; what everything routes on
    Operation operation = Operation::unknown;
    dialect::Dialect dialect = dialect::Dialect::openai;  // that the client speaks, as far as it is known
    std::string allow;                                    // after method_not_allowed: the methods that the path takes
    std::string provider;                                 // asked for in the query, for calls that name no model
    std::string query;                            // for the provider: without what the gateway itself reads of it
    std::string model_id;                         // that the path names
    std::vector<capability::JsonMember> members;  // top-level members of the body
    std::string model;                            // as the client wrote it
    bool stream = false;
    bool include_usage = false;
    bool base64_embeddings = false;
    bool array_stream = false;             // the stream is one JSON array, not server-sent events
    bool body_read = false;                // nothing of the request is left on the connection
    Continuation* continuation = nullptr;  // when another provider may go on with its stream
    bool body_gone = false;                // a part of the body was sent on and not kept: there is no second attempt
    Upload* upload = nullptr;              // what brings the rest of the body, when `body` is only its beginning
    std::uint64_t uploaded_bytes = 0;      // of that rest
    bool keep_alive = true;                // the connection goes on after the answer
    std::string request_id;
    std::optional<RateAnswer> rate;  // what its key's bucket said, or that of its address; nothing: there is no limit
    SteadyTime started;
    SteadyTime deadline;                              // of everything
    LoopStatePtr state;                               // pinned for the whole request
    std::unique_ptr<CallPolicies> policies;           // that decide it, from its first hook to its record; null: none
    std::vector<experiment::Assignment> assignments;  // experiments that it may take part in, and their arms
    std::uint64_t assignments_used = 0;               // a bit for the place of each of which something depended on
    Trail trail;
    Trace trace;

    // Ready for the next request; keeps small buffers.
    void reset();
};

}  // namespace aihub::gateway
