#include "experiment/assign.hpp"

#include "policy/bundle.hpp"

#include <algorithm>

namespace aihub::experiment {

namespace {

using model::Experiment;
using model::kBuckets;
using model::UnitKind;

constexpr std::string_view kLayerSalt = "layer";

static_assert(kTags % kBuckets == 0);

std::string_view unit_of(const Units& units, UnitKind kind) {
    switch (kind) {
        case UnitKind::user:
            return units.user;
        case UnitKind::session:
            return units.session;
        default:
            return units.key;
    }
}

std::optional<UnitKind> first_kind(const Experiment& experiment, const Units& units) {
    for (const auto kind : experiment.unit) {
        if (!unit_of(units, kind).empty()) {
            return kind;
        }
    }
    return std::nullopt;
}

bool is_about(const Experiment& experiment, std::string_view model) {
    return !experiment.stopped &&
           (experiment.models.empty() || std::ranges::find(experiment.models, model) != experiment.models.end());
}

bool layer_allows(const Experiment& experiment, std::string_view unit) {
    if (experiment.layer.empty()) {
        return true;
    }
    const auto bucket = unit_tag(kLayerSalt, experiment.layer, unit) % kBuckets;
    return bucket >= experiment.layer_from && bucket < experiment.layer_to;
}

// Where `experiment` has its place among the assignments, which is made when there is none. Null: no unit is known.
Assignment* place_of(const Experiment& experiment, const Units& units, std::vector<Assignment>& assignments) {
    const auto found = std::ranges::find(assignments, &experiment, &Assignment::experiment);
    if (found != assignments.end()) {
        return &*found;
    }
    const auto kind = first_kind(experiment, units);
    if (!kind) {
        return nullptr;
    }
    const auto tag = unit_tag(experiment.salt, experiment.name, unit_of(units, *kind));
    return &assignments.emplace_back(Assignment{&experiment, 0, *kind, tag, Origin::chosen});
}

using Arms = std::vector<model::ExperimentArm>;

Arms::const_iterator arm_named(const Experiment& experiment, const std::string& name) {
    return std::ranges::find(experiment.arms, name, &model::ExperimentArm::name);
}

}  // namespace

std::uint32_t unit_tag(std::string_view salt, std::string_view experiment, std::string_view unit) {
    std::string text;
    text.reserve(salt.size() + experiment.size() + unit.size() + 2);
    text.append(salt).append(":").append(experiment).append(":").append(unit);
    return static_cast<std::uint32_t>(policy::sha256_number(text) % kTags);
}

std::optional<std::size_t> arm_of(const Experiment& experiment, std::uint32_t bucket) {
    std::uint32_t begin = 0;
    for (std::size_t arm = 0; arm < experiment.arms.size(); ++arm) {
        const auto share = experiment.arms[arm].share;
        if (bucket < begin + share) {
            const auto filled = share * experiment.ramp / kBuckets;
            return bucket < begin + filled ? std::optional(arm) : std::nullopt;
        }
        begin += share;
    }
    return std::nullopt;
}

std::optional<Assignment> assign(const Experiment& experiment, const Units& units) {
    const auto kind = experiment.stopped ? std::nullopt : first_kind(experiment, units);
    if (!kind) {
        return std::nullopt;
    }
    const auto unit = unit_of(units, *kind);
    const auto tag = unit_tag(experiment.salt, experiment.name, unit);
    const auto arm = arm_of(experiment, tag % kBuckets);
    if (!arm || !layer_allows(experiment, unit)) {
        return std::nullopt;
    }
    return Assignment{&experiment, *arm, *kind, tag, Origin::drawn};
}

std::vector<Assignment> assign_all(
    std::span<const Experiment> experiments, const Units& units, std::string_view model
) {
    std::vector<Assignment> assignments;
    for (const auto& experiment : experiments) {
        if (!is_about(experiment, model)) {
            continue;
        }
        if (const auto assignment = assign(experiment, units)) {
            assignments.push_back(*assignment);
        }
    }
    return assignments;
}

std::string trouble_with(const policy::ExperimentDecision& decision, std::span<const Experiment> experiments) {
    for (const auto& choice : decision.choices) {
        const auto experiment = std::ranges::find(experiments, choice.experiment, &Experiment::name);
        if (experiment != experiments.end() && choice.eligible && !choice.arm.empty() &&
            arm_named(*experiment, choice.arm) == experiment->arms.end()) {
            return "experiment " + experiment->name + " has no arm \"" + choice.arm + "\"";
        }
    }
    return {};
}

void apply_choices(
    const policy::ExperimentDecision& decision, const AskedCall& call, std::vector<Assignment>& assignments
) {
    for (const auto& choice : decision.choices) {
        const auto experiment = std::ranges::find(call.experiments, choice.experiment, &Experiment::name);
        if (experiment == call.experiments.end()) {
            continue;
        }
        if (!choice.eligible) {
            std::erase_if(assignments, [&](const Assignment& each) { return each.experiment == &*experiment; });
            continue;
        }
        const auto arm = arm_named(*experiment, choice.arm);
        if (arm == experiment->arms.end() || !is_about(*experiment, call.model)) {
            continue;
        }
        if (auto* const place = place_of(*experiment, call.units, assignments)) {
            place->arm = static_cast<std::size_t>(arm - experiment->arms.begin());
            place->origin = Origin::chosen;
        }
    }
}

void fall_back_to_control(std::vector<Assignment>& assignments) {
    for (auto& assignment : assignments) {
        assignment.arm = 0;
        assignment.origin = Origin::error;
    }
}

}  // namespace aihub::experiment
