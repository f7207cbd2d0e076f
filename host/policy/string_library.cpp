#include "policy/library.hpp"
#include "policy/meter.hpp"
#include "policy/pattern.hpp"

#include <lua.hpp>
#include <string.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string_view>

namespace aihub::policy {

namespace {

using End = PatternMatcher::End;

constexpr std::size_t kBytesPerStep = 8;
constexpr std::string_view kSpecials = "^$*+?.([%-";
constexpr std::string_view kFlags = "-+ #0";
constexpr std::string_view kConversions = "cdiouxXeEfgGqs";

std::string_view argument(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, index, &size);
    return {text, size};
}

// Looks for the next match and pays for it.
bool find_next(lua_State* lua, PatternMatcher& matcher, std::uint64_t& steps, std::size_t from) {
    auto& meter = Meter::of(lua);
    const std::uint64_t before = meter.steps_left();
    steps = before;
    const End end = matcher.find(from);
    meter.charge(before - steps);
    switch (end) {
        case End::found:
            return true;
        case End::not_found:
            return false;
        case End::out_of_steps:
            meter.stop(Fault::steps);
        case End::bad_pattern:
        case End::too_deep:
            break;
    }
    luaL_error(lua, "%s", matcher.error());
    return false;
}

void push_capture(lua_State* lua, const PatternMatcher& matcher, std::string_view text, std::size_t index) {
    if (index >= matcher.capture_count()) {
        if (index != 0) {
            luaL_error(lua, "invalid capture index");
        }
        lua_pushlstring(lua, text.data() + matcher.begin(), matcher.end() - matcher.begin());
        return;
    }
    const auto& capture = matcher.capture(index);
    if (capture.is_position) {
        lua_pushinteger(lua, static_cast<lua_Integer>(capture.begin + 1));
    } else {
        lua_pushlstring(lua, text.data() + capture.begin, capture.size);
    }
}

// All captures, or the whole match when there are none and `whole`.
int push_captures(lua_State* lua, const PatternMatcher& matcher, std::string_view text, bool whole) {
    const std::size_t count = matcher.capture_count() == 0 && whole ? 1 : matcher.capture_count();
    luaL_checkstack(lua, static_cast<int>(count), "too many captures");
    for (std::size_t i = 0; i < count; ++i) {
        push_capture(lua, matcher, text, i);
    }
    return static_cast<int>(count);
}

// The third argument, which counts from 1 and from the end when negative, as an offset.
std::size_t start(lua_State* lua, std::size_t size) {
    const lua_Integer given = luaL_optinteger(lua, 3, 1);
    const auto length = static_cast<lua_Integer>(size);
    const lua_Integer at = given < 0 ? std::max<lua_Integer>(length + given, 0) : std::max<lua_Integer>(given - 1, 0);
    return static_cast<std::size_t>(std::min(at, length));
}

int find_plain(lua_State* lua, std::string_view text, std::string_view wanted, std::size_t from) {
    Meter::of(lua).charge((text.size() - from + wanted.size()) / kBytesPerStep);
    // Not string_view::find, which is quadratic at worst.
    const void* found = ::memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
    if (found == nullptr) {
        lua_pushnil(lua);
        return 1;
    }
    const auto at = static_cast<lua_Integer>(static_cast<const char*>(found) - text.data());
    lua_pushinteger(lua, at + 1);
    lua_pushinteger(lua, at + static_cast<lua_Integer>(wanted.size()));
    return 2;
}

int string_find(lua_State* lua) {
    const auto text = argument(lua, 1);
    const auto pattern = argument(lua, 2);
    const std::size_t from = start(lua, text.size());
    if (lua_toboolean(lua, 4) != 0 || pattern.find_first_of(kSpecials) == std::string_view::npos) {
        return find_plain(lua, text, pattern, from);
    }
    std::uint64_t steps = 0;
    PatternMatcher matcher(text, pattern, steps);
    if (!find_next(lua, matcher, steps, from)) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushinteger(lua, static_cast<lua_Integer>(matcher.begin() + 1));
    lua_pushinteger(lua, static_cast<lua_Integer>(matcher.end()));
    return 2 + push_captures(lua, matcher, text, false);
}

int string_match(lua_State* lua) {
    const auto text = argument(lua, 1);
    std::uint64_t steps = 0;
    PatternMatcher matcher(text, argument(lua, 2), steps);
    if (!find_next(lua, matcher, steps, start(lua, text.size()))) {
        lua_pushnil(lua);
        return 1;
    }
    return push_captures(lua, matcher, text, true);
}

// Upvalues: text, pattern, where to go on.
int next_match(lua_State* lua) {
    const auto text = argument(lua, lua_upvalueindex(1));
    const auto pattern = argument(lua, lua_upvalueindex(2));
    const auto from = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(3)));
    std::uint64_t steps = 0;
    PatternMatcher matcher(text, pattern, steps);
    if (from > text.size() || !find_next(lua, matcher, steps, from)) {
        return 0;
    }
    const std::size_t end = matcher.end() + (matcher.end() == matcher.begin() ? 1 : 0);
    lua_pushinteger(lua, static_cast<lua_Integer>(end));
    lua_replace(lua, lua_upvalueindex(3));
    return push_captures(lua, matcher, text, true);
}

int string_gmatch(lua_State* lua) {
    (void)argument(lua, 1);
    (void)argument(lua, 2);
    lua_settop(lua, 2);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_match, 3);
    return 1;
}

