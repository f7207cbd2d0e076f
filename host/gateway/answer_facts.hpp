// What an answer says about the call: request id, provider, model, attempts, overhead.
#pragma once

#include "gateway/call.hpp"

#include <string>

namespace aihub::gateway {

// Appends header fields, each with a line end in front, as far as they are known by now and `response_headers` wants
// them: x-request-id always, the others for model calls only. No text of a client can begin another field.
void append_facts(std::string& out, const Call& call);

}  // namespace aihub::gateway
