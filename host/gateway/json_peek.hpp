// Looks at the top level of a JSON request without taking it apart.
#pragma once

#include "base/result.hpp"
#include "capability/provider.hpp"

#include <string>
#include <vector>

namespace aihub::gateway {

// What the path needs to know of a body. Views point into the body.
struct Peek {
    std::vector<capability::JsonMember>& members;  // filled
    std::string& model;                            // filled, unescaped; empty: none is named
    bool needs_model = true;                       // given by the caller: whether it is an error when none is named
    bool stream = false;
    bool include_usage = false;      // stream_options.include_usage
    bool base64_embeddings = false;  // encoding_format is "base64"
};

// Reads `body`, which must have room for the parser's padding behind it: see reserve_for_peek(). Errors are
// invalid_request: not JSON, not an object, a top-level name twice or written with escapes (an upstream might read
// another value than we do), no usable `model`, a `stream` that is no boolean. Nested values are not looked into.
[[nodiscard]] Result<void> peek(const std::string& body, Peek& out);

// Makes `body` able to hold `bytes` and to be peeked at.
void reserve_for_peek(std::string& body, std::size_t bytes);

}  // namespace aihub::gateway
