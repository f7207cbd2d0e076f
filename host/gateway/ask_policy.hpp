// The one place through which every question to a policy goes: it counts, measures, logs and reports.
#pragma once

#include "gateway/call_policies.hpp"
#include "policy/decision.hpp"

#include <functional>
#include <optional>
#include <string>

namespace aihub::gateway {

// Why the gateway cannot do what a decision says; empty: it can.
template <class Decision>
using Check = std::function<std::string(const Decision&)>;

// On the loop of a call that has policies. `bundle` is the one that decides or its shadow, and has the hook. Nothing:
// it failed or was stopped, or its decision did not pass the check, which is a failure, too; the log says why. What
// follows from that is the caller's.
[[nodiscard]] std::optional<policy::AdmitDecision> ask_admit(Worker& worker, Call& call, LoopBundle& bundle);
[[nodiscard]] std::optional<policy::ExperimentDecision> ask_experiment(
    Worker& worker, Call& call, LoopBundle& bundle, const Check<policy::ExperimentDecision>& check
);
[[nodiscard]] std::optional<policy::RouteDecision> ask_route(
    Worker& worker, Call& call, LoopBundle& bundle, const Check<policy::RouteDecision>& check
);
[[nodiscard]] std::optional<policy::FallbackDecision> ask_fallback(
    Worker& worker, Call& call, const policy::AttemptFacts& failed, const Check<policy::FallbackDecision>& check
);
[[nodiscard]] std::optional<policy::LabelDecision> ask_label(
    Worker& worker, Call& call, const policy::OutcomeFacts& outcome
);
[[nodiscard]] std::optional<policy::PriceDecision> ask_price(
    Worker& worker, Call& call, const policy::PriceFacts& facts
);

}  // namespace aihub::gateway
