#include "policy/library.hpp"
#include "policy/meter.hpp"

#include <lua.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace aihub::policy {

namespace {

// Positions 1 to `count` of the table at stack index `table`, in the order that `less` gives; equal ones keep theirs.
// `less(a, b)` compares two positions and may raise Lua errors, so everything lives in a userdata. A `less` that
// contradicts itself gives some order.
template <class Less>
const std::uint32_t* sorted_positions(lua_State* lua, std::uint32_t count, Less less) {
    auto* from =
        static_cast<std::uint32_t*>(lua_newuserdata(lua, (std::size_t{count} * 2 + 1) * sizeof(std::uint32_t)));
    std::uint32_t* to = from + count;
    for (std::uint32_t i = 0; i < count; ++i) {
        from[i] = i + 1;
    }
    for (std::uint32_t width = 1; width < count; width *= 2) {
        for (std::uint32_t begin = 0; begin < count; begin += 2 * width) {
            const std::uint32_t middle = std::min(begin + width, count);
            const std::uint32_t end = std::min(begin + 2 * width, count);
            std::uint32_t left = begin;
            std::uint32_t right = middle;
            for (std::uint32_t i = begin; i < end; ++i) {
                const bool take_right = left == middle || (right < end && less(from[right], from[left]));
                to[i] = take_right ? from[right++] : from[left++];
            }
        }
        std::swap(from, to);
    }
    return from;
}

std::uint32_t checked_count(lua_State* lua, int table) {
    const std::size_t count = lua_objlen(lua, table);
    Meter::of(lua).charge(count);
    return static_cast<std::uint32_t>(count);
}

// Numbers, then strings, then the rest as they come.
int rank(int type) {
    if (type == LUA_TNUMBER) {
        return 0;
    }
    return type == LUA_TSTRING ? 1 : 2;
}

// Whether the value on top comes before the one below it.
bool key_before(lua_State* lua) {
    const int type = lua_type(lua, -1);
    const int other = lua_type(lua, -2);
    if (rank(type) != rank(other)) {
        return rank(type) < rank(other);
    }
    return rank(type) < 2 && lua_lessthan(lua, -1, -2) != 0;
}

// Upvalues: the table, its keys in order, how many were visited.
int next_pair(lua_State* lua) {
    auto at = static_cast<int>(lua_tointeger(lua, lua_upvalueindex(3)));
    for (;;) {
        lua_rawgeti(lua, lua_upvalueindex(2), ++at);
        if (lua_isnil(lua, -1)) {
            return 1;
        }
        lua_pushvalue(lua, -1);
        lua_rawget(lua, lua_upvalueindex(1));
        if (!lua_isnil(lua, -1)) {
            break;
        }
        lua_pop(lua, 2);
    }
    lua_pushinteger(lua, at);
    lua_replace(lua, lua_upvalueindex(3));
    return 2;
}

// The stock function visits keys in an order that differs from state to state, and with it what a policy decides.
int ordered_pairs(lua_State* lua) {
    // Only the host gives userdata a metatable, so no code of scripts runs here.
    if (lua_type(lua, 1) == LUA_TUSERDATA && luaL_callmeta(lua, 1, "__pairs") != 0) {
        return 1;
    }
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    if (luaL_callmeta(lua, 1, kVisited) != 0) {
        lua_replace(lua, 1);
        luaL_checktype(lua, 1, LUA_TTABLE);
    }
    lua_createtable(lua, 8, 0);
    int count = 0;
    lua_pushnil(lua);
    while (lua_next(lua, 1) != 0) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        lua_rawseti(lua, 2, ++count);
    }
    Meter::of(lua).charge(static_cast<std::uint64_t>(count));
    const auto* order =
        sorted_positions(lua, static_cast<std::uint32_t>(count), [lua](std::uint32_t a, std::uint32_t b) {
            Meter::of(lua).charge(1);
            lua_rawgeti(lua, 2, static_cast<int>(b));
            lua_rawgeti(lua, 2, static_cast<int>(a));
            const bool before = key_before(lua);
            lua_pop(lua, 2);
            return before;
        });
    lua_pushvalue(lua, 1);
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; ++i) {
        lua_rawgeti(lua, 2, static_cast<int>(order[i]));
        lua_rawseti(lua, -2, i + 1);
    }
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_pair, 3);
    return 1;
}

// table.sort(list, before): stable, and with a bound on the work for any `before`.
int table_sort(lua_State* lua) {
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 2);
    const bool own_order = !lua_isnil(lua, 2);
    if (own_order) {
        luaL_checktype(lua, 2, LUA_TFUNCTION);
    }
    const std::uint32_t count = checked_count(lua, 1);
    const auto* order = sorted_positions(lua, count, [lua, own_order](std::uint32_t a, std::uint32_t b) {
        Meter::of(lua).charge(1);
        if (own_order) {
            lua_pushvalue(lua, 2);
        }
        lua_rawgeti(lua, 1, static_cast<int>(a));
        lua_rawgeti(lua, 1, static_cast<int>(b));
        bool before = false;
        if (own_order) {
            lua_call(lua, 2, 1);
            before = lua_toboolean(lua, -1) != 0;
            lua_pop(lua, 1);
        } else {
            before = lua_lessthan(lua, -2, -1) != 0;
            lua_pop(lua, 2);
        }
        return before;
    });
    lua_createtable(lua, static_cast<int>(count), 0);
    for (std::uint32_t i = 0; i < count; ++i) {
        lua_rawgeti(lua, 1, static_cast<int>(order[i]));
        lua_rawseti(lua, -2, static_cast<int>(i + 1));
    }
    for (std::uint32_t i = 1; i <= count; ++i) {
        lua_rawgeti(lua, -1, static_cast<int>(i));
        lua_rawseti(lua, 1, static_cast<int>(i));
    }
    return 0;
}

}  // namespace

void add_pairs(lua_State* lua) {
    lua_pushcfunction(lua, ordered_pairs);
    lua_setfield(lua, -2, "pairs");
}

void add_sort(lua_State* lua) {
    lua_pushcfunction(lua, table_sort);
    lua_setfield(lua, -2, "sort");
}

}  // namespace aihub::policy
