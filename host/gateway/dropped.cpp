#include "gateway/dropped.hpp"

#include <algorithm>

namespace aihub::gateway {

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
        dropped.front()};
}

std::string listed(const std::vector<std::string>& dropped) {
    std::string list;
    for (auto name = dropped.begin(); name != dropped.end(); ++name) {
        if (std::find(dropped.begin(), name, *name) == name) {
            list.append(list.empty() ? "" : ",").append(*name);
        }
    }
    return list;
}

}  // namespace aihub::gateway
