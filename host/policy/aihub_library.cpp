#include "base/ip_network.hpp"
#include "policy/bundle.hpp"
#include "policy/library.hpp"
#include "policy/script_host.hpp"

#include <lua.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::policy {

namespace {

constexpr int kLogLinesMax = 16;
constexpr std::size_t kLogBytesMax = 1024;
constexpr std::size_t kHashedBytesMax = 4096;
constexpr std::size_t kHashStepsBase = 20;
constexpr std::size_t kBytesPerStep = 8;
constexpr std::uint64_t kBuckets = 10'000;
constexpr std::uint64_t kWholeNumberBits = 53;  // what a Lua number holds exactly
constexpr const char* kEnvironments = "aihub.environments";
constexpr const char* kModules = "aihub.modules";

std::string_view argument(lua_State* L, int index, std::size_t bytes_max = kHashedBytesMax) {
    std::size_t size = 0;
    const char* text = luaL_checklstring(L, index, &size);
    luaL_argcheck(L, size <= bytes_max, index, "the text is too long");
    Meter::of(L).charge(size / kBytesPerStep);
    return {text, size};
}

ScriptHost& running(lua_State* L) {
    auto& host = ScriptHost::of(L);
    if (host.facts == nullptr) {
        luaL_error(L, "this can only be called while a hook runs, not when the file is loaded");
    }
    return host;
}

// aihub.log(level, message)
int log(lua_State* L) {
    static constexpr std::array<const char*, 5> kLevels{"debug", "info", "warning", "error", nullptr};
    const auto* level = kLevels[static_cast<std::size_t>(luaL_checkoption(L, 1, nullptr, kLevels.data()))];
    push_text(L, 2);
    std::size_t size = 0;
    const char* message = lua_tolstring(L, -1, &size);
    luaL_where(L, 1);
    auto& host = ScriptHost::of(L);
    host.charge(kHashStepsBase);
    if (host.log == nullptr || ++host.log_lines > kLogLinesMax) {
        return 0;
    }
    std::string_view place = lua_tolstring(L, -1, nullptr);
    place = place.substr(0, place.rfind(':'));
    host.log->write(host.hook, level, place, std::string_view(message, size).substr(0, kLogBytesMax));
    return 0;
}

// aihub.now(): seconds since 1970 of the request
int now(lua_State* L) {
    const auto since = running(L).facts->now.time_since_epoch();
    lua_pushnumber(L, std::chrono::duration<double>(since).count());
    return 1;
}

// aihub.rand(): from 0 up to 1; the same numbers whenever the same request is decided again
int rand_number(lua_State* L) {
    auto& host = running(L);
    if (!host.random) {
        host.charge(kHashStepsBase);
        std::string seed(host.facts->request_id);
        seed.append(":").append(hook_name(host.hook));
        host.random.emplace(sha256_number(seed));
    }
    lua_pushnumber(L, host.random->unit());
    return 1;
}

std::uint64_t hash_of(std::string_view salt, std::string_view middle, std::string_view last) {
    std::string text(salt);
    text.append(":").append(middle);
    if (!last.empty()) {
        text.append(":").append(last);
    }
    return sha256_number(text);
}

// aihub.bucket(experiment, unit [, salt]): 0 to 9999
int bucket(lua_State* L) {
    const auto experiment = argument(L, 1);
    const auto unit = argument(L, 2);
    const auto salt = lua_isnoneornil(L, 3) ? std::string_view() : argument(L, 3);
    Meter::of(L).charge(kHashStepsBase);
    lua_pushinteger(L, static_cast<lua_Integer>(hash_of(salt, experiment, unit) % kBuckets));
    return 1;
}

// aihub.hash(text [, salt]): a whole number below 2^53
int hash(lua_State* L) {
    const auto text = argument(L, 1);
    const auto salt = lua_isnoneornil(L, 2) ? std::string_view() : argument(L, 2);
    Meter::of(L).charge(kHashStepsBase);
    lua_pushnumber(L, static_cast<lua_Number>(hash_of(salt, text, {}) >> (64U - kWholeNumberBits)));
    return 1;
}

// `*` is any number of letters, `?` one. Linear but for the last `*`, which goes over the text again.
bool glob_fits(std::string_view pattern, std::string_view text, std::uint64_t& steps) {
    std::size_t p = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    for (std::size_t at = 0; at < text.size(); ++steps) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = at;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[at])) {
            ++p;
            ++at;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            at = ++resume;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// aihub.glob(pattern, text)
int glob(lua_State* L) {
    constexpr std::size_t kGlobBytesMax = 512;
    const auto pattern = argument(L, 1, kGlobBytesMax);
    const auto text = argument(L, 2, kGlobBytesMax);
    std::uint64_t steps = 0;
    const bool fits = glob_fits(pattern, text, steps);
    Meter::of(L).charge(steps);
    lua_pushboolean(L, fits ? 1 : 0);
    return 1;
}

// aihub.prefix(text, beginning)
int prefix(lua_State* L) {
    const auto text = argument(L, 1);
    lua_pushboolean(L, text.starts_with(argument(L, 2)) ? 1 : 0);
    return 1;
}

// nullopt: the first argument is no network, and a message for it was pushed.
std::optional<bool> in_network(lua_State* L, std::string_view range, std::string_view address) {
    const auto network = IpNetwork::parse(range);
    if (!network) {
        lua_pushlstring(L, network.error().message.data(), network.error().message.size());
        return std::nullopt;
    }
    const auto parsed = IpAddress::parse(address);
    return parsed && network->contains(*parsed);
}

// aihub.cidr("10.0.0.0/8", address): false for what is no address
int cidr(lua_State* L) {
    constexpr std::size_t kAddressBytesMax = 64;
    const auto inside = in_network(L, argument(L, 1, kAddressBytesMax), argument(L, 2, kAddressBytesMax));
    Meter::of(L).charge(kHashStepsBase);
    if (!inside) {
        return lua_error(L);
    }
    lua_pushboolean(L, *inside ? 1 : 0);
    return 1;
}

// aihub.provider(name): a table, or nil when there is none of this name
int provider(lua_State* L) {
    const auto name = argument(L, 1);
    for (const auto& candidate : running(L).facts->providers) {
        if (candidate.name == name) {
            push_provider(L, candidate);
            return 1;
        }
    }
    lua_pushnil(L);
    return 1;
}

void push_by_hook(lua_State* L, const char* table, Hook hook) {
    lua_getfield(L, LUA_REGISTRYINDEX, table);
    lua_rawgeti(L, -1, static_cast<int>(hook) + 1);
    lua_remove(L, -2);
}

void keep_by_hook(lua_State* L, const char* table, Hook hook) {
    lua_getfield(L, LUA_REGISTRYINDEX, table);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_createtable(L, static_cast<int>(kHooks.size()), 0);
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, table);
    }
    lua_insert(L, -2);
    lua_rawseti(L, -2, static_cast<int>(hook) + 1);
    lua_pop(L, 1);
}

