#include "gateway/route.hpp"

#include <algorithm>

namespace aihub::gateway {

Result<std::vector<catalog::Candidate>> route(const Call& call, const Verdict&) {
    auto candidates = AIHUB_TRY(call.state->shared->catalog->resolve(call.model));
    const auto format = operation_format(call.operation);
    std::erase_if(candidates, [&](const catalog::Candidate& candidate) {
        const auto formats = candidate.target->provider->formats();
        return std::find(formats.begin(), formats.end(), format) == formats.end();
    });
    if (candidates.empty()) {
        return Error{
            Errc::invalid_request,
            "the model \"" + call.model.substr(0, 200) + "\" does not take this kind of request",
            "unsupported_operation",
            "model"};
    }
    return candidates;
}

}  // namespace aihub::gateway
