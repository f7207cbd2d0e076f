// The request to a provider that goes on with the answer of another one.
#pragma once

#include "base/result.hpp"
#include "model/tokenizer_family.hpp"

#include <string>
#include <string_view>

namespace aihub::dialect {

// What is known of the model that is to go on.
struct GoingOn {
    // A last message of the assistant's is the beginning of its answer. Otherwise it is asked to go on.
    bool takes_prefill = false;
    model::TokenizerFamily tokenizer = model::TokenizerFamily::other;
};

// The canonical chat `canonical_json` with `text`, which was already answered, as the assistant's last words; and with
// as many tokens less to answer with, where the client set a maximum. A text that is blank is none: the request as it
// is. Error not_implemented: two models cannot make one answer of it, a JSON document or several choices; internal: it
// is no canonical chat.
[[nodiscard]] Result<std::string> continued_request(
    std::string canonical_json, std::string_view text, const GoingOn& model
);

}  // namespace aihub::dialect
