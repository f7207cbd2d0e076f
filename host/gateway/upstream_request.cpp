#include "gateway/upstream_request.hpp"

#include <algorithm>
#include <span>

namespace aihub::gateway {

namespace {

std::uint64_t bytes_of(std::span<const std::string_view> parts) {
    std::uint64_t bytes = 0;
    for (const auto part : parts) {
        bytes += part.size();
    }
    return bytes;
}

void append_header(std::string& head, const capability::RequestHeader& header, const config::Provider& provider) {
    std::string_view secret;
    if (!header.secret.empty()) {
        const auto found = provider.secrets.find(std::string(header.secret));
        if (found == provider.secrets.end()) {
            return;
        }
        secret = found->second.expose();
    }
    head.append(header.name).append(": ").append(header.value).append(secret).append("\r\n");
}

}  // namespace

std::string upstream_head(
    const capability::HttpRequest& request,
    const UpstreamPlace& place,
    const config::Provider& provider,
    std::optional<std::uint64_t> body_bytes,
    std::string_view more
) {
    std::string head;
    head.reserve(512);
    head.append(request.method).append(" ").append(place.base_path).append(request.path);
    head.append(" HTTP/1.1\r\nHost: ").append(place.authority).append("\r\n").append(place.proxy_header);
    for (const auto& header : request.headers) {
        append_header(head, header, provider);
    }
    head.append(more);
    head.append("Accept-Encoding: identity\r\n");
    if (!body_bytes) {
        head.append("Transfer-Encoding: chunked\r\n");
    } else if (*body_bytes > 0 || request.method == "POST") {
        head.append("Content-Length: ").append(std::to_string(*body_bytes)).append("\r\n");
    }
    head.append("\r\n");
    return head;
}

std::string upstream_upgrade_head(
    const capability::HttpRequest& request,
    const UpstreamPlace& place,
    const config::Provider& provider,
    const UpgradeFields& fields
) {
    std::string head;
    head.reserve(512);
    head.append("GET ").append(place.base_path).append(request.path);
    head.append(" HTTP/1.1\r\nHost: ").append(place.authority).append("\r\n").append(place.proxy_header);
    for (const auto& header : request.headers) {
        append_header(head, header, provider);
    }
    head.append(fields.more);
    if (!fields.beta.empty()) {
        head.append("openai-beta: ").append(fields.beta).append("\r\n");
    }
    for (std::size_t at = 0; at < fields.protocols.size(); ++at) {
        head.append(at == 0 ? "Sec-WebSocket-Protocol: " : ", ").append(fields.protocols[at]);
    }
    head.append(fields.protocols.empty() ? "" : "\r\n");
    head.append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
    head.append(fields.key).append("\r\n\r\n");
    return head;
}

RequestParts::RequestParts(
    const capability::HttpRequest& request,
    const UpstreamPlace& place,
    const config::Provider& provider,
    std::optional<std::uint64_t> rest,
    std::string_view more
)
    : chunk_(std::max<std::uint64_t>(bytes_of(request.body), 1)) {
    const auto held = bytes_of(request.body);
    head_ = upstream_head(request, place, provider, rest ? std::optional(held + *rest) : std::nullopt, more);
    const bool framed = !rest && held > 0;
    all_.reserve(3 + request.body.size());
    all_.emplace_back(head_);
    all_.emplace_back(framed ? chunk_.text() : std::string_view());
    all_.insert(all_.end(), request.body.begin(), request.body.end());
    all_.emplace_back(framed ? net::kChunkEnd : std::string_view());
}

}  // namespace aihub::gateway
