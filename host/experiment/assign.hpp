// Which arm of an experiment a call gets. Pure: the same units get the same arms in every process.
#pragma once

#include "model/experiment.hpp"
#include "policy/decision.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aihub::experiment {

// Whom a call is from; empty: not known.
struct Units {
    std::string_view user;
    std::string_view key;
    std::string_view session;
};

// What chose an arm.
enum class Origin {
    drawn,   // the hash of the unit
    chosen,  // the policy `experiment`
    error    // that policy failed, so it is the control
};

struct Assignment {
    const model::Experiment* experiment = nullptr;  // outlives this
    std::size_t arm = 0;                            // of its arms
    model::UnitKind unit_kind = model::UnitKind::key;
    std::uint32_t tag = 0;  // of the unit; tag % kBuckets is its bucket
    Origin origin = Origin::drawn;

    [[nodiscard]] const model::ExperimentArm& chosen() const { return experiment->arms[arm]; }
};

// Tags are below this, a multiple of kBuckets.
inline constexpr std::uint32_t kTags = 100'000'000;

// The first eight bytes of SHA-256 of "salt:experiment:unit" as a number, modulo kTags.
[[nodiscard]] std::uint32_t unit_tag(std::string_view salt, std::string_view experiment, std::string_view unit);

// The arm of `bucket`: each has a range of its own, in their order, that its ramp fills from the beginning, so that a
// higher ramp moves nobody. Nothing: the ramp has not come so far.
[[nodiscard]] std::optional<std::size_t> arm_of(const model::Experiment& experiment, std::uint32_t bucket);

// Nothing: it is stopped, none of its kinds of unit is known, its layer gives the unit to others, or the ramp leaves it
// out.
[[nodiscard]] std::optional<Assignment> assign(const model::Experiment& experiment, const Units& units);

// Those of all experiments in which calls for `model` take part. The experiments outlive the result.
[[nodiscard]] std::vector<Assignment> assign_all(
    std::span<const model::Experiment> experiments, const Units& units, std::string_view model
);

// A call for which experiments are decided.
struct AskedCall {
    std::span<const model::Experiment> experiments;
    Units units;
    std::string_view model;
};
// Why what the policy `experiment` said cannot be followed: it puts the call into an arm that there is not. Empty: it
// can. An experiment that there is not, or is no longer, is no trouble.
[[nodiscard]] std::string trouble_with(
    const policy::ExperimentDecision& decision, std::span<const model::Experiment> experiments
);
// What it said, on top of what assign_all() gave: who is not eligible loses its arm, who is put into an arm gets it,
// whatever the ramp and the layer say, unless the experiment is stopped or not about this call.
void apply_choices(
    const policy::ExperimentDecision& decision, const AskedCall& call, std::vector<Assignment>& assignments
);
// The policy failed: all get the control, marked as error.
void fall_back_to_control(std::vector<Assignment>& assignments);

}  // namespace aihub::experiment
