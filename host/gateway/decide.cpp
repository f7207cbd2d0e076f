#include "gateway/decide.hpp"

#include <algorithm>

namespace aihub::gateway {

Result<Verdict> decide(const model::Principal& principal, const Call& call) {
    const auto& allowed = principal.models;
    if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), call.model) == allowed.end()) {
        if (call.model.empty()) {
            return Error{
                Errc::forbidden,
                "this API key is for certain models only, and this request names none",
                "model_not_allowed",
                "model"};
        }
        return Error{
            Errc::forbidden,
            "this API key may not use the model \"" + call.model.substr(0, 200) + "\"",
            "model_not_allowed",
            "model"};
    }
    return Verdict{};
}

}  // namespace aihub::gateway
