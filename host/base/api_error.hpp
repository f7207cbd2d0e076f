// The one shape of a failure in the management API.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace aihub {

// {"error":{"code","message","field"?,"request_id",...}}. `code` is the error's reason, or a word for its kind when it
// has none; `field` is its param. `more` is further members with a leading comma, or empty.
[[nodiscard]] std::string api_error_body(const Error& error, std::string_view request_id, std::string_view more = {});

}  // namespace aihub
