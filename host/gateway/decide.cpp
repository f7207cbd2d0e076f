#include "gateway/decide.hpp"

#include "gateway/call_experiments.hpp"
#include "gateway/policy_steps.hpp"
#include "gateway/worker.hpp"

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

Result<Verdict> decide(Worker& worker, const PrincipalPtr& principal, Call& call) {
    auto verdict = AIHUB_TRY(decide(*principal, call));
    if (worker.policies() != nullptr) {
        pin_policies(worker, call, principal);
    }
    if (call.policies) {
        verdict.limit_class_ = AIHUB_TRY(admit_by_policy(worker, call));
    }
    assign_experiments(worker, *principal, call);
    return verdict;
}

}  // namespace aihub::gateway
