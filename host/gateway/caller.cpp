#include "gateway/caller.hpp"

#include <aihub/json_scan.hpp>

#include <algorithm>

namespace aihub::gateway {

namespace {

constexpr std::size_t kNameBytesMax = 256;

std::string_view tag_of(const model::Principal& principal, std::string_view name) {
    const auto found =
        std::ranges::find(principal.tags, name, [](const auto& tag) { return std::string_view(tag.first); });
    return found == principal.tags.end() ? std::string_view() : std::string_view(found->second);
}

// The text of a JSON string; one with escapes is no name.
std::string_view plain_text(std::string_view raw) {
    const bool plain = raw.size() >= 2 && raw.size() <= kNameBytesMax && raw.front() == '"' &&
                       raw.find('\\') == std::string_view::npos;
    return plain ? raw.substr(1, raw.size() - 2) : std::string_view();
}

std::string_view user_of_metadata(std::string_view object) {
    std::string_view found;
    sdk::JsonScan scan(object);
    static_cast<void>(scan.members([&found](std::string_view name, sdk::JsonScan& value) {
        return name == "user_id" ? value.take(found) : value.skip();
    }));
    return plain_text(found);
}

std::string_view user_of_request(const Call& call) {
    for (const auto& [name, value] : call.members) {
        if (name == "user") {
            return plain_text(value);
        }
        if (name == "metadata" && value.starts_with('{')) {
            if (const auto user = user_of_metadata(value); !user.empty()) {
                return user;
            }
        }
    }
    return {};
}

}  // namespace

Caller caller_of(const Call& call, const model::Principal& principal) {
    Caller caller;
    caller.organization = tag_of(principal, "organization");
    caller.team = tag_of(principal, "team");
    caller.user = tag_of(principal, "user");
    if (caller.user.empty()) {
        caller.user = user_of_request(call);
    }
    caller.key = call.trail.row.key_id;
    caller.session = call.head.find("x-aihub-session").substr(0, kNameBytesMax);
    caller.region = tag_of(principal, "region");
    return caller;
}

}  // namespace aihub::gateway
