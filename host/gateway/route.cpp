#include "gateway/route.hpp"

#include "catalog/balance.hpp"
#include "gateway/asked.hpp"
#include "gateway/call_experiments.hpp"
#include "gateway/fitting.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

// The provider of a call that names no model.
Result<std::string_view> asked_provider(const Call& call) {
    const auto header = call.head.find("x-aihub-provider");
    if (!header.empty()) {
        return header;
    }
    if (!call.provider.empty()) {
        return std::string_view(call.provider);
    }
    const auto& fallback = call.state->shared->config->default_provider;
    if (fallback.empty()) {
        return Error{
            Errc::invalid_request,
            "this request names no model, so it must name a provider: send the header x-aihub-provider or the query "
            "parameter provider; the operator can set default_provider",
            "missing_provider",
            {}};
    }
    return std::string_view(fallback);
}

Result<std::vector<catalog::Candidate>> by_provider(const Call& call) {
    const auto name = AIHUB_TRY(asked_provider(call));
    const auto& shared = *call.state->shared;
    const auto settings = shared.config->providers.find(std::string(name));
    if (settings == shared.config->providers.end() || !settings->second.enabled) {
        return Error{
            Errc::invalid_request,
            "there is no provider \"" + std::string(name.substr(0, 100)) + "\"",
            "unknown_provider",
            {}};
    }
    const auto target = shared.catalog->targets().find(name);
    if (target == shared.catalog->targets().end()) {
        return Error{
            Errc::unavailable, "the provider " + settings->first + " is not loaded", "provider_unavailable", {}};
    }
    return std::vector<catalog::Candidate>{{&target->second, {}, &target->second.policy}};
}

Error not_shared(const std::string& provider) {
    return Error{
        Errc::forbidden,
        "what is stored at the provider " + provider +
            " is not served, because it belongs to the operator's account there and every key could read it; the "
            "operator can allow that with providers." +
            provider + ".shared_objects",
        "objects_not_shared",
        {}};
}

}  // namespace

Result<std::vector<catalog::Candidate>> route(Call& call, const Verdict&, Random& random, const Clock& clock) {
    const bool named = !call.model.empty();
    auto candidates = AIHUB_TRY(named ? call.state->shared->catalog->resolve(model_to_route(call)) : by_provider(call));
    std::erase_if(candidates, [&](const catalog::Candidate& candidate) {
        return !takes(*candidate.target, call.operation);
    });
    if (!candidates.empty()) {
        const auto& first = *candidates.front().target;
        if (traits_of(call.operation).stored && !first.settings->shared_objects) {
            return not_shared(first.name);
        }
        pass_over_unfit(call, candidates);
        catalog::balance(candidates, random, clock);
        return candidates;
    }
    const std::string who = named ? "the model \"" + call.model.substr(0, 200) + "\"" : "the provider";
    return Error{
        Errc::invalid_request,
        who + " does not take this kind of request",
        "unsupported_operation",
        named ? "model" : ""};
}

}  // namespace aihub::gateway
