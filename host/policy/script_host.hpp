// What the functions of `aihub` and `ctx` see of the running call. Inside host/policy only.
#pragma once

#include "base/random.hpp"
#include "policy/data_file.hpp"
#include "policy/facts.hpp"
#include "policy/meter.hpp"
#include "policy/policy_state.hpp"
#include "policy/regex_library.hpp"

#include <optional>
#include <set>
#include <string>

namespace aihub::policy {

class Bundle;

class ScriptHost final : public Meter {
public:
    ScriptHost(const StateOptions& options, const Bundle& bundle);

    // The host of a state, as Meter::of().
    [[nodiscard]] static ScriptHost& of(lua_State* lua);

    const Bundle& bundle;
    ScriptLog* log;
    ScriptCounts* counts;
    LineWatch* watch;
    PolicyState* state = nullptr;      // the one that calls
    const CallFacts* facts = nullptr;  // only while a hook runs
    Hook hook = Hook::admit;
    bool loading = false;
    int log_lines = 0;    // of this call
    int counts_made = 0;  // of this call
    std::set<std::string, std::less<>> count_names;
    RegexCache expressions;
    DataValue decoded;             // while it is copied into the state
    std::optional<Random> random;  // made when first asked for

protected:
    void on_line(const char* file, int line) override;
};

// Pushes `ctx`, one object for all calls: it shows the call that is running and nothing of others. Raises Lua errors.
void push_context(lua_State* lua);
void push_attempt(lua_State* lua, const AttemptFacts& attempt);
void push_outcome(lua_State* lua, const OutcomeFacts& outcome);
void push_provider(lua_State* lua, const ProviderFacts& provider);
// Pushes two tables, usage and quote; a name that they do not have is an error.
void push_price(lua_State* lua, const PriceFacts& facts);
void push_guarded(lua_State* lua, const GuardFacts& facts);

// Pushes the table `aihub` of this hook: what it does not name, the hook cannot do. Raises Lua errors.
void push_aihub(lua_State* lua, Hook hook);

// Makes the environment of the hook and keeps it; runs the file in it and leaves what it returned. Raises Lua errors.
void keep_environment(lua_State* lua, Hook hook);
void run_file(lua_State* lua, Hook hook, const char* name);

}  // namespace aihub::policy
