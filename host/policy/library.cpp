#include "policy/library.hpp"

#include "policy/data_library.hpp"
#include "policy/meter.hpp"
#include "policy/money_library.hpp"

#include <lua.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace aihub::policy {

namespace {

constexpr const char* kKept = "aihub.library";  // in the registry, which scripts cannot reach
constexpr std::size_t kBytesPerStep = 8;

struct Allowed {
    const char* table;  // "" for the functions without one
    const char* name;
};

// Left out on purpose: everything that loads code (load, loadstring, loadfile, dofile, require), that makes objects
// with finalizers (newproxy), that reaches the environments of others (getfenv, setfenv), that runs a handler while
// hooks are off (xpcall), that goes round read-only tables (rawset), whose result depends on more than its arguments
// (next, collectgarbage, math.random), and string.dump.
constexpr std::array kAllowed{
    Allowed{"", "assert"},       Allowed{"", "error"},       Allowed{"", "getmetatable"}, Allowed{"", "ipairs"},
    Allowed{"", "pcall"},        Allowed{"", "rawequal"},    Allowed{"", "rawget"},       Allowed{"", "select"},
    Allowed{"", "setmetatable"}, Allowed{"", "type"},        Allowed{"", "unpack"},       Allowed{"string", "byte"},
    Allowed{"string", "char"},   Allowed{"string", "len"},   Allowed{"string", "lower"},  Allowed{"string", "reverse"},
    Allowed{"string", "sub"},    Allowed{"string", "upper"}, Allowed{"table", "concat"},  Allowed{"table", "insert"},
    Allowed{"table", "remove"},  Allowed{"math", "abs"},     Allowed{"math", "ceil"},     Allowed{"math", "exp"},
    Allowed{"math", "floor"},    Allowed{"math", "fmod"},    Allowed{"math", "huge"},     Allowed{"math", "log"},
    Allowed{"math", "max"},      Allowed{"math", "min"},     Allowed{"math", "modf"},     Allowed{"math", "pi"},
    Allowed{"math", "pow"},      Allowed{"math", "sqrt"},    Allowed{"bit", "arshift"},   Allowed{"bit", "band"},
    Allowed{"bit", "bnot"},      Allowed{"bit", "bor"},      Allowed{"bit", "bxor"},      Allowed{"bit", "lshift"},
    Allowed{"bit", "rshift"},    Allowed{"bit", "tobit"},
};
constexpr std::array kTables{"string", "table", "math", "bit"};

int text_of(lua_State* lua) {
    luaL_checkany(lua, 1);
    push_text(lua, 1);
    return 1;
}

// Reading a number takes as long as its text is; the stock function does it.
int number_of(lua_State* lua) {
    luaL_checkany(lua, 1);
    if (lua_type(lua, 1) == LUA_TSTRING) {
        Meter::of(lua).charge(lua_objlen(lua, 1) / kBytesPerStep);
    }
    const int arguments = lua_gettop(lua);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, arguments, 1);
    return 1;
}

const char* key_text(lua_State* lua, int index) {
    return lua_type(lua, index) == LUA_TSTRING ? lua_tolstring(lua, index, nullptr) : luaL_typename(lua, index);
}

// Upvalue of both: the name of the table.
int refuse_write(lua_State* lua) {
    const char* table = lua_tolstring(lua, lua_upvalueindex(1), nullptr);
    const char* key = key_text(lua, 2);
    if (*table == '\0') {
        return luaL_error(lua, "global \"%s\" was assigned; write `local %s`", key, key);
    }
    return luaL_error(lua, "%s.%s was assigned; keep values in local variables", table, key);
}

int refuse_unknown(lua_State* lua) {
    const char* table = lua_tolstring(lua, lua_upvalueindex(1), nullptr);
    return luaL_error(
        lua,
        "there is no %s%s%s here; docs/policies/README.md lists what there is",
        table,
        *table == '\0' ? "" : ".",
        key_text(lua, 2)
    );
}

// Pushes registry[kKept][name].
void push_kept(lua_State* lua, const char* name) {
    lua_getfield(lua, LUA_REGISTRYINDEX, kKept);
    lua_getfield(lua, -1, name);
    lua_remove(lua, -2);
}

// Copies what the table below the top holds into the table on top; pops neither.
void copy_entries(lua_State* lua) {
    lua_pushnil(lua);
    while (lua_next(lua, -3) != 0) {
        lua_pushvalue(lua, -2);
        lua_insert(lua, -2);
        lua_rawset(lua, -4);
    }
}

void open_stock(lua_State* lua) {
    for (const auto open : {luaopen_base, luaopen_string, luaopen_table, luaopen_math, luaopen_bit}) {
        lua_pushcfunction(lua, open);
        lua_call(lua, 0, 0);
    }
}

