#include "policy/money_library.hpp"

#include "policy/library.hpp"
#include "policy/meter.hpp"

#include <lua.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace aihub::policy {

namespace {

constexpr const char* kMetatable = "aihub.money";  // in the registry, which scripts cannot reach
constexpr std::uint64_t kStepsOfSum = 5;
constexpr std::uint64_t kStepsOfProduct = 20;
constexpr std::uint64_t kStepsOfText = 30;
constexpr double kWholeMax = 9007199254740992;  // 2^53: up to it every whole number is one of Lua

// What an operation gave. Without a destructor: a Lua error may leave the function that has it.
struct Outcome {
    Amount amount;
    bool good = false;
    std::array<char, 256> why{};
};

Outcome outcome_of(const Result<Amount>& result) {
    Outcome outcome;
    if (result) {
        outcome.amount = *result;
        outcome.good = true;
    } else {
        result.error().message.copy(outcome.why.data(), outcome.why.size() - 1);
    }
    return outcome;
}

int give(lua_State* lua, const Outcome& outcome) {
    if (!outcome.good) {
        return luaL_error(lua, "%s", outcome.why.data());
    }
    push_money(lua, outcome.amount);
    return 1;
}

Amount money_argument(lua_State* lua, int index) {
    Amount amount;
    if (!money_at(lua, index, amount)) {
        luaL_error(
            lua,
            "an amount of money goes with amounts of money only, not with a %s; make one with aihub.money(\"1.25\")",
            luaL_typename(lua, index)
        );
    }
    return amount;
}

// A number that is whole: Lua's numbers hold no others exactly.
std::int64_t whole_argument(lua_State* lua, int index, const char* instead) {
    const double value = lua_type(lua, index) == LUA_TNUMBER ? lua_tonumber(lua, index) : std::nan("");
    if (!(std::abs(value) <= kWholeMax) || value != std::floor(value)) {
        luaL_argerror(lua, index, instead);
    }
    return static_cast<std::int64_t>(value);
}

Outcome parsed(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* text = lua_tolstring(lua, index, &size);
    return outcome_of(Amount::parse({text, std::min(size, Amount::kTextBytesMax)}));
}

int add(lua_State* lua) {
    Meter::of(lua).charge(kStepsOfSum);
    return give(lua, outcome_of(money_argument(lua, 1).plus(money_argument(lua, 2))));
}

int subtract(lua_State* lua) {
    Meter::of(lua).charge(kStepsOfSum);
    return give(lua, outcome_of(money_argument(lua, 1).minus(money_argument(lua, 2))));
}

int negate(lua_State* lua) {
    Meter::of(lua).charge(kStepsOfSum);
    push_money(lua, money_argument(lua, 1).negated());
    return 1;
}

int is_equal(lua_State* lua) {
    Meter::of(lua).charge(kStepsOfSum);
    lua_pushboolean(lua, money_argument(lua, 1) == money_argument(lua, 2) ? 1 : 0);
    return 1;
}

int is_less(lua_State* lua) {
    Meter::of(lua).charge(kStepsOfSum);
    lua_pushboolean(lua, money_argument(lua, 1) < money_argument(lua, 2) ? 1 : 0);
    return 1;
}

int is_less_or_equal(lua_State* lua) {
    Meter::of(lua).charge(kStepsOfSum);
    lua_pushboolean(lua, money_argument(lua, 1) <= money_argument(lua, 2) ? 1 : 0);
    return 1;
}

// The operators that would have to guess what is meant.
int refuse_operator(lua_State* lua) {
    return luaL_error(
        lua, "amounts of money are not multiplied, divided or joined with operators; use :times, :per and :text"
    );
}

// price:times(3), price:times("1.15")
int times(lua_State* lua) {
    Meter::of(lua).charge(kStepsOfProduct);
    const auto amount = money_argument(lua, 1);
    if (lua_type(lua, 2) == LUA_TSTRING) {
        const auto factor = parsed(lua, 2);
        return give(lua, factor.good ? outcome_of(amount.times(factor.amount)) : factor);
    }
    const auto count = whole_argument(lua, 2, "a whole number, or a decimal factor as a string, such as \"1.15\"");
    return give(lua, outcome_of(amount.times(count)));
}

// price:per(1200, 1000000 [, "half_even"])
int per(lua_State* lua) {
    static constexpr std::array<const char*, 5> kModes{"half_even", "half_up", "up", "down", nullptr};
    Meter::of(lua).charge(kStepsOfProduct);
    const auto amount = money_argument(lua, 1);
    const auto count = whole_argument(lua, 2, "how many there are, a whole number");
    const auto size = whole_argument(lua, 3, "how many the price is for, a whole number");
    const auto mode = static_cast<Rounding>(luaL_checkoption(lua, 4, "half_even", kModes.data()));
    return give(lua, outcome_of(amount.times(count, size, mode)));
}

// price:text(), tostring(price)
int text(lua_State* lua) {
    Meter::of(lua).charge(kStepsOfText);
    std::array<char, Amount::kTextBytesMax> buffer{};
    const auto size = money_argument(lua, 1).text().copy(buffer.data(), buffer.size());
    lua_pushlstring(lua, buffer.data(), size);
    return 1;
}

int refuse_write(lua_State* lua) {
    return luaL_error(lua, "an amount of money cannot be changed; make another one");
}

void set_function(lua_State* lua, const char* name, lua_CFunction function) {
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, name);
}

}  // namespace

void open_money(lua_State* lua) {
    luaL_newmetatable(lua, kMetatable);
    set_function(lua, "__add", add);
    set_function(lua, "__sub", subtract);
    set_function(lua, "__unm", negate);
    set_function(lua, "__eq", is_equal);
    set_function(lua, "__lt", is_less);
    set_function(lua, "__le", is_less_or_equal);
    for (const auto* name : {"__mul", "__div", "__mod", "__pow", "__concat"}) {
        set_function(lua, name, refuse_operator);
    }
    set_function(lua, "__tostring", text);
    set_function(lua, "__newindex", refuse_write);
    lua_createtable(lua, 0, 3);
    set_function(lua, "times", times);
    set_function(lua, "per", per);
    set_function(lua, "text", text);
    make_environment(lua, "money");
    lua_setfield(lua, -2, "__index");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 1);
}

int make_money(lua_State* lua) {
    Meter::of(lua).charge(kStepsOfText);
    Amount amount;
    if (money_at(lua, 1, amount)) {
        lua_settop(lua, 1);
        return 1;
    }
    if (lua_type(lua, 1) == LUA_TSTRING) {
        return give(lua, parsed(lua, 1));
    }
    return give(
        lua, outcome_of(Amount::of_whole(whole_argument(lua, 1, "a whole number, or a decimal as a string: \"1.25\"")))
    );
}

void push_money(lua_State* lua, Amount amount) {
    std::memcpy(lua_newuserdata(lua, sizeof(amount)), &amount, sizeof(amount));
    luaL_getmetatable(lua, kMetatable);
    lua_setmetatable(lua, -2);
}

bool money_at(lua_State* lua, int index, Amount& amount) {
    if (lua_type(lua, index) != LUA_TUSERDATA || lua_getmetatable(lua, index) == 0) {
        return false;
    }
    luaL_getmetatable(lua, kMetatable);
    const bool same = lua_rawequal(lua, -1, -2) != 0;
    lua_pop(lua, 2);
    if (same) {
        std::memcpy(&amount, lua_touserdata(lua, index), sizeof(amount));
    }
    return same;
}

}  // namespace aihub::policy
