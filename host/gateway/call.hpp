// One request, from its first byte to its record.
#pragma once

#include "base/clock.hpp"
#include "capability/provider.hpp"
#include "gateway/state.hpp"
#include "gateway/trail.hpp"
#include "net/http_head.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aihub::gateway {

// What a request wants of the gateway.
enum class Operation { chat_completions, embeddings, models_list, models_get, health, ready, metrics, unknown };

// As in paths, metrics and rows: "chat_completions".
[[nodiscard]] std::string_view operation_name(Operation operation);
// The format that a model call speaks ("openai.chat"), or empty for operations that are none.
[[nodiscard]] std::string_view operation_format(Operation operation);

// The request as received. Lives in serve_connection(), is used again for the next request of the connection, and
// belongs to the loop. Views point into `head_bytes` and `body`.
struct Call {
    std::string head_bytes;
    net::RequestHead head;
    std::string body;  // decoded; capacity leaves room for the JSON parser's padding
    std::string path;  // normalised; what everything routes on
    Operation operation = Operation::unknown;
    std::string_view allow;                       // after method_not_allowed: the method that the path takes
    std::string model_id;                         // models_get: the model asked for
    std::vector<capability::JsonMember> members;  // top-level members of the body
    std::string model;                            // as the client wrote it
    bool stream = false;
    bool include_usage = false;
    bool base64_embeddings = false;
    bool body_read = false;  // nothing of the request is left on the connection
    bool keep_alive = true;  // the connection goes on after the answer
    std::string request_id;
    SteadyTime started;
    SteadyTime deadline;  // of everything
    LoopStatePtr state;   // pinned for the whole request
    Trail trail;

    // Ready for the next request; keeps small buffers.
    void reset();
};

}  // namespace aihub::gateway
