#include "net/upstream.hpp"

#include <algorithm>
#include <charconv>

namespace aihub::net {

namespace {

// "localhost" stands for loopback addresses by itself (RFC 6761 section 6.3).
bool is_localhost(const std::string& host) {
    std::string lower(host);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return lower == "localhost" || lower.ends_with(".localhost");
}

std::string_view scope_text(AddressScope scope) {
    switch (scope) {
        case AddressScope::loopback:
            return "an address of this machine";
        case AddressScope::private_:
            return "an address of a private network";
        case AddressScope::metadata:
            return "a link-local or metadata address";
        default:
            return "no address that can be connected to";
    }
}

}  // namespace

Result<Upstream> Upstream::parse(std::string_view base_url) {
    Upstream upstream;
    const auto bad = [&](std::string_view why) {
        return Error{Errc::invalid_request, "the base URL " + std::string(base_url) + " " + std::string(why)};
    };
    std::string_view rest = base_url;
    if (rest.starts_with("https://")) {
        upstream.tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        return bad("must begin with http:// or https://");
    }
    const auto slash = std::min(rest.find('/'), rest.size());
    upstream.authority = rest.substr(0, slash);
    upstream.base_path = rest.substr(slash);
    while (upstream.base_path.ends_with('/')) {
        upstream.base_path.pop_back();
    }
    if (upstream.authority.empty() || upstream.authority.find('@') != std::string::npos) {
        return bad("must have a host and no user name");
    }
    std::string_view host = upstream.authority;
    std::string_view port;
    const auto bracket = host.rfind(']');
    const auto colon = host.rfind(':');
    if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
        port = host.substr(colon + 1);
        host = host.substr(0, colon);
    }
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    if (host.empty() || host.find_first_of("[]") != std::string_view::npos) {
        return bad("must have a host");
    }
    upstream.host = host;
    upstream.port = upstream.tls ? 443 : 80;
    if (!port.empty()) {
        const auto parsed = std::from_chars(port.data(), port.data() + port.size(), upstream.port);
        if (parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || upstream.port == 0) {
            return bad("has a port that is not a number from 1 to 65535");
        }
    }
    return upstream;
}

void Upstream::use_proxy(HttpProxy by) {
    if (!tls) {
        base_path = "http://" + authority + base_path;  // The proxy wants the whole URL (RFC 9112 section 3.2.2).
        if (!by.authorization.empty()) {
            proxy_header = Secret("Proxy-Authorization: " + std::string(by.authorization.expose()) + "\r\n");
        }
    }
    proxy = std::move(by);
}

Result<void> Upstream::may_connect(const Address& address) const {
    const auto scope = address.scope();
    if (scope == AddressScope::global || proxy) {  // The proxy itself was written by the operator.
        return {};
    }
    const bool literal = Address::parse(host, port).has_value();
    const bool written =
        (literal && scope != AddressScope::metadata) || (is_localhost(host) && scope == AddressScope::loopback);
    const bool allowed =
        private_network == PrivateNetwork::allow || (private_network == PrivateNetwork::automatic && written);
    if (allowed && scope != AddressScope::unusable) {
        return {};
    }
    std::string text = address.text() + " is " + std::string(scope_text(scope));
    if (scope != AddressScope::unusable) {
        text += "; if that is right, set providers." + (name.empty() ? "<name>" : name) + ".private_network: allow";
    }
    return Error{Errc::unavailable, text};
}

std::string Upstream::host_and_port() const {
    return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

}  // namespace aihub::net
