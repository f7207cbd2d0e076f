// Where the bytes of a request's body go: decoded, counted and bounded.
#pragma once

#include "gateway/call.hpp"
#include "net/inflate.hpp"

#include <atomic>
#include <cstddef>
#include <optional>
#include <string_view>

namespace aihub::gateway {

// How large one body may become, and the key that says so.
struct BodyLimit {
    std::size_t bytes_max = 0;
    std::string_view key;
};

// What request bodies may hold together.
[[nodiscard]] MemoryLimit memory_of_bodies(const config::Limits& limits);

// One for each body that is read into `call.body`. After an error nothing more is taken.
class RequestBody {
public:
    // `held`: the bytes that the bodies of all connections hold. Both outlive this.
    RequestBody(Call& call, std::atomic<std::size_t>& held, BodyLimit limit)
        : call_(call), held_(held), limit_(limit) {}

    // unsupported_media: a content encoding that is not taken; too_large: by its length alone.
    [[nodiscard]] Result<void> begin();
    // The next bytes as they came. too_large (the limit, of the decoded body); unavailable
    // (limits.body_memory_max); invalid_request: not what content-encoding says.
    [[nodiscard]] Result<void> take(std::string_view bytes);
    // The body has ended. Leaves room behind it for the JSON parser.
    [[nodiscard]] Result<void> finish();

private:
    [[nodiscard]] Result<void> hold();

    Call& call_;
    std::atomic<std::size_t>& held_;
    BodyLimit limit_;
    std::optional<net::Inflater> inflater_;
};

}  // namespace aihub::gateway
