// The head of a request to a provider, from what its codec said and what the host adds.
#pragma once

#include "capability/provider.hpp"
#include "config/snapshot.hpp"
#include "net/chunked.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::gateway {

// Where the request goes: parts of the provider's base URL.
struct UpstreamPlace {
    std::string_view base_path;
    std::string_view authority;
    std::string_view proxy_header = {};  // a whole line, or nothing
};

// Request line and fields, the empty line included. Without `body_bytes` the body follows in chunks. A header that
// names a secret which the provider has not got is left out: services without authentication are configured that way.
// `more`: fields of the host's own, each with its line end. The text holds secrets; it goes to the connection only.
[[nodiscard]] std::string upstream_head(
    const capability::HttpRequest& request,
    const UpstreamPlace& place,
    const config::Provider& provider,
    std::optional<std::uint64_t> body_bytes,
    std::string_view more = {}
);

// A whole request, or its beginning: the head, and what the codec made of the body. Views into `request`, which lives
// longer; not moved.
class RequestParts {
public:
    // `rest`: how many bytes of the body follow these; nothing: it is not known, and all of the body goes in chunks.
    // `more` as above.
    RequestParts(
        const capability::HttpRequest& request,
        const UpstreamPlace& place,
        const config::Provider& provider,
        std::optional<std::uint64_t> rest,
        std::string_view more
    );
    RequestParts(const RequestParts&) = delete;
    RequestParts& operator=(const RequestParts&) = delete;

    [[nodiscard]] const std::vector<std::string_view>& all() const { return all_; }

private:
    std::string head_;
    net::ChunkHead chunk_;
    std::vector<std::string_view> all_;
};

// What the host adds to a request that opens a web socket.
struct UpgradeFields {
    std::string_view key;
    const std::vector<std::string_view>& protocols;  // those offered; may be empty
    std::string_view beta;                           // the client's openai-beta, part of the format; may be empty
    std::string_view more = {};                      // as above
};

// The same for a web socket.
[[nodiscard]] std::string upstream_upgrade_head(
    const capability::HttpRequest& request,
    const UpstreamPlace& place,
    const config::Provider& provider,
    const UpgradeFields& fields
);

}  // namespace aihub::gateway
