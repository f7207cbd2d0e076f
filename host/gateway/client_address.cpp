#include "gateway/client_address.hpp"

#include "net/http_chars.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace aihub::gateway {

namespace {

// Cuts `text` at `separator`, but not within quotes. False: quotes are open at its end.
bool split(std::string_view text, char separator, std::vector<std::string_view>& parts) {
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') {
            quoted = !quoted;
        } else if (text[at] == separator && !quoted) {
            parts.push_back(net::trim_blanks(text.substr(begin, at - begin)));
            begin = at + 1;
        }
    }
    parts.push_back(net::trim_blanks(text.substr(begin)));
    return !quoted;
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:80".
std::optional<IpAddress> address_in(std::string_view node) {
    if (node.starts_with('[')) {
        const auto end = node.find(']');
        return end == std::string_view::npos ? std::nullopt : IpAddress::parse(node.substr(1, end - 1));
    }
    if (std::count(node.begin(), node.end(), ':') == 1) {
        node = node.substr(0, node.find(':'));
    }
    return IpAddress::parse(node);
}

// The value of "for" in an element of Forwarded (RFC 7239 section 4), without its quotes.
std::string_view forwarded_for(std::string_view element) {
    std::vector<std::string_view> pairs;
    static_cast<void>(split(element, ';', pairs));
    for (const auto pair : pairs) {
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos || !net::equals_ignoring_case(pair.substr(0, equals), "for")) {
            continue;
        }
        auto value = pair.substr(equals + 1);
        const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
        return quoted ? value.substr(1, value.size() - 2) : value;
    }
    return {};
}

// The chain of all fields of that name, the nearest last.
std::vector<std::string_view> chain_of(const net::RequestHead& head, std::string_view name) {
    const bool rfc7239 = name == "forwarded";
    std::vector<std::string_view> chain;
    for (const auto& field : head.fields) {
        if (!net::equals_ignoring_case(field.name, name)) {
            continue;
        }
        if (!split(field.value, ',', chain)) {
            chain.emplace_back();  // Nobody knows where its elements end.
        }
    }
    if (rfc7239) {
        std::transform(chain.begin(), chain.end(), chain.begin(), forwarded_for);
    }
    return chain;
}

}  // namespace

std::string_view address_of(std::string_view peer) {
    constexpr std::string_view kMapped = "::ffff:";
    if (peer.starts_with('[')) {
        peer = peer.substr(1, peer.rfind(']') - 1);
        const bool v4 = peer.starts_with(kMapped) && peer.find('.') != std::string_view::npos;
        return v4 ? peer.substr(kMapped.size()) : peer;
    }
    return peer.substr(0, peer.rfind(':'));
}

bool is_trusted(std::string_view address, const config::Listen& listen) {
    if (listen.trusted_proxies.empty()) {
        return false;
    }
    const auto parsed = IpAddress::parse(address);
    return parsed && contains(listen.trusted_proxies, *parsed);
}

std::string forwarded_client(const net::RequestHead& head, std::string_view peer, const config::Listen& listen) {
    const auto chain = chain_of(head, listen.forwarded_header);
    std::optional<IpAddress> last;
    for (auto node = chain.rbegin(); node != chain.rend(); ++node) {
        const auto address = address_in(*node);
        if (!address) {
            break;
        }
        last = address;
        if (!contains(listen.trusted_proxies, *address)) {
            break;
        }
    }
    return last ? last->text() : std::string(peer);
}

std::string address_group(std::string_view address) {
    const auto parsed = IpAddress::parse(address);
    if (!parsed) {
        return std::string(address);
    }
    constexpr std::ptrdiff_t kHalf = 8;
    constexpr std::ptrdiff_t kMapped = 12;
    const auto& bytes = parsed->bytes;
    return parsed->is_v4() ? std::string(bytes.begin() + kMapped, bytes.end())
                           : std::string(bytes.begin(), bytes.begin() + kHalf);
}

}  // namespace aihub::gateway
