#include "gateway/upstream_request.hpp"

namespace aihub::gateway {

namespace {

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

}  // namespace aihub::gateway
