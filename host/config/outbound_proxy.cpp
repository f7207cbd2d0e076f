#include "config/outbound_proxy.hpp"

#include "config/presets.hpp"

#include <algorithm>

namespace aihub::config {
namespace {

constexpr std::string_view kThisMachine = "localhost,127.0.0.0/8,::1";

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return out;
}

// A dot at the end of a name only says that it is whole.
std::string_view without_root(std::string_view name) {
    return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

bool matches(const std::string& host, const std::optional<IpAddress>& address, std::string_view entry) {
    if (address) {
        if (entry.starts_with('[') && entry.ends_with(']')) {
            entry = entry.substr(1, entry.size() - 2);
        }
        const auto network = IpNetwork::parse(entry);
        return network && network->contains(*address);
    }
    std::string name = lower(without_root(entry));
    name.erase(0, name.starts_with('.') ? 1 : 0);
    return !name.empty() && (host == name || host.ends_with("." + name));
}

struct Variable {
    std::string name, value;
};

// The first of the two that is set.
Variable variable_of(const Sources& sources, const std::string& name) {
    for (const auto& one : {lower(name), name}) {
        if (auto value = environment_value(sources, one); !value.empty()) {
            return {one, std::move(value)};
        }
    }
    return {};
}

Secret url_of(const std::string& value) {
    return Secret(value.empty() || value.find("://") != std::string::npos ? value : "http://" + value);
}

}  // namespace

Proxies configured_proxy(const Secret& url) {
    const Secret used = url.expose() == "none" ? Secret() : url;
    return {used, used, {}, "proxy"};
}

Proxies environment_proxies(const Sources& sources) {
    const auto http = variable_of(sources, "HTTP_PROXY");
    const auto https = variable_of(sources, "HTTPS_PROXY");
    const auto except = variable_of(sources, "NO_PROXY");
    std::string source = "environment";
    for (const auto* one : {&https, &http}) {
        source += one->name.empty() ? "" : " " + one->name;
    }
    return {
        url_of(http.value),
        url_of(https.value),
        except.value + (except.value.empty() ? "" : ",") + std::string(kThisMachine),
        source + " (`proxy: none` in the configuration turns it off)"};
}

Secret proxy_for(const Proxies& proxies, bool https, std::string_view host) {
    const auto& url = https ? proxies.https : proxies.http;
    return url.empty() || is_excepted(host, proxies.except) ? Secret() : url;
}

bool is_excepted(std::string_view host, std::string_view list) {
    // Only alone it stands for everything.
    if (list == "*" || list.starts_with("*,")) {
        return true;
    }
    const std::string name = lower(without_root(host));
    const auto address = IpAddress::parse(name);
    while (!list.empty()) {
        const auto end = std::min(list.find_first_of(", \t"), list.size());
        if (end > 0 && matches(name, address, list.substr(0, end))) {
            return true;
        }
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

}  // namespace aihub::config
