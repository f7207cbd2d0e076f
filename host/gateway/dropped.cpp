#include "gateway/dropped.hpp"

#include "dialect/client_names.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

// A header that is longer is cut by somebody on its way.
constexpr std::size_t kListedMax = 256;
constexpr std::string_view kMore = ",...";

// As the client calls it, where the call was translated.
std::string named(const Call& call, const std::string& name) {
    const auto format = dialect::format_of(operation_format(call.operation));
    return format ? dialect::client_name(*format, name, call.members) : name;
}

}  // namespace

Result<void> may_drop(const Call& call, bool strict_provider, const std::vector<std::string>& dropped) {
    const bool strict = strict_provider || call.head.find("x-aihub-strict") == "true";
    if (dropped.empty() || !strict) {
        return {};
    }
    return Error{
        Errc::invalid_request,
        "the provider of this model cannot be told: " + listed(call, dropped) +
            "; leave that out, or ask without strict to have it left out",
        "unsupported_parameter",
        named(call, dropped.front()).substr(0, kListedMax)};
}

std::string listed(const Call& call, const std::vector<std::string>& dropped) {
    std::string list;
    std::vector<std::string> told;
    for (const auto& canonical : dropped) {
        const auto& name = told.emplace_back(named(call, canonical));
        if (std::find(told.begin(), told.end() - 1, name) != told.end() - 1) {
            continue;
        }
        if (list.size() + name.size() + 1 + kMore.size() > kListedMax) {
            return list.append(list.empty() ? kMore.substr(1) : kMore);
        }
        list.append(list.empty() ? "" : ",").append(name);
    }
    return list;
}

}  // namespace aihub::gateway