// Appends what "%1" and the like in the replacement stand for. Pieces are added one by one, so nothing is built twice.
void add_template(lua_State* lua, luaL_Buffer& out, const PatternMatcher& matcher, std::string_view text) {
    const auto with = argument(lua, 3);
    for (std::size_t i = 0; i < with.size(); ++i) {
        if (with[i] != '%' || i + 1 == with.size()) {
            luaL_addchar(&out, with[i]);
            continue;
        }
        const char c = with[++i];
        if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
            luaL_addchar(&out, c);
        } else if (c == '0') {
            luaL_addlstring(&out, text.data() + matcher.begin(), matcher.end() - matcher.begin());
        } else {
            push_capture(lua, matcher, text, static_cast<std::size_t>(c - '1'));
            luaL_addvalue(&out);
        }
    }
}

// Appends the replacement of one match.
void add_replacement(lua_State* lua, luaL_Buffer& out, const PatternMatcher& matcher, std::string_view text) {
    switch (lua_type(lua, 3)) {
        case LUA_TTABLE:
            push_capture(lua, matcher, text, 0);
            lua_gettable(lua, 3);
            break;
        case LUA_TFUNCTION: {
            lua_pushvalue(lua, 3);
            const int count = push_captures(lua, matcher, text, true);
            lua_call(lua, count, 1);
            break;
        }
        default:
            add_template(lua, out, matcher, text);
            return;
    }
    if (lua_toboolean(lua, -1) == 0) {
        lua_pop(lua, 1);
        luaL_addlstring(&out, text.data() + matcher.begin(), matcher.end() - matcher.begin());
        return;
    }
    if (lua_isstring(lua, -1) == 0) {
        luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
    }
    luaL_addvalue(&out);
}

int string_gsub(lua_State* lua) {
    const auto text = argument(lua, 1);
    const auto pattern = argument(lua, 2);
    const int type = lua_type(lua, 3);
    luaL_argcheck(
        lua,
        type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE || type == LUA_TFUNCTION,
        3,
        "string/function/table expected"
    );
    const auto most = luaL_optinteger(lua, 4, static_cast<lua_Integer>(text.size() + 1));
    std::uint64_t steps = 0;
    PatternMatcher matcher(text, pattern, steps);
    luaL_Buffer out;
    luaL_buffinit(lua, &out);
    std::size_t at = 0;
    lua_Integer count = 0;
    while (count < most && at <= text.size() && find_next(lua, matcher, steps, at)) {
        ++count;
        luaL_addlstring(&out, text.data() + at, matcher.begin() - at);
        add_replacement(lua, out, matcher, text);
        at = matcher.end();
        if (matcher.end() == matcher.begin()) {
            if (at < text.size()) {
                luaL_addchar(&out, text[at]);
            }
            ++at;
        }
        if (pattern.starts_with('^')) {
            break;
        }
    }
    if (at < text.size()) {
        luaL_addlstring(&out, text.data() + at, text.size() - at);
    }
    luaL_pushresult(&out);
    lua_pushinteger(lua, count);
    return 2;
}

int call_stock(lua_State* lua) {
    const int arguments = lua_gettop(lua);
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, arguments, 1);
    return 1;
}

int string_rep(lua_State* lua) {
    const std::size_t size = argument(lua, 1).size();
    const std::size_t between = lua_isnoneornil(lua, 3) ? 0 : argument(lua, 3).size();
    const lua_Integer times = std::max<lua_Integer>(luaL_checkinteger(lua, 2), 0);
    const std::size_t most = Meter::of(lua).limits().block_bytes_max / 2;
    if (size + between > 0 && static_cast<std::size_t>(times) > most / (size + between)) {
        return luaL_error(lua, "string.rep would make a string of more than %d bytes", static_cast<int>(most));
    }
    Meter::of(lua).charge(static_cast<std::uint64_t>(times) * (size + between) / kBytesPerStep);
    return call_stock(lua);
}

// The stock function shows addresses for %p and for %s of a table, which differ from run to run.
int string_format(lua_State* lua) {
    const auto format = argument(lua, 1);
    const int arguments = lua_gettop(lua);
    int next = 1;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '%') {
            continue;
        }
        if (i + 1 < format.size() && format[i + 1] == '%') {
            ++i;
            continue;
        }
        i = format.find_first_not_of(kFlags, i + 1);
        i = i == std::string_view::npos ? i : format.find_first_not_of("0123456789.", i);
        if (i == std::string_view::npos || kConversions.find(format[i]) == std::string_view::npos) {
            return luaL_error(
                lua, "string.format: a conversion that there is not; %%s, %%d, %%g, %%f, %%x and %%q are"
            );
        }
        if (++next > arguments) {
            return luaL_error(lua, "string.format: argument %d is missing", next - 1);
        }
        if (format[i] == 's') {
            push_text(lua, next);
            lua_replace(lua, next);
        }
    }
    Meter::of(lua).charge(format.size() / kBytesPerStep);
    return call_stock(lua);
}

void wrap_stock(lua_State* lua, const char* name, lua_CFunction function) {
    lua_getfield(lua, -1, name);
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
}

}  // namespace

void add_string_functions(lua_State* lua) {
    lua_pushcfunction(lua, string_find);
    lua_setfield(lua, -2, "find");
    lua_pushcfunction(lua, string_match);
    lua_setfield(lua, -2, "match");
    lua_pushcfunction(lua, string_gmatch);
    lua_setfield(lua, -2, "gmatch");
    lua_pushcfunction(lua, string_gsub);
    lua_setfield(lua, -2, "gsub");
    wrap_stock(lua, "rep", string_rep);
    wrap_stock(lua, "format", string_format);
}

}  // namespace aihub::policy
