// The functions of Lua that scripts have, and the tables they find them in. Inside host/policy only.
#pragma once

#include <string_view>

struct lua_State;

namespace aihub::policy {

// Loads the interpreter's own libraries into `lua`, keeps the allowed functions where push_library() finds them, gives
// strings their safe methods and empties the global table. Raises Lua errors: to be called in protected mode, once.
void open_library(lua_State* lua);

// Pushes a new table with what every script may use: functions of its own and read-only `string`, `table`, `math`,
// `bit`. Raises Lua errors.
void push_library(lua_State* lua);

// Whether push_library() makes a variable of this name.
[[nodiscard]] bool is_library_name(std::string_view name);

// Replaces the table on top of the stack by one that reads from it, refuses to be written, and refuses to be asked for
// what it does not have. `what` is its name in errors; null: it holds the globals of a script. Raises Lua errors.
void make_environment(lua_State* lua, const char* what);

// Pushes the text of the value at `index`, as tostring() gives it: no addresses. Raises Lua errors.
void push_text(lua_State* lua, int index);

// Adds the functions of strings that can take long to the table on top of the stack, which has the stock functions that
// they use: find, match, gmatch, gsub, rep, format.
void add_string_functions(lua_State* lua);

// A function in a metatable under this name gives the table that `pairs` visits instead of the one it was given.
inline constexpr const char* kVisited = "__visited";
// `pairs`, which visits keys in order, and `table.sort`, which is stable; each for the table on top of the stack.
void add_pairs(lua_State* lua);
void add_sort(lua_State* lua);

}  // namespace aihub::policy
