#include "policy/library.hpp"

#include "policy/meter.hpp"

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

int text_of(lua_State* L) {
    luaL_checkany(L, 1);
    push_text(L, 1);
    return 1;
}

// Reading a number takes as long as its text is; the stock function does it.
int number_of(lua_State* L) {
    luaL_checkany(L, 1);
    if (lua_type(L, 1) == LUA_TSTRING) {
        Meter::of(L).charge(lua_objlen(L, 1) / kBytesPerStep);
    }
    const int arguments = lua_gettop(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, arguments, 1);
    return 1;
}

const char* key_text(lua_State* L, int index) {
    return lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, nullptr) : luaL_typename(L, index);
}

// Upvalue of both: the name of the table.
int refuse_write(lua_State* L) {
    const char* table = lua_tolstring(L, lua_upvalueindex(1), nullptr);
    const char* key = key_text(L, 2);
    if (*table == '\0') {
        return luaL_error(L, "global \"%s\" was assigned; write `local %s`", key, key);
    }
    return luaL_error(L, "%s.%s was assigned; keep values in local variables", table, key);
}

int refuse_unknown(lua_State* L) {
    const char* table = lua_tolstring(L, lua_upvalueindex(1), nullptr);
    return luaL_error(
        L,
        "there is no %s%s%s here; docs/policies/README.md lists what there is",
        table,
        *table == '\0' ? "" : ".",
        key_text(L, 2)
    );
}

// Pushes registry[kKept][name].
void push_kept(lua_State* L, const char* name) {
    lua_getfield(L, LUA_REGISTRYINDEX, kKept);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
}

// Copies what the table below the top holds into the table on top; pops neither.
void copy_entries(lua_State* L) {
    lua_pushnil(L);
    while (lua_next(L, -3) != 0) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
}

void open_stock(lua_State* L) {
    for (const auto open : {luaopen_base, luaopen_string, luaopen_table, luaopen_math, luaopen_bit}) {
        lua_pushcfunction(L, open);
        lua_call(L, 0, 0);
    }
}

// Puts the allowed functions into registry[kKept], a table for each name of kTables and one named "".
void keep_allowed(lua_State* L) {
    lua_createtable(L, 0, 8);
    lua_createtable(L, 0, 32);
    lua_setfield(L, -2, "");
    for (const auto* table : kTables) {
        lua_createtable(L, 0, 16);
        lua_setfield(L, -2, table);
    }
    for (const auto& allowed : kAllowed) {
        lua_getfield(L, -1, allowed.table);
        if (*allowed.table == '\0') {
            lua_getglobal(L, allowed.name);
        } else {
            lua_getglobal(L, allowed.table);
            lua_getfield(L, -1, allowed.name);
            lua_remove(L, -2);
        }
        lua_setfield(L, -2, allowed.name);
        lua_pop(L, 1);
    }
    lua_setfield(L, LUA_REGISTRYINDEX, kKept);
}

void add_own(lua_State* L) {
    push_kept(L, "");
    lua_pushcfunction(L, text_of);
    lua_setfield(L, -2, "tostring");
    lua_getglobal(L, "tonumber");
    lua_pushcclosure(L, number_of, 1);
    lua_setfield(L, -2, "tonumber");
    add_pairs(L);
    lua_pop(L, 1);
    push_kept(L, "table");
    add_sort(L);
    lua_pop(L, 1);
    push_kept(L, "string");
    lua_getglobal(L, "string");
    lua_getfield(L, -1, "format");
    lua_setfield(L, -3, "format");
    lua_getfield(L, -1, "rep");
    lua_setfield(L, -3, "rep");
    lua_pop(L, 1);
    add_string_functions(L);
    lua_pop(L, 1);
}

// ("x"):rep(3) finds its function here, whatever a script does to its variable `string`.
void give_strings_methods(lua_State* L) {
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 2);
    push_kept(L, "string");
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

void empty_globals(lua_State* L) {
    lua_pushnil(L);
    while (lua_next(L, LUA_GLOBALSINDEX) != 0) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, LUA_GLOBALSINDEX);
    }
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, "_LOADED");
}

}  // namespace

void push_text(lua_State* L, int index) {
    if (index < 0) {
        index = lua_gettop(L) + index + 1;
    }
    if (luaL_callmeta(L, index, "__tostring") != 0) {
        if (lua_type(L, -1) != LUA_TSTRING) {
            luaL_error(L, "__tostring gave a %s; return a string", luaL_typename(L, -1));
        }
        return;
    }
    switch (lua_type(L, index)) {
        case LUA_TSTRING:
        case LUA_TNUMBER:
            lua_pushvalue(L, index);
            (void)lua_tolstring(L, -1, nullptr);
            break;
        case LUA_TBOOLEAN:
            lua_pushstring(L, lua_toboolean(L, index) != 0 ? "true" : "false");
            break;
        default:
            lua_pushstring(L, luaL_typename(L, index));
            break;
    }
}

void make_environment(lua_State* L, const char* what) {
    const auto set_refusal = [L, what](const char* event, lua_CFunction refuse) {
        lua_pushstring(L, what == nullptr ? "" : what);
        lua_pushcclosure(L, refuse, 1);
        lua_setfield(L, -2, event);
        lua_pushboolean(L, 0);
        lua_setfield(L, -2, "__metatable");
    };
    lua_createtable(L, 0, 2);
    set_refusal("__index", refuse_unknown);
    lua_setmetatable(L, -2);
    lua_createtable(L, 0, 0);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    set_refusal("__newindex", refuse_write);
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

void open_library(lua_State* L) {
    open_stock(L);
    keep_allowed(L);
    add_own(L);
    give_strings_methods(L);
    empty_globals(L);
}

bool is_library_name(std::string_view name) {
    constexpr std::array<std::string_view, 3> kOwn{"pairs", "tonumber", "tostring"};
    return std::ranges::find(kOwn, name) != kOwn.end() || std::ranges::find(kTables, name) != kTables.end() ||
           std::ranges::any_of(kAllowed, [&](const Allowed& allowed) {
               return *allowed.table == '\0' && name == allowed.name;
           });
}

void push_library(lua_State* L) {
    push_kept(L, "");
    lua_createtable(L, 0, 32);
    copy_entries(L);
    lua_remove(L, -2);
    for (const auto* table : kTables) {
        push_kept(L, table);
        lua_createtable(L, 0, 16);
        copy_entries(L);
        lua_remove(L, -2);
        make_environment(L, table);
        lua_setfield(L, -2, table);
    }
}

}  // namespace aihub::policy
