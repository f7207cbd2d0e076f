// Where the bytes of a request's body go: decoded, counted and bounded.
#pragma once

#include "gateway/call.hpp"
#include "net/inflate.hpp"

#include <atomic>
#include <cstddef>
#include <optional>
#include <string_view>

namespace aihub::gateway {

// One for each body that is read into `call.body`. After an error nothing more is taken.
class RequestBody {
public:
    // `held`: the bytes that the bodies of all connections hold. Both outlive this.
    RequestBody(Call& call, std::atomic<std::size_t>& held) : call_(call), held_(held) {}

    // unsupported_media: a content encoding that is not taken; too_large: by its length alone.
    [[nodiscard]] Result<void> begin();
    // The next bytes as they came. too_large (limits.body_bytes_max, of the decoded body); unavailable
    // (limits.body_memory_max); invalid_request: not what content-encoding says.
    [[nodiscard]] Result<void> take(std::string_view bytes);
    // The body has ended. Leaves room behind it for the JSON parser.
    [[nodiscard]] Result<void> finish();

private:
    [[nodiscard]] const config::Limits& limits() const { return call_.state->shared->config->limits; }
    [[nodiscard]] Result<void> hold();
    [[nodiscard]] Error too_large() const;

    Call& call_;
    std::atomic<std::size_t>& held_;
    std::optional<net::Inflater> inflater_;
};

}  // namespace aihub::gateway
