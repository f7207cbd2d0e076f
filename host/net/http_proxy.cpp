#include "net/http_proxy.hpp"

#include "net/http_chars.hpp"
#include "net/http_head.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>

namespace aihub::net {

namespace {

constexpr std::size_t kHeadBytesMax = 16384;

Error wrong() {
    return {
        Errc::invalid_request,
        "not the URL of a proxy, write it like http://proxy.example.com:3128 or http://user:password@host:port"};
}

Result<std::string> decoded(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            out += text[at];
            continue;
        }
        const int high = at + 2 < text.size() ? hex_value(static_cast<unsigned char>(text[at + 1])) : -1;
        const int low = high < 0 ? -1 : hex_value(static_cast<unsigned char>(text[at + 2]));
        if (low < 0) {
            return wrong();
        }
        out += static_cast<char>(high * 16 + low);
        at += 2;
    }
    return out;
}

std::string base64(std::string_view text) {
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
    const int size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(text.data()),
        static_cast<int>(text.size())
    );
    out.resize(static_cast<std::size_t>(size));
    return out;
}

// Reads the head of the proxy's answer.
Task<Result<int>> read_status(Connection& connection) {
    std::string bytes;
    ReplyHead head;
    for (;;) {
        char* scratch = connection.loop().scratch();
        AIHUB_CO_TRY(const auto count, co_await connection.read_some({scratch, Loop::kScratchBytes}));
        if (count == 0) {
            co_return Error{Errc::unavailable, "the proxy closed the connection"};
        }
        bytes.append(scratch, count);
        auto progress = parse_reply_head(bytes, {kHeadBytesMax, 128, 8192}, ReplyTo::other, head);
        while (progress && *progress == HeadProgress::complete && head.status < 200) {
            bytes.erase(0, head.head_bytes);
            progress = parse_reply_head(bytes, {kHeadBytesMax, 128, 8192}, ReplyTo::other, head);
        }
        if (!progress) {
            co_return Error{Errc::unavailable, "the proxy's answer is malformed: " + progress.error().message};
        }
        if (*progress == HeadProgress::need_more) {
            continue;
        }
        // Nobody but the target may speak after it, and the target waits for us.
        if (head.status < 300 && bytes.size() > head.head_bytes) {
            co_return Error{Errc::unavailable, "the proxy sent something into the tunnel"};
        }
        co_return head.status;
    }
}

}  // namespace

Result<HttpProxy> HttpProxy::parse(std::string_view url) {
    constexpr std::string_view kScheme = "http://";
    if (!url.starts_with(kScheme)) {
        return wrong();
    }
    url.remove_prefix(kScheme.size());
    url = url.substr(0, url.ends_with('/') ? url.size() - 1 : url.size());
    HttpProxy proxy;
    if (const auto at = url.rfind('@'); at != std::string_view::npos) {
        const auto credentials = url.substr(0, at);
        const auto colon = std::min(credentials.find(':'), credentials.size());
        auto word = AIHUB_TRY(decoded(credentials.substr(0, colon))) + ":";
        word += AIHUB_TRY(decoded(credentials.substr(std::min(colon + 1, credentials.size()))));
        proxy.authorization = Secret("Basic " + base64(word));
        url.remove_prefix(at + 1);
    }
    const auto colon = url.rfind(':');
    if (colon == std::string_view::npos || url.find_first_of("/?#@") != std::string_view::npos) {
        return wrong();
    }
    const auto port = url.substr(colon + 1);
    auto host = url.substr(0, colon);
    const bool six = host.starts_with('[') && host.ends_with(']');
    host = six ? host.substr(1, host.size() - 2) : host;
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), proxy.port);
    const bool good_port = parsed.ec == std::errc() && parsed.ptr == port.data() + port.size() && proxy.port != 0;
    if (host.empty() || !good_port || (!six && host.find(':') != std::string_view::npos)) {
        return wrong();
    }
    proxy.host = host;
    return proxy;
}

std::string HttpProxy::authority() const {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

Task<Result<void>> open_tunnel(Connection& connection, const HttpProxy& proxy, std::string target) {
    std::string head = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!proxy.authorization.empty()) {
        head.append("Proxy-Authorization: ").append(proxy.authorization.expose()).append("\r\n");
    }
    head += "\r\n";
    const std::array<std::string_view, 1> parts{head};
    AIHUB_CO_CHECK(co_await connection.write(parts));
    AIHUB_CO_TRY(const auto status, co_await read_status(connection));
    if (status == 407) {
        co_return Error{Errc::unavailable, "the proxy wants other credentials (407)"};
    }
    if (status >= 300) {
        co_return Error{Errc::unavailable, "the proxy refused to connect (" + std::to_string(status) + ")"};
    }
    co_return Result<void>{};
}

}  // namespace aihub::net
