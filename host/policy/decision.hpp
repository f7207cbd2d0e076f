// What hooks decide. Values, bounded; where they come from is decision.cpp.
#pragma once

#include "base/amount.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

struct lua_State;

namespace aihub::policy {

inline constexpr std::size_t kCandidatesMax = 32;
inline constexpr std::size_t kTransformsMax = 16;
inline constexpr std::size_t kExperimentsMax = 32;
inline constexpr std::size_t kLabelsMax = 32;
inline constexpr std::size_t kPriceLinesMax = 32;
inline constexpr std::size_t kSpansMax = 64;
inline constexpr std::size_t kNameBytesMax = 256;
inline constexpr std::size_t kMessageBytesMax = 1024;

// { allow = true, limit_class = "gold" } or { allow = false, code = "no_images", message = "..." }
struct AdmitDecision {
    bool allow = false;
    std::string code;
    std::string message;
    std::string limit_class;
    bool operator==(const AdmitDecision&) const = default;
};

// { checkout = true, prompt_v2 = false, ranking = "b" }: takes part, does not, or is put into an arm.
struct ExperimentChoice {
    std::string experiment;
    bool eligible = false;
    std::string arm;  // empty: the host assigns one
    bool operator==(const ExperimentChoice&) const = default;
};
struct ExperimentDecision {
    std::vector<ExperimentChoice> choices;  // by name
    bool operator==(const ExperimentDecision&) const = default;
};

// { provider = "a", model = "m", weight = 1, timeout_ms = 30000, retries = 1 }; the last three may be left out.
// A `region` is not looked at, so that what ctx.candidates holds can be returned as it is.
struct Candidate {
    std::string provider;
    std::string model;
    double weight = 1;
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<int> retries;
    bool operator==(const Candidate&) const = default;
};
// { candidates = { ... }, balance = "weighted", transforms = { "name" } }; the last two may be left out. At least one
// candidate.
struct RouteDecision {
    std::vector<Candidate> candidates;
    std::vector<std::string> transforms = {};
    bool weighted = false;  // the order is drawn by the weights; else it is the one in which the candidates stand
    bool operator==(const RouteDecision&) const = default;
};

// { stop = true }, or the next candidate.
struct FallbackDecision {
    std::optional<Candidate> next;
    bool operator==(const FallbackDecision&) const = default;
};

// { team = "search", kind = "batch" }
struct LabelDecision {
    std::vector<std::pair<std::string, std::string>> labels;  // by name
    bool operator==(const LabelDecision&) const = default;
};

// { kind = "input_tokens", quantity = 1200, unit = money, unit_size = 1000000, amount = money }
// With a unit the amount is unit * quantity / unit_size, rounded half to even, and may be left out.
struct PriceLine {
    std::string kind;
    std::int64_t quantity = 0;
    std::optional<Amount> unit;
    std::int64_t unit_size = 1;
    Amount amount;
    bool operator==(const PriceLine&) const = default;
};
// { currency = "USD", lines = { ... } }. A line may be below zero, the sum may not. No line: it costs nothing.
struct PriceDecision {
    std::string currency;  // capital letters and digits
    std::vector<PriceLine> lines;
    Amount total;  // their sum
    bool operator==(const PriceDecision&) const = default;
};

// { action = "pass" }, { action = "block", code = "...", message = "..." } or
// { action = "redact", spans = { { first = 3, last = 9, with = "***" } } }, in order, counted as string.find() does.
struct GuardDecision {
    enum class Action { pass, block, redact };
    struct Span {
        std::size_t begin = 0;  // counted from 0
        std::size_t end = 0;    // behind it
        std::string with;       // what takes its place
        bool operator==(const Span&) const = default;
    };
    Action action = Action::pass;
    std::string code;
    std::string message;
    std::vector<Span> spans;  // do not overlap
    bool operator==(const GuardDecision&) const = default;
};

// Reads the value on top of the stack. Raw: no metamethod runs, so a script cannot go on when its time is over. Members
// that are not known are an error, as they are mostly misspelt. On an error the text says what was wrong. Inside
// host/policy only; may raise Lua errors for lack of memory, which leak nothing.
using DecisionError = std::string;
[[nodiscard]] bool read_decision(lua_State* lua, AdmitDecision& decision, DecisionError& error);
[[nodiscard]] bool read_decision(lua_State* lua, ExperimentDecision& decision, DecisionError& error);
[[nodiscard]] bool read_decision(lua_State* lua, RouteDecision& decision, DecisionError& error);
[[nodiscard]] bool read_decision(lua_State* lua, FallbackDecision& decision, DecisionError& error);
[[nodiscard]] bool read_decision(lua_State* lua, LabelDecision& decision, DecisionError& error);
[[nodiscard]] bool read_decision(lua_State* lua, PriceDecision& decision, DecisionError& error);
[[nodiscard]] bool read_decision(lua_State* lua, GuardDecision& decision, DecisionError& error);

}  // namespace aihub::policy