// aihub.require("tiers"): what tiers.lua of the same bundle returned. Upvalue: the hook.
int require(lua_State* L) {
    const auto hook = static_cast<Hook>(lua_tointeger(L, lua_upvalueindex(1)));
    const auto& host = ScriptHost::of(L);
    luaL_checkstring(L, 1);
    lua_settop(L, 1);
    push_by_hook(L, kModules, hook);
    lua_pushvalue(L, 1);
    lua_rawget(L, 2);
    if (lua_isboolean(L, 3)) {
        return luaL_error(L, "%s.lua requires itself", lua_tolstring(L, 1, nullptr));
    }
    if (!lua_isnil(L, 3)) {
        return 1;
    }
    if (!host.loading) {
        return luaL_error(L, "call aihub.require at the top of the file, not while a hook runs");
    }
    lua_pushvalue(L, 1);
    lua_pushboolean(L, 1);
    lua_rawset(L, 2);
    lua_pushfstring(L, "%s.lua", lua_tolstring(L, 1, nullptr));
    run_file(L, hook, lua_tolstring(L, -1, nullptr));
    if (lua_type(L, -1) != LUA_TTABLE && lua_type(L, -1) != LUA_TFUNCTION) {
        return luaL_error(
            L, "%s.lua returns nothing to use; end it with `return` and a table", lua_tolstring(L, 1, nullptr)
        );
    }
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, 2);
    return 1;
}

constexpr unsigned bit_of(Hook hook) {
    return 1U << static_cast<unsigned>(hook);
}
constexpr unsigned kEverywhere = ~0U;
constexpr unsigned kRouting = bit_of(Hook::route) | bit_of(Hook::fallback);

struct Offered {
    const char* name;
    lua_CFunction function;
    unsigned hooks;  // a bit for each
};

constexpr std::array kOffered{
    Offered{"log", log, kEverywhere},
    Offered{"now", now, kEverywhere},
    Offered{"bucket", bucket, kEverywhere},
    Offered{"hash", hash, kEverywhere},
    Offered{"glob", glob, kEverywhere},
    Offered{"prefix", prefix, kEverywhere},
    Offered{"cidr", cidr, kEverywhere},
    Offered{"rand", rand_number, kRouting},
    Offered{"provider", provider, kRouting},
};

}  // namespace

ScriptHost::ScriptHost(const StateOptions& options, const Bundle& bundle_of_it)
    : Meter(options.limits), bundle(bundle_of_it), log(options.log), watch(options.watch) {
    lines_ = watch != nullptr;
}

ScriptHost& ScriptHost::of(lua_State* L) {
    return static_cast<ScriptHost&>(Meter::of(L));
}

void ScriptHost::on_line(const char* file, int line) {
    watch->line(file, line);
}

void push_aihub(lua_State* L, Hook hook) {
    lua_createtable(L, 0, static_cast<int>(kOffered.size()) + 1);
    for (const auto& offered : kOffered) {
        if ((offered.hooks & bit_of(hook)) != 0) {
            lua_pushcfunction(L, offered.function);
            lua_setfield(L, -2, offered.name);
        }
    }
    lua_pushinteger(L, static_cast<lua_Integer>(hook));
    lua_pushcclosure(L, require, 1);
    lua_setfield(L, -2, "require");
}

void keep_environment(lua_State* L, Hook hook) {
    push_library(L);
    push_aihub(L, hook);
    make_environment(L, "aihub");
    lua_setfield(L, -2, "aihub");
    make_environment(L, nullptr);
    keep_by_hook(L, kEnvironments, hook);
    lua_createtable(L, 0, 4);
    keep_by_hook(L, kModules, hook);
}

void run_file(lua_State* L, Hook hook, const char* name) {
    const auto* file = ScriptHost::of(L).bundle.find(name);
    if (file == nullptr || file->is_spec()) {
        luaL_error(L, "the bundle has no %s", name);
        return;
    }
    lua_pushfstring(L, "@%s", name);
    if (luaL_loadbufferx(L, file->text.data(), file->text.size(), lua_tolstring(L, -1, nullptr), "t") != 0) {
        lua_error(L);
    }
    push_by_hook(L, kEnvironments, hook);
    lua_setfenv(L, -2);
    lua_call(L, 0, 1);
    lua_remove(L, -2);
}

}  // namespace aihub::policy
