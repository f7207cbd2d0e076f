// `aihub.money`: exact decimal amounts as values of scripts. Inside host/policy only.
//
// A value is a userdata with a metatable that scripts cannot see; it cannot be changed and has no finalizer.
#pragma once

#include "base/amount.hpp"

struct lua_State;

namespace aihub::policy {

// Keeps the metatable in the registry. Raises Lua errors.
void open_money(lua_State* lua);

// aihub.money("1.25"), aihub.money(3)
int make_money(lua_State* lua);

// Raises Lua errors for lack of memory.
void push_money(lua_State* lua, Amount amount);

// Whether the value at `index` is an amount; raw, and raises nothing.
[[nodiscard]] bool money_at(lua_State* lua, int index, Amount& amount);

}  // namespace aihub::policy
