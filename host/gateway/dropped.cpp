#include "gateway/dropped.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

// A header that is longer is cut by somebody on its way.
constexpr std::size_t kListedMax = 256;
constexpr std::string_view kMore = ",...";

}  // namespace

Result<void> may_drop(const Call& call, bool strict_provider, const std::vector<std::string>& dropped) {
    const bool strict = strict_provider || call.head.find("x-aihub-strict") == "true";
    if (dropped.empty() || !strict) {
        return {};
    }
    return Error{
        Errc::invalid_request,
        "the provider of this model cannot be told: " + listed(dropped) +
            "; leave that out, or ask without strict to have it left out",
        "unsupported_parameter",
        dropped.front().substr(0, kListedMax)};
}

std::string listed(const std::vector<std::string>& dropped) {
    std::string list;
    for (auto name = dropped.begin(); name != dropped.end(); ++name) {
        if (std::find(dropped.begin(), name, *name) != name) {
            continue;
        }
        if (list.size() + name->size() + 1 + kMore.size() > kListedMax) {
            return list.append(list.empty() ? kMore.substr(1) : kMore);
        }
        list.append(list.empty() ? "" : ",").append(*name);
    }
    return list;
}

}  // namespace aihub::gateway
