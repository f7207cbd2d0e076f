#include "gateway/call_experiments.hpp"

#include "experiment/exposure.hpp"
#include "gateway/asked.hpp"
#include "gateway/caller.hpp"
#include "gateway/policy_steps.hpp"
#include "gateway/worker.hpp"

#include <algorithm>

namespace aihub::gateway {

namespace {

std::uint64_t bit_of(std::size_t place) {
    return std::uint64_t{1} << place;
}

bool sends_elsewhere(const model::Experiment& experiment) {
    return std::ranges::any_of(experiment.arms, [](const auto& arm) { return !arm.model.empty(); });
}

// Arms have to be alike in who can be in them: a request that only some could serve would be in those alone.
bool all_take(const Call& call, const model::Experiment& experiment) {
    return std::ranges::all_of(experiment.arms, [&](const model::ExperimentArm& arm) {
        const auto candidates = call.state->shared->catalog->resolve(arm.model.empty() ? call.model : arm.model);
        return candidates && std::ranges::any_of(*candidates, [&](const catalog::Candidate& candidate) {
                   return takes(*candidate.target, call.operation);
               });
    });
}

}  // namespace

void assign_experiments(Worker& worker, const model::Principal& principal, Call& call) {
    const auto& experiments = call.state->shared->config->experiments;
    if (experiments.empty() || call.model.empty()) {
        return;
    }
    const auto caller = caller_of(call, principal);
    const experiment::AskedCall asked{experiments, {caller.user, caller.key, caller.session}, call.model};
    call.assignments = experiment::assign_all(asked.experiments, asked.units, asked.model);
    if (!call.policies) {
        return;
    }
    const auto word = experiments_by_policy(worker, call);
    if (word.control) {
        experiment::fall_back_to_control(call.assignments);
    } else {
        experiment::apply_choices(word.decision, asked, call.assignments);
    }
}

std::string_view model_to_route(Call& call) {
    for (std::size_t place = 0; place < call.assignments.size(); ++place) {
        const auto& assignment = call.assignments[place];
        if (!sends_elsewhere(*assignment.experiment) || !all_take(call, *assignment.experiment)) {
            continue;
        }
        // A policy can put a call into two of them; the first counts.
        call.assignments_used |= bit_of(place);
        const auto& model = assignment.chosen().model;
        return model.empty() ? call.model : model;
    }
    return call.model;
}

std::string used_experiments(const Call& call) {
    std::string text;
    for (std::size_t place = 0; place < call.assignments.size(); ++place) {
        if ((call.assignments_used & bit_of(place)) != 0) {
            experiment::append_exposure(text, call.assignments[place]);
        }
    }
    return text;
}

}  // namespace aihub::gateway
