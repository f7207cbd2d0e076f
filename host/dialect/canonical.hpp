// A client's request as the canonical form.
#pragma once

#include "base/result.hpp"
#include "dialect/format.hpp"

#include <aihub/json_read.hpp>

#include <string>
#include <string_view>

namespace aihub::dialect {

// The canonical form of `body`, which is the client's JSON object; docs/canonical-form.md has the rules. Bodies have
// passed the gateway's limits of size and depth. Error invalid_request: the body breaks the rules of its format, or
// asks for what no other format has (a stored conversation, for example); `param` names the place, as in
// "messages[2].content[0].image_url", and the message says what is wrong with it.
[[nodiscard]] Result<std::string> canonical_form(Format format, std::string_view body);

// A body that is to be translated. Error invalid_request: it is no JSON, or nested more deeply than the canonical form
// may be, or has too many values; the message has the number.
[[nodiscard]] Result<sdk::JsonDocument> parse_request(std::string_view body);

}  // namespace aihub::dialect
