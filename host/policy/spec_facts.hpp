// Facts and decisions as tables of specs. Inside host/policy only.
#pragma once

#include "policy/decision.hpp"
#include "policy/facts.hpp"

#include <vector>

struct lua_State;

namespace aihub::policy {

// Facts that were read from a table, or from a record. The texts belong to it; the lists to this object, which must
// outlive the Lua call that fills it, since a Lua error may leave in the middle.
struct SpecFacts {
    CallFacts call;
    AttemptFacts attempt;
    OutcomeFacts outcome;
    PriceFacts price;
    GuardFacts guarded;
    std::vector<TextPair> headers;
    std::vector<TextPair> tags;
    std::vector<TextPair> assignments;
    std::vector<TextPair> values;
    std::vector<TextPair> labels;
    std::vector<CandidateFacts> candidates;
    std::vector<ProviderFacts> providers;

    // As new, but with the room of the lists.
    void clear();
};

// Read the table at `index`, which has to stay where it is. Raise Lua errors that name a member which is not known or
// has another type.
void read_call(lua_State* lua, int index, SpecFacts& facts);
void read_attempt(lua_State* lua, int index, SpecFacts& facts);
void read_outcome(lua_State* lua, int index, SpecFacts& facts);
void read_guarded(lua_State* lua, int index, SpecFacts& facts);
// The second table may be missing.
void read_price(lua_State* lua, int usage, int quote, SpecFacts& facts);

// Push what a hook decided as it would be written in Lua. Raise Lua errors.
void push_decision(lua_State* lua, const AdmitDecision& decision);
void push_decision(lua_State* lua, const ExperimentDecision& decision);
void push_decision(lua_State* lua, const RouteDecision& decision);
void push_decision(lua_State* lua, const FallbackDecision& decision);
void push_decision(lua_State* lua, const LabelDecision& decision);
void push_decision(lua_State* lua, const PriceDecision& decision);
void push_decision(lua_State* lua, const GuardDecision& decision);

}  // namespace aihub::policy
