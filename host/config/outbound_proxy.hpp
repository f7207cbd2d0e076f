// Which HTTP proxy a request to a provider takes.
#pragma once

#include "config/load.hpp"
#include "config/snapshot.hpp"

#include <string_view>

namespace aihub::config {

// What the key `proxy` says: `url` for all hosts; "none" and nothing: no proxy, whatever the environment says.
[[nodiscard]] Proxies configured_proxy(const Secret& url);

// What HTTPS_PROXY, HTTP_PROXY and NO_PROXY say, the names in lower case first, as curl takes them. A URL may lack its
// "http://". This machine (localhost and loopback addresses) is always reached without a proxy.
[[nodiscard]] Proxies environment_proxies(const Sources& sources);

// The URL of the proxy for `host` (without brackets); empty: none.
[[nodiscard]] Secret proxy_for(const Proxies& proxies, bool https, std::string_view host);

// Whether `host` is in a list like that of NO_PROXY: names, which stand for all names below them, too (with or without
// a dot in front), addresses and networks (192.0.2.0/24), or one "*" for all; between commas or spaces.
[[nodiscard]] bool is_excepted(std::string_view host, std::string_view list);

}  // namespace aihub::config
