// Requests for embeddings as the canonical form.
#pragma once

#include "dialect/format.hpp"
#include "dialect/request_check.hpp"

#include <string>

namespace aihub::dialect {

// `format` is one of those for embeddings. Error: what is to be embedded is no text; or the requests of a batch differ
// in more than their text.
[[nodiscard]] Result<std::string> read_embeddings(Format format, const JsonValue& root);

}  // namespace aihub::dialect
