// The host's side of aihub_error, and the small conversions between slices and views.
#pragma once

#include "base/result.hpp"

#include <aihub/abi.h>

#include <string>
#include <string_view>

// Filled by a plugin through aihub_host.set_error. Lives on the host's side of one call; reused, so that a call that
// succeeds allocates nothing.
struct aihub_error {
    aihub_status status = AIHUB_OK;
    std::string code;
    std::string message;
    std::string detail_json;
};

namespace aihub::loader {

// What a plugin may say in an error or a failure; more is cut off.
inline constexpr std::size_t kMessageBytesMax = 4096;
inline constexpr std::size_t kDetailBytesMax = 65536;

[[nodiscard]] inline std::string_view view(aihub_slice slice) {
    return slice.ptr == nullptr ? std::string_view() : std::string_view(slice.ptr, slice.len);
}
[[nodiscard]] inline aihub_slice slice(std::string_view text) {
    return {text.data(), text.size()};
}

// A slice that points nowhere but claims a length.
[[nodiscard]] inline bool broken(aihub_slice slice) {
    return slice.ptr == nullptr && slice.len != 0;
}

// The name of a status, "AIHUB_E_INVALID", or "status 42" for one that this host does not know.
[[nodiscard]] std::string status_name(aihub_status status);
[[nodiscard]] bool known_status(aihub_status status);

// Implements aihub_host.set_error.
void set_error(aihub_error* error, aihub_status status, aihub_slice code, aihub_slice message, aihub_slice detail_json);

// The Error of a function that answered `status`, a failure or nonsense. AIHUB_E_INVALID is invalid_request, a status
// that is not known is internal, every other one is `otherwise`. `what` names the function: "build".
[[nodiscard]] Error to_error(std::string_view what, aihub_status status, const aihub_error& error, Errc otherwise);

}  // namespace aihub::loader
