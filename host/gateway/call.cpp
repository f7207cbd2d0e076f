#include "gateway/call.hpp"

#include "gateway/call_policies.hpp"

namespace aihub::gateway {

namespace {

// Buffers above this size are given back between two requests: an idle connection should cost little.
constexpr std::size_t kKeepBytes = 4096;

void empty(std::string& text) {
    if (text.capacity() > kKeepBytes) {
        std::string().swap(text);
    } else {
        text.clear();
    }
}

}  // namespace

Call::Call() = default;
Call::~Call() = default;

void Call::reset() {
    empty(head_bytes);
    empty(body);
    body_memory.release();
    head.restart();
    path.clear();
    operation = Operation::unknown;
    body_read = false;
    body_gone = false;
    upload = nullptr;
    uploaded_bytes = 0;
    allow.clear();
    query.clear();
    provider.clear();
    model_id.clear();
    members.clear();
    model.clear();
    stream = false;
    include_usage = false;
    base64_embeddings = false;
    array_stream = false;
    dialect = dialect::Dialect::openai;
    request_id.clear();
    rate.reset();
    policies.reset();
    assignments.clear();
    assignments_used = 0;
    state.reset();
    trail.reset();
    if (trace.known) {
        trace = {};
    }
}

}  // namespace aihub::gateway
