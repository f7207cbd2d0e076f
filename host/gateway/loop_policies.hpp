// The policies as one loop holds them: bundles with states that are ready to be asked.
#pragma once

#include "base/clock.hpp"
#include "config/policies.hpp"
#include "net/loop.hpp"
#include "policy/policy_set.hpp"
#include "policy/policy_state.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aihub::policy {}

namespace aihub::gateway {

// Runs work that may take milliseconds on a thread that is no loop. False: too much waits there, and it is not run.
using OffLoop = std::function<bool(std::function<void()>)>;

// What a failure of `hook` means: the bundle's manifest goes before the configuration.
[[nodiscard]] policy::OnError on_error(
    const config::Policies& policies, const policy::Bundle& bundle, policy::Hook hook
);
// What the configuration says about a hook; of one that it does not name, what it says of labels.
[[nodiscard]] const config::PolicyHook& settings_of(const config::Policies& policies, policy::Hook hook);
// Of states that loops ask: they are not made anew where they are asked.
[[nodiscard]] policy::StateOptions state_options(const config::Policies& policies);

// Where what scripts say goes: lines, and counts as aihub_policy_script_total.
struct ScriptEars {
    telemetry::Log& log;
    telemetry::Metrics& metrics;
};

// One bundle on one loop. Made on a control thread, then the loop's.
class LoopBundle {
public:
    // Two states: one that is asked, and one for when that is stopped. invalid_request: the bundle cannot be loaded.
    [[nodiscard]] static Result<std::unique_ptr<LoopBundle>> create(
        const policy::RunningBundle& running, const policy::StateOptions& options, ScriptEars ears
    );

    [[nodiscard]] const policy::Bundle& bundle() const { return *running_.bundle; }
    [[nodiscard]] policy::BundleFigures& figures() const { return *running_.figures; }
    [[nodiscard]] const std::string& label() const { return label_; }
    [[nodiscard]] bool has(policy::Hook hook) const { return hooks_.test(static_cast<std::size_t>(hook)); }
    // nullptr: all were stopped, and no new one has come yet.
    [[nodiscard]] policy::PolicyState* state() const { return state_.get(); }

    // Gives away a state that was stopped; the other one is asked from now on.
    [[nodiscard]] std::unique_ptr<policy::PolicyState> take_stopped();
    // A new one has come; nullptr: none could be made.
    void add(std::unique_ptr<policy::PolicyState> state);
    // How to make one, on any thread; nothing when one is being made or none is missing. After it add() is called.
    using Maker = std::function<Result<std::unique_ptr<policy::PolicyState>>()>;
    [[nodiscard]] std::optional<Maker> begin_renewal();

    // What is to be done about a failure of `hook`.
    struct Notice {
        bool log = false;            // the last line about this hook is some time ago
        std::uint64_t untold = 0;    // failures since that line
        std::uint64_t in_a_row = 0;  // this one counted
    };
    [[nodiscard]] Notice failed(policy::Hook hook, SteadyTime now);
    void succeeded(policy::Hook hook) { records_[static_cast<std::size_t>(hook)].in_a_row = 0; }
    // True once: that the bundle fails is worth a report.
    [[nodiscard]] bool report_once() { return !std::exchange(reported_, true); }

private:
    class Listener;
    struct Record {
        std::uint64_t in_a_row = 0;
        std::uint64_t untold = 0;
        std::optional<SteadyTime> told;
    };

    LoopBundle(const policy::RunningBundle& running, const policy::StateOptions& options, ScriptEars ears);

    policy::RunningBundle running_;
    std::string label_;
    std::shared_ptr<Listener> listener_;  // of its scripts; a state that is being made talks to it, too
    policy::StateOptions options_;
    std::bitset<policy::kHooks.size()> hooks_;
    std::unique_ptr<policy::PolicyState> state_;
    std::unique_ptr<policy::PolicyState> spare_;
    std::array<Record, policy::kHooks.size()> records_{};
    bool renewing_ = false;
    bool reported_ = false;
};

// The policies of one moment. A call keeps those that it began with, so old states end with their last call.
struct LoopPolicies {
    policy::PolicySetPtr set;
    std::unique_ptr<LoopBundle> active;     // null: none
    std::unique_ptr<LoopBundle> candidate;  // null: none
    std::vector<policy::TextPair> values;   // of the set, by name

    // For threads that may take some milliseconds; one for each loop. nullptr: `set` has no bundle.
    // invalid_request: a bundle cannot be loaded.
    [[nodiscard]] static Result<std::shared_ptr<LoopPolicies>> create(
        policy::PolicySetPtr set, const policy::StateOptions& options, ScriptEars ears
    );
};
using LoopPoliciesPtr = std::shared_ptr<LoopPolicies>;

// How records name the values of `set`; 0: it has none.
[[nodiscard]] std::uint64_t recorded_values(const policy::PolicySet& set);

// On the loop: `bundle`, of `policies`, has lost a state. The next one is asked from now on, and another is made by
// `off_loop`, which ends the old one, too, and outlives the loop's work; where it is empty none is made.
void replace_stopped(const LoopPoliciesPtr& policies, LoopBundle& bundle, net::Loop& loop, const OffLoop& off_loop);

}  // namespace aihub::gateway
