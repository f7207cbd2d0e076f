#include "config/blocks.hpp"

#include <algorithm>
#include <iterator>

namespace aihub::config {
namespace {

constexpr std::size_t kOriginsMax = 256;
constexpr std::string_view kAny = "*";

// "https://app.example.com:8443": scheme and host as browsers write them, and nothing behind.
bool is_origin(std::string_view text) {
    const std::size_t slashes = text.find("://");
    if (slashes == std::string_view::npos || slashes == 0 || text.size() > 512) {
        return false;
    }
    const auto host = text.substr(slashes + 3);
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '+';
    };
    const auto part = [&](char c) { return plain(c) || c == ':' || c == '[' || c == ']'; };
    const auto scheme = text.substr(0, slashes);
    const bool usual_port =
        (scheme == "https" && host.ends_with(":443")) || (scheme == "http" && host.ends_with(":80"));
    return std::all_of(scheme.begin(), scheme.end(), plain) && !host.empty() && !usual_port &&
           std::all_of(host.begin(), host.end(), part);
}

void check_cors(const Node& block, Reader& reader, const Cors& cors) {
    const Node* list = block.find("allowed_origins");
    if (list == nullptr || cors.allowed_origins.empty()) {
        return;
    }
    const auto& origins = cors.allowed_origins;
    const bool any = std::find(origins.begin(), origins.end(), kAny) != origins.end();
    if (any && cors.allow_credentials) {
        reader.problem(
            *list, "cors.allowed_origins", "* with cors.allow_credentials, name the origins or turn the other off"
        );
    } else if (any && origins.size() > 1) {
        reader.problem(*list, "cors.allowed_origins", "* beside others, keep * alone or remove it");
    } else if (origins.size() > kOriginsMax) {
        reader.problem(*list, "cors.allowed_origins", "more than 256 origins, make it shorter");
    }
    // Where an entry was refused already, they do not stand side by side.
    for (std::size_t index = 0; index < origins.size() && origins.size() == list->items.size(); ++index) {
        if (origins[index] != kAny && !is_origin(origins[index])) {
            reader.problem(
                list->items[index],
                "cors.allowed_origins[" + std::to_string(index) + "]",
                "not an origin as browsers write it, write it in small letters, without a path and without the usual "
                "port, like https://app.example.com"
            );
        }
    }
}

void check_rate(const Node& rates, const std::string& name, Reader& reader, const RateLimit& rate) {
    const Node* block = rates.find(name);
    if (block == nullptr) {
        return;
    }
    const std::string path = "rate_limits." + name;
    if (rate.per_second > 0 && rate.per_minute > 0) {
        reader.problem(
            *block, path, "has " + path + ".requests_per_second and " + path + ".requests_per_minute, keep one"
        );
    } else if (rate.burst > 0 && !rate.on()) {
        reader.problem(
            *block, path, "has " + path + ".burst without a rate, write " + path + ".requests_per_second, too"
        );
    }
}

}  // namespace

void check_edge(const Node& root, Reader& reader, const Snapshot& snapshot) {
    if (const Node* cors = root.find("cors"); cors != nullptr) {
        check_cors(*cors, reader, snapshot.cors);
    }
    if (const Node* rates = root.find("rate_limits"); rates != nullptr) {
        check_rate(*rates, "key", reader, snapshot.key_rate);
        check_rate(*rates, "address", reader, snapshot.address_rate);
    }
}

}  // namespace aihub::config
