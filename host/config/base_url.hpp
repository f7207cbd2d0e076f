// The address of an upstream.
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace aihub::config {

// `text` without slashes at its end. Error: not http or https, no host, a wrong port, credentials, a query, a fragment,
// spaces or control characters. The error does not repeat `text`: it may hold a password.
[[nodiscard]] Result<std::string> check_base_url(std::string_view text);

// Of "http://host:port" or "http://user:password@host:port", with percent-encoded credentials. The error does not
// repeat `text`.
[[nodiscard]] Result<void> check_proxy_url(std::string_view text);

// The value of an environment variable for a base URL: "host:port" gets "http://", and a URL without a path `suffix`.
[[nodiscard]] std::string complete_base_url(std::string_view value, std::string_view suffix);

}  // namespace aihub::config
