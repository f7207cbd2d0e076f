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
const std::uint32_t* sorted_positions(lua_State* L, std::uint32_t count, Less less) {
    auto* from = static_cast<std::uint32_t*>(lua_newuserdata(L, (std::size_t{count} * 2 + 1) * sizeof(std::uint32_t)));
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

std::uint32_t checked_count(lua_State* L, int table) {
    const std::size_t count = lua_objlen(L, table);
    Meter::of(L).charge(count);
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
bool key_before(lua_State* L) {
    const int type = lua_type(L, -1);
    const int other = lua_type(L, -2);
    if (rank(type) != rank(other)) {
        return rank(type) < rank(other);
    }
    return rank(type) < 2 && lua_lessthan(L, -1, -2) != 0;
}

// Upvalues: the table, its keys in order, how many were visited.
int next_pair(lua_State* L) {
    auto at = static_cast<int>(lua_tointeger(L, lua_upvalueindex(3)));
    for (;;) {
        lua_rawgeti(L, lua_upvalueindex(2), ++at);
        if (lua_isnil(L, -1)) {
            return 1;
        }
        lua_pushvalue(L, -1);
        lua_rawget(L, lua_upvalueindex(1));
        if (!lua_isnil(L, -1)) {
            break;
        }
        lua_pop(L, 2);
    }
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(3));
    return 2;
}

// The stock function visits keys in an order that differs from state to state, and with it what a policy decides.
int ordered_pairs(lua_State* L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_createtable(L, 8, 0);
    int count = 0;
    lua_pushnil(L);
    while (lua_next(L, 1) != 0) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, 2, ++count);
    }
    Meter::of(L).charge(static_cast<std::uint64_t>(count));
    const auto* order = sorted_positions(L, static_cast<std::uint32_t>(count), [L](std::uint32_t a, std::uint32_t b) {
        Meter::of(L).charge(1);
        lua_rawgeti(L, 2, static_cast<int>(b));
        lua_rawgeti(L, 2, static_cast<int>(a));
        const bool before = key_before(L);
        lua_pop(L, 2);
        return before;
    });
    lua_pushvalue(L, 1);
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; ++i) {
        lua_rawgeti(L, 2, static_cast<int>(order[i]));
        lua_rawseti(L, -2, i + 1);
    }
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_pair, 3);
    return 1;
}

// table.sort(list, before): stable, and with a bound on the work for any `before`.
int table_sort(lua_State* L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    const bool own_order = !lua_isnil(L, 2);
    if (own_order) {
        luaL_checktype(L, 2, LUA_TFUNCTION);
    }
    const std::uint32_t count = checked_count(L, 1);
    const auto* order = sorted_positions(L, count, [L, own_order](std::uint32_t a, std::uint32_t b) {
        Meter::of(L).charge(1);
        if (own_order) {
            lua_pushvalue(L, 2);
        }
        lua_rawgeti(L, 1, static_cast<int>(a));
        lua_rawgeti(L, 1, static_cast<int>(b));
        bool before = false;
        if (own_order) {
            lua_call(L, 2, 1);
            before = lua_toboolean(L, -1) != 0;
            lua_pop(L, 1);
        } else {
            before = lua_lessthan(L, -2, -1) != 0;
            lua_pop(L, 2);
        }
        return before;
    });
    lua_createtable(L, static_cast<int>(count), 0);
    for (std::uint32_t i = 0; i < count; ++i) {
        lua_rawgeti(L, 1, static_cast<int>(order[i]));
        lua_rawseti(L, -2, static_cast<int>(i + 1));
    }
    for (std::uint32_t i = 1; i <= count; ++i) {
        lua_rawgeti(L, -1, static_cast<int>(i));
        lua_rawseti(L, 1, static_cast<int>(i));
    }
    return 0;
}

}  // namespace

void add_pairs(lua_State* L) {
    lua_pushcfunction(L, ordered_pairs);
    lua_setfield(L, -2, "pairs");
}

void add_sort(lua_State* L) {
    lua_pushcfunction(L, table_sort);
    lua_setfield(L, -2, "sort");
}

}  // namespace aihub::policy
