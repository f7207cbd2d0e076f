// What a hook said, as bytes: equal exactly when it said the same.
#pragma once

#include "policy/decision.hpp"
#include "policy/hook.hpp"
#include "policy/policy_state.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace aihub::policy {

using AnyDecision =
    std::variant<AdmitDecision, ExperimentDecision, RouteDecision, FallbackDecision, LabelDecision, PriceDecision>;

// What a hook said.
using Said = std::variant<AnyDecision, Failure>;

// Append a decision or failure in the form that is compared byte for byte. Of a failure that is where and what, without
// bundle and hook.
void append_result(std::string& out, const AdmitDecision& decision);
void append_result(std::string& out, const ExperimentDecision& decision);
void append_result(std::string& out, const RouteDecision& decision);
void append_result(std::string& out, const FallbackDecision& decision);
void append_result(std::string& out, const LabelDecision& decision);
void append_result(std::string& out, const PriceDecision& decision);
void append_result(std::string& out, const Failure& failure);
void append_result(std::string& out, const Said& said);
template <class Decision>
void append_result(std::string& out, const Answer<Decision>& answer) {
    if (answer.decision) {
        append_result(out, *answer.decision);
    } else {
        append_result(out, answer.failure.value_or(Failure()));
    }
}

// Why there was no decision; empty: there is one, or the bytes are neither.
[[nodiscard]] std::optional<Fault> fault_of_result(std::string_view result);
// What append_result() wrote for this hook. A failure is given `bundle_label` and the hook. Empty: the bytes are
// neither decision nor failure.
[[nodiscard]] std::optional<Said> decode_result(std::string_view result, Hook hook, const std::string& bundle_label);

}  // namespace aihub::policy
