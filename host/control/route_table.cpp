#include "control/route_table.hpp"

#include <algorithm>
#include <optional>

namespace aihub::control {

namespace {

using Places = std::map<std::string, std::string, std::less<>>;

// The next segment of `rest`, which begins with a slash.
std::string_view take_segment(std::string_view& rest) {
    rest.remove_prefix(1);
    const auto segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    return segment;
}

// What stands for the names of `form`; nothing: `path` is not of it.
std::optional<Places> match(std::string_view form, std::string_view path) {
    Places places;
    while (form.starts_with('/') && path.starts_with('/')) {
        const auto wanted = take_segment(form);
        const auto given = take_segment(path);
        if (wanted.starts_with('{') && !given.empty()) {
            places.emplace(wanted.substr(1, wanted.size() - 2), given);
        } else if (wanted != given) {
            return std::nullopt;
        }
    }
    return form.empty() && path.empty() ? std::optional(std::move(places)) : std::nullopt;
}

}  // namespace

Result<Found> RouteTable::find(std::string_view method, std::string_view path, std::string& allow) const {
    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    for (const auto& route : routes_) {
        auto places = match(route.path(), path);
        if (!places) {
            continue;
        }
        if (route.method() == wanted) {
            return Found{&route, *std::move(places)};
        }
        allow.append(allow.empty() ? "" : ", ").append(route.method());
        allow.append(route.method() == "GET" ? ", HEAD" : "");
    }
    if (!allow.empty()) {
        return Error{
            Errc::method_not_allowed,
            "this path takes " + allow + ", not " + std::string(method.substr(0, 16)),
            "method_not_allowed",
            {}};
    }
    return Error{Errc::not_found, "there is no " + std::string(path.substr(0, 200)) + " here", "unknown_url", {}};
}

std::vector<std::string> RouteTable::prefixes() const {
    std::vector<std::string> prefixes;
    for (const auto& route : routes_) {
        std::string_view rest = route.path();
        take_segment(rest);
        if (!rest.empty()) {
            take_segment(rest);
        }
        prefixes.emplace_back(route.path().substr(0, route.path().size() - rest.size()));
    }
    std::sort(prefixes.begin(), prefixes.end());
    prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
    return prefixes;
}

}  // namespace aihub::control
