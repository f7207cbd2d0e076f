#include "base/ip_network.hpp"
#include "policy/bundle.hpp"
#include "policy/data_library.hpp"
#include "policy/library.hpp"
#include "policy/money_library.hpp"
#include "policy/regex_library.hpp"
#include "policy/script_host.hpp"

#include <lua.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace aihub::policy {

namespace {

constexpr int kLogLinesMax = 16;
constexpr int kCountsMax = 16;
constexpr std::size_t kLogBytesMax = 1024;
constexpr std::size_t kHashedBytesMax = 4096;
constexpr std::size_t kHashStepsBase = 20;
constexpr std::size_t kBytesPerStep = 8;
constexpr std::uint64_t kBuckets = 10'000;
constexpr std::uint64_t kWholeNumberBits = 53;  // what a Lua number holds exactly
constexpr const char* kEnvironments = "aihub.environments";
constexpr const char* kModules = "aihub.modules";

std::string_view argument(lua_State* lua, int index, std::size_t bytes_max = kHashedBytesMax) {
    std::size_t size = 0;
    const char* text = luaL_checklstring(lua, index, &size);
    luaL_argcheck(lua, size <= bytes_max, index, "the text is too long");
    Meter::of(lua).charge(size / kBytesPerStep);
    return {text, size};
}

ScriptHost& running(lua_State* lua) {
    auto& host = ScriptHost::of(lua);
    if (host.facts == nullptr) {
        luaL_error(lua, "this can only be called while a hook runs, not when the file is loaded");
    }
    return host;
}

// aihub.log(level, message)
int log(lua_State* lua) {
    static constexpr std::array<const char*, 5> kLevels{"debug", "info", "warning", "error", nullptr};
    const char* asked = luaL_checkstring(lua, 1);
    const auto* level = *std::ranges::find_if(kLevels, [asked](const char* known) {
        return known == nullptr || std::string_view(known) == asked;
    });
    luaL_argcheck(lua, level != nullptr, 1, "the level is debug, info, warning or error");
    push_text(lua, 2);
    std::size_t size = 0;
    const char* message = lua_tolstring(lua, -1, &size);
    luaL_where(lua, 1);
    auto& host = ScriptHost::of(lua);
    host.charge(kHashStepsBase);
    if (host.log == nullptr || ++host.log_lines > kLogLinesMax) {
        return 0;
    }
    std::string_view place = lua_tolstring(lua, -1, nullptr);
    place = place.substr(0, place.rfind(':'));
    host.log->write(host.hook, level, place, std::string_view(message, size).substr(0, kLogBytesMax));
    return 0;
}

// aihub.now(): seconds since 1970 of the request
int now(lua_State* lua) {
    const auto since = running(lua).facts->now.time_since_epoch();
    lua_pushnumber(lua, std::chrono::duration<double>(since).count());
    return 1;
}

// aihub.rand(): from 0 up to 1; the same numbers whenever the same request is decided again
int rand_number(lua_State* lua) {
    auto& host = running(lua);
    if (!host.random) {
        host.charge(kHashStepsBase);
        std::string seed(host.facts->request_id);
        seed.append(":").append(hook_name(host.hook));
        host.random.emplace(sha256_number(seed));
    }
    lua_pushnumber(lua, host.random->unit());
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
int bucket(lua_State* lua) {
    const auto experiment = argument(lua, 1);
    const auto unit = argument(lua, 2);
    const auto salt = lua_isnoneornil(lua, 3) ? std::string_view() : argument(lua, 3);
    Meter::of(lua).charge(kHashStepsBase);
    lua_pushinteger(lua, static_cast<lua_Integer>(hash_of(salt, experiment, unit) % kBuckets));
    return 1;
}

// aihub.hash(text [, salt]): a whole number below 2^53
int hash(lua_State* lua) {
    const auto text = argument(lua, 1);
    const auto salt = lua_isnoneornil(lua, 2) ? std::string_view() : argument(lua, 2);
    Meter::of(lua).charge(kHashStepsBase);
    lua_pushnumber(lua, static_cast<lua_Number>(hash_of(salt, text, {}) >> (64U - kWholeNumberBits)));
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
int glob(lua_State* lua) {
    constexpr std::size_t kGlobBytesMax = 512;
    const auto pattern = argument(lua, 1, kGlobBytesMax);
    const auto text = argument(lua, 2, kGlobBytesMax);
    std::uint64_t steps = 0;
    const bool fits = glob_fits(pattern, text, steps);
    Meter::of(lua).charge(steps);
    lua_pushboolean(lua, fits ? 1 : 0);
    return 1;
}

// aihub.prefix(text, beginning)
int prefix(lua_State* lua) {
    const auto text = argument(lua, 1);
    lua_pushboolean(lua, text.starts_with(argument(lua, 2)) ? 1 : 0);
    return 1;
}

// nullopt: the first argument is no network, and a message for it was pushed.
std::optional<bool> in_network(lua_State* lua, std::string_view range, std::string_view address) {
    const auto network = IpNetwork::parse(range);
    if (!network) {
        lua_pushlstring(lua, network.error().message.data(), network.error().message.size());
        return std::nullopt;
    }
    const auto parsed = IpAddress::parse(address);
    return parsed && network->contains(*parsed);
}

// aihub.cidr("10.0.0.0/8", address): false for what is no address
int cidr(lua_State* lua) {
    constexpr std::size_t kAddressBytesMax = 64;
    const auto inside = in_network(lua, argument(lua, 1, kAddressBytesMax), argument(lua, 2, kAddressBytesMax));
    Meter::of(lua).charge(kHashStepsBase);
    if (!inside) {
        return lua_error(lua);
    }
    lua_pushboolean(lua, *inside ? 1 : 0);
    return 1;
}

// aihub.provider(name): a table, or nil when there is none of this name
int provider(lua_State* lua) {
    const auto name = argument(lua, 1);
    for (const auto& candidate : running(lua).facts->providers) {
        if (candidate.name == name) {
            push_provider(lua, candidate);
            return 1;
        }
    }
    lua_pushnil(lua);
    return 1;
}

// aihub.kv.get(name): what the operator set, or nil
int value_of_name(lua_State* lua) {
    const auto name = argument(lua, 1);
    const auto values = running(lua).facts->values;
    Meter::of(lua).charge(kHashStepsBase);
    const auto found = std::ranges::lower_bound(values, name, {}, &TextPair::first);
    if (found == values.end() || found->first != name) {
        lua_pushnil(lua);
        return 1;
    }
    Meter::of(lua).charge(found->second.size() / kBytesPerStep);
    lua_pushlstring(lua, found->second.data(), found->second.size());
    return 1;
}

bool is_count_name(std::string_view name) {
    constexpr std::size_t kCountNameBytesMax = 48;
    return !name.empty() && name.size() <= kCountNameBytesMax && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

// Names become series of metrics, which are kept for good: a script that makes them of what it is asked gets no more.
std::string_view bounded_name(ScriptHost& host, std::string_view name) {
    if (host.count_names.contains(name)) {
        return name;
    }
    if (host.count_names.size() >= ScriptCounts::kCountNamesMax) {
        return "other";
    }
    return *host.count_names.emplace(name).first;
}

// aihub.count(name [, amount])
int count(lua_State* lua) {
    constexpr double kAmountMax = 1e9;
    const auto name = argument(lua, 1);
    luaL_argcheck(lua, is_count_name(name), 1, "a name of lower-case letters, digits and _, at most 48 of them");
    const double amount = luaL_optnumber(lua, 2, 1);
    luaL_argcheck(
        lua, amount >= 0 && amount <= kAmountMax && amount == std::floor(amount), 2, "a whole number, not negative"
    );
    auto& host = ScriptHost::of(lua);
    host.charge(kHashStepsBase);
    if (host.counts != nullptr && ++host.counts_made <= kCountsMax) {
        host.counts->add(host.hook, bounded_name(host, name), static_cast<std::uint64_t>(amount));
    }
    return 0;
}

void push_by_hook(lua_State* lua, const char* table, Hook hook) {
    lua_getfield(lua, LUA_REGISTRYINDEX, table);
    lua_rawgeti(lua, -1, static_cast<int>(hook) + 1);
    lua_remove(lua, -2);
}

void keep_by_hook(lua_State* lua, const char* table, Hook hook) {
    lua_getfield(lua, LUA_REGISTRYINDEX, table);
    if (lua_isnil(lua, -1)) {
        lua_pop(lua, 1);
        lua_createtable(lua, static_cast<int>(kHooks.size()), 0);
        lua_pushvalue(lua, -1);
        lua_setfield(lua, LUA_REGISTRYINDEX, table);
    }
    lua_insert(lua, -2);
    lua_rawseti(lua, -2, static_cast<int>(hook) + 1);
    lua_pop(lua, 1);
}

// aihub.require("tiers"): what tiers.lua of the same bundle returned. Upvalue: the hook.
int require(lua_State* lua) {
    const auto hook = static_cast<Hook>(lua_tointeger(lua, lua_upvalueindex(1)));
    const auto& host = ScriptHost::of(lua);
    luaL_checkstring(lua, 1);
    lua_settop(lua, 1);
    push_by_hook(lua, kModules, hook);
    lua_pushvalue(lua, 1);
    lua_rawget(lua, 2);
    if (lua_isboolean(lua, 3)) {
        return luaL_error(lua, "%s.lua requires itself", lua_tolstring(lua, 1, nullptr));
    }
    if (!lua_isnil(lua, 3)) {
        return 1;
    }
    if (!host.loading) {
        return luaL_error(lua, "call aihub.require at the top of the file, not while a hook runs");
    }
    lua_pushvalue(lua, 1);
    lua_pushboolean(lua, 1);
    lua_rawset(lua, 2);
    lua_pushfstring(lua, "%s.lua", lua_tolstring(lua, 1, nullptr));
    run_file(lua, hook, lua_tolstring(lua, -1, nullptr));
    if (lua_type(lua, -1) != LUA_TTABLE && lua_type(lua, -1) != LUA_TFUNCTION) {
        return luaL_error(
            lua, "%s.lua returns nothing to use; end it with `return` and a table", lua_tolstring(lua, 1, nullptr)
        );
    }
    lua_pushvalue(lua, 1);
    lua_pushvalue(lua, -2);
    lua_rawset(lua, 2);
    return 1;
}

constexpr unsigned bit_of(Hook hook) {
    return 1U << static_cast<unsigned>(hook);
}
constexpr unsigned kEverywhere = ~0U;
// `price` and guards give the same for the same facts, whenever they are asked.
constexpr unsigned kGuards = bit_of(Hook::guard_request) | bit_of(Hook::guard_window) | bit_of(Hook::guard_response);
constexpr unsigned kWithCall = ~(bit_of(Hook::price) | kGuards);
constexpr unsigned kRouting = bit_of(Hook::route) | bit_of(Hook::fallback);

struct Offered {
    const char* name;
    lua_CFunction function;
    unsigned hooks;  // a bit for each
};

constexpr std::array kOffered{
    Offered{"log", log, kEverywhere},
    Offered{"now", now, kWithCall},
    Offered{"bucket", bucket, kEverywhere},
    Offered{"hash", hash, kEverywhere},
    Offered{"glob", glob, kEverywhere},
    Offered{"prefix", prefix, kEverywhere},
    Offered{"cidr", cidr, kEverywhere},
    Offered{"money", make_money, kEverywhere},
    Offered{"table", find_data, kEverywhere},
    Offered{"count", count, kEverywhere},
    Offered{"rand", rand_number, kRouting},
    Offered{"provider", provider, kRouting},
};

// Puts aihub.<name>, a table with one function, into the table on top.
void push_module(lua_State* lua, const char* name, const char* function_name, lua_CFunction function) {
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, function);
    lua_setfield(lua, -2, function_name);
    lua_pushfstring(lua, "aihub.%s", name);
    lua_insert(lua, -2);
    make_environment(lua, lua_tolstring(lua, -2, nullptr));
    lua_remove(lua, -2);
    lua_setfield(lua, -2, name);
}

}  // namespace

ScriptHost::ScriptHost(const StateOptions& options, const Bundle& bundle_of_it)
    : Meter(options.limits), bundle(bundle_of_it), log(options.log), counts(options.counts), watch(options.watch) {
    lines_ = watch != nullptr;
}

ScriptHost& ScriptHost::of(lua_State* lua) {
    return static_cast<ScriptHost&>(Meter::of(lua));
}

void ScriptHost::on_line(const char* file, int line) {
    watch->line(file, line);
}

void push_aihub(lua_State* lua, Hook hook) {
    lua_createtable(lua, 0, static_cast<int>(kOffered.size()) + 1);
    for (const auto& offered : kOffered) {
        if ((offered.hooks & bit_of(hook)) != 0) {
            lua_pushcfunction(lua, offered.function);
            lua_setfield(lua, -2, offered.name);
        }
    }
    push_module(lua, "json", "decode", decode_json);
    push_module(lua, "re", "match", match_regex);
    if ((kWithCall & bit_of(hook)) != 0) {
        push_module(lua, "kv", "get", value_of_name);
    }
    lua_pushinteger(lua, static_cast<lua_Integer>(hook));
    lua_pushcclosure(lua, require, 1);
    lua_setfield(lua, -2, "require");
}

void keep_environment(lua_State* lua, Hook hook) {
    push_library(lua);
    push_aihub(lua, hook);
    make_environment(lua, "aihub");
    lua_setfield(lua, -2, "aihub");
    make_environment(lua, nullptr);
    keep_by_hook(lua, kEnvironments, hook);
    lua_createtable(lua, 0, 4);
    keep_by_hook(lua, kModules, hook);
}

void run_file(lua_State* lua, Hook hook, const char* name) {
    const auto* file = ScriptHost::of(lua).bundle.find(name);
    if (file == nullptr || file->is_spec()) {
        luaL_error(lua, "the bundle has no %s", name);
        return;
    }
    lua_pushfstring(lua, "@%s", name);
    if (luaL_loadbufferx(lua, file->text.data(), file->text.size(), lua_tolstring(lua, -1, nullptr), "t") != 0) {
        lua_error(lua);
    }
    push_by_hook(lua, kEnvironments, hook);
    lua_setfenv(lua, -2);
    lua_call(lua, 0, 1);
    lua_remove(lua, -2);
}

}  // namespace aihub::policy
