// What this host takes as the value of the parts of a head that decide about framing and routing. Stricter than RFC
// 9112 where two readers could disagree.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aihub::net {

// The value of content-length: digits only, fits 64 bits.
[[nodiscard]] Result<std::uint64_t> parse_length(std::string_view value);

// Exactly "chunked", in any case. not_implemented: a well-formed list with another coding; else invalid_request.
[[nodiscard]] Result<void> check_transfer_coding(std::string_view value);

// A name, an IPv4 address or an IPv6 address in brackets, with an optional port.
[[nodiscard]] Result<void> check_host(std::string_view value);

// 1 to 16 letters A to Z.
[[nodiscard]] Result<void> check_method(std::string_view method);

// The reason of an error that is about the first line of a request alone: it is answered with 414.
inline constexpr std::string_view kTargetTooLong = "uri_too_long";
// The same of a whole head, and of the number of its fields.
inline constexpr std::string_view kHeadTooLong = "header_too_long";
inline constexpr std::string_view kTooManyFields = "too_many_header_fields";

// Begins with "/" and is visible ASCII without "#". Longer than `bytes_max`: header_too_large, kTargetTooLong.
[[nodiscard]] Result<void> check_request_target(std::string_view target, std::size_t bytes_max);

}  // namespace aihub::net
