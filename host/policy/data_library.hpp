// What scripts see of the data of their bundle, `aihub.table`, and of JSON, `aihub.json`. Inside host/policy only.
//
// Data are shown, not copied: a table of a bundle is a userdata that reads from the bundle, which outlives the state.
// It cannot be changed.
#pragma once

struct lua_State;

namespace aihub::policy {

// Keeps the metatables in the registry. Raises Lua errors.
void open_data(lua_State* lua);

// aihub.table("prices")
int find_data(lua_State* lua);

// aihub.json.decode(text): a table of the script's own. JSON's null is nil; in a list, where there can be no hole,
// false.
int decode_json(lua_State* lua);

}  // namespace aihub::policy
