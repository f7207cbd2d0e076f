// Requests of pages from other origins: the CORS protocol of the Fetch standard.
#pragma once

#include "gateway/call.hpp"

#include <string>

namespace aihub::gateway {

// Whether the request asks, before another one, what a page may do: OPTIONS with `Origin` and
// `Access-Control-Request-Method`, while the configuration has `cors`.
[[nodiscard]] bool is_preflight(const Call& call);

// Whether its origin may. forbidden: it is none of cors.allowed_origins.
[[nodiscard]] Result<void> check_preflight(const Call& call);

// The fields of an answer that let a browser show it to the page; each "\r\nname: value". To a preflight also what the
// page may send: any header it asks for, since the key decides, and the methods of `call.allow`. Nothing without
// `cors`.
void append_cors(std::string& out, const Call& call);

}  // namespace aihub::gateway