// Puts the allowed functions into registry[kKept], a table for each name of kTables and one named "".
void keep_allowed(lua_State* lua) {
    lua_createtable(lua, 0, 8);
    lua_createtable(lua, 0, 32);
    lua_setfield(lua, -2, "");
    for (const auto* table : kTables) {
        lua_createtable(lua, 0, 16);
        lua_setfield(lua, -2, table);
    }
    for (const auto& allowed : kAllowed) {
        lua_getfield(lua, -1, allowed.table);
        if (*allowed.table == '\0') {
            lua_getglobal(lua, allowed.name);
        } else {
            lua_getglobal(lua, allowed.table);
            lua_getfield(lua, -1, allowed.name);
            lua_remove(lua, -2);
        }
        lua_setfield(lua, -2, allowed.name);
        lua_pop(lua, 1);
    }
    lua_setfield(lua, LUA_REGISTRYINDEX, kKept);
}

void add_own(lua_State* lua) {
    push_kept(lua, "");
    lua_pushcfunction(lua, text_of);
    lua_setfield(lua, -2, "tostring");
    lua_getglobal(lua, "tonumber");
    lua_pushcclosure(lua, number_of, 1);
    lua_setfield(lua, -2, "tonumber");
    add_pairs(lua);
    lua_pop(lua, 1);
    push_kept(lua, "table");
    add_sort(lua);
    lua_pop(lua, 1);
    push_kept(lua, "string");
    lua_getglobal(lua, "string");
    lua_getfield(lua, -1, "format");
    lua_setfield(lua, -3, "format");
    lua_getfield(lua, -1, "rep");
    lua_setfield(lua, -3, "rep");
    lua_pop(lua, 1);
    add_string_functions(lua);
    lua_pop(lua, 1);
}

// ("x"):rep(3) finds its function here, whatever a script does to its variable `string`.
void give_strings_methods(lua_State* lua) {
    lua_pushliteral(lua, "");
    lua_createtable(lua, 0, 2);
    push_kept(lua, "string");
    lua_setfield(lua, -2, "__index");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
    lua_pop(lua, 1);
}

void empty_globals(lua_State* lua) {
    lua_pushnil(lua);
    while (lua_next(lua, LUA_GLOBALSINDEX) != 0) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        lua_pushnil(lua);
        lua_rawset(lua, LUA_GLOBALSINDEX);
    }
    lua_pushnil(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, "_LOADED");
}

}  // namespace

void push_text(lua_State* lua, int index) {
    if (index < 0) {
        index = lua_gettop(lua) + index + 1;
    }
    if (luaL_callmeta(lua, index, "__tostring") != 0) {
        if (lua_type(lua, -1) != LUA_TSTRING) {
            luaL_error(lua, "__tostring gave a %s; return a string", luaL_typename(lua, -1));
        }
        return;
    }
    switch (lua_type(lua, index)) {
        case LUA_TSTRING:
        case LUA_TNUMBER:
            lua_pushvalue(lua, index);
            (void)lua_tolstring(lua, -1, nullptr);
            break;
        case LUA_TBOOLEAN:
            lua_pushstring(lua, lua_toboolean(lua, index) != 0 ? "true" : "false");
            break;
        default:
            lua_pushstring(lua, luaL_typename(lua, index));
            break;
    }
}

void make_environment(lua_State* lua, const char* what) {
    const auto set_refusal = [lua, what](const char* event, lua_CFunction refuse) {
        lua_pushstring(lua, what == nullptr ? "" : what);
        lua_pushcclosure(lua, refuse, 1);
        lua_setfield(lua, -2, event);
        lua_pushboolean(lua, 0);
        lua_setfield(lua, -2, "__metatable");
    };
    lua_createtable(lua, 0, 2);
    set_refusal("__index", refuse_unknown);
    lua_setmetatable(lua, -2);
    lua_createtable(lua, 0, 0);
    lua_createtable(lua, 0, 3);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    set_refusal("__newindex", refuse_write);
    lua_setmetatable(lua, -2);
    lua_remove(lua, -2);
}

void open_library(lua_State* lua) {
    open_stock(lua);
    keep_allowed(lua);
    add_own(lua);
    give_strings_methods(lua);
    open_money(lua);
    open_data(lua);
    empty_globals(lua);
}

bool is_library_name(std::string_view name) {
    constexpr std::array<std::string_view, 3> kOwn{"pairs", "tonumber", "tostring"};
    return std::ranges::find(kOwn, name) != kOwn.end() || std::ranges::find(kTables, name) != kTables.end() ||
           std::ranges::any_of(kAllowed, [&](const Allowed& allowed) {
               return *allowed.table == '\0' && name == allowed.name;
           });
}

void push_library(lua_State* lua) {
    push_kept(lua, "");
    lua_createtable(lua, 0, 32);
    copy_entries(lua);
    lua_remove(lua, -2);
    for (const auto* table : kTables) {
        push_kept(lua, table);
        lua_createtable(lua, 0, 16);
        copy_entries(lua);
        lua_remove(lua, -2);
        make_environment(lua, table);
        lua_setfield(lua, -2, table);
    }
}

}  // namespace aihub::policy
