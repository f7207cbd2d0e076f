#include "policy/script_host.hpp"

#include <lua.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <variant>

namespace aihub::policy {

namespace {

constexpr std::uint64_t kStepsPerField = 5;

using Member = std::variant<
    std::string_view CallFacts::*,
    bool CallFacts::*,
    std::int64_t CallFacts::*,
    std::span<const TextPair> CallFacts::*,
    std::span<const CandidateFacts> CallFacts::*>;

struct Field {
    std::string_view name;
    Member member;
};

// By name, for the search.
constexpr std::array kFields{
    Field{"assignments", &CallFacts::assignments},
    Field{"attempt", &CallFacts::attempt},
    Field{"candidates", &CallFacts::candidates},
    Field{"dialect", &CallFacts::dialect},
    Field{"has_images", &CallFacts::has_images},
    Field{"has_tools", &CallFacts::has_tools},
    Field{"headers", &CallFacts::headers},
    Field{"input_tokens", &CallFacts::input_tokens},
    Field{"key", &CallFacts::key},
    Field{"language", &CallFacts::language},
    Field{"longest_text_bytes", &CallFacts::longest_text_bytes},
    Field{"message_count", &CallFacts::message_count},
    Field{"model", &CallFacts::model},
    Field{"organization", &CallFacts::organization},
    Field{"output_tokens_max", &CallFacts::output_tokens_max},
    Field{"region", &CallFacts::region},
    Field{"request_id", &CallFacts::request_id},
    Field{"session", &CallFacts::session},
    Field{"stream", &CallFacts::stream},
    Field{"tags", &CallFacts::tags},
    Field{"team", &CallFacts::team},
    Field{"user", &CallFacts::user},
};
static_assert(std::ranges::is_sorted(kFields, {}, &Field::name));

void push(lua_State* L, std::string_view text) {
    lua_pushlstring(L, text.data(), text.size());
}

void push(lua_State* L, bool flag) {
    lua_pushboolean(L, flag ? 1 : 0);
}

void push(lua_State* L, std::int64_t number) {
    lua_pushnumber(L, static_cast<lua_Number>(number));
}

void push(lua_State* L, double number) {
    lua_pushnumber(L, number);
}

template <class Value>
void set(lua_State* L, std::string_view name, const Value& value) {
    push(L, name);
    push(L, value);
    lua_rawset(L, -3);
}

void push(lua_State* L, std::span<const TextPair> pairs) {
    lua_createtable(L, 0, static_cast<int>(pairs.size()));
    for (const auto& [name, value] : pairs) {
        set(L, name, value);
    }
}

void push(lua_State* L, std::span<const CandidateFacts> candidates) {
    lua_createtable(L, static_cast<int>(candidates.size()), 0);
    int at = 0;
    for (const auto& candidate : candidates) {
        lua_createtable(L, 0, 4);
        set(L, "provider", candidate.provider);
        set(L, "model", candidate.model);
        set(L, "region", candidate.region);
        set(L, "weight", candidate.weight);
        lua_rawseti(L, -2, ++at);
    }
}

// ctx.name. The values are made when they are asked for: a script reads few of them.
int field_of(lua_State* L) {
    auto& host = ScriptHost::of(L);
    host.charge(kStepsPerField);
    const auto* facts = host.facts;
    if (facts == nullptr) {
        return luaL_error(L, "ctx can only be read while a hook runs");
    }
    std::size_t size = 0;
    const char* text = lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &size) : "";
    const auto* found = std::ranges::lower_bound(kFields, std::string_view(text, size), {}, &Field::name);
    if (found == kFields.end() || found->name != std::string_view(text, size)) {
        return luaL_error(L, "ctx has no field \"%s\"; docs/policies/README.md lists them", text);
    }
    std::visit([&](auto member) { push(L, facts->*member); }, found->member);
    return 1;
}

int refuse_write(lua_State* L) {
    return luaL_error(L, "ctx cannot be changed; return what you decide");
}

}  // namespace

void push_context(lua_State* L) {
    lua_newuserdata(L, 1);
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, field_of);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
}

void push_attempt(lua_State* L, const AttemptFacts& attempt) {
    lua_createtable(L, 0, 5);
    set(L, "provider", attempt.provider);
    set(L, "model", attempt.model);
    set(L, "kind", attempt.kind);
    set(L, "status", attempt.status);
    set(L, "attempts", attempt.attempts);
}

void push_outcome(lua_State* L, const OutcomeFacts& outcome) {
    lua_createtable(L, 0, 7);
    set(L, "provider", outcome.provider);
    set(L, "model", outcome.model);
    set(L, "error_kind", outcome.error_kind);
    set(L, "status", outcome.status);
    set(L, "input_tokens", outcome.input_tokens);
    set(L, "output_tokens", outcome.output_tokens);
    set(L, "duration_ms", outcome.duration_ms);
}

void push_provider(lua_State* L, const ProviderFacts& provider) {
    lua_createtable(L, 0, 8);
    set(L, "name", provider.name);
    set(L, "region", provider.region);
    set(L, "healthy", provider.healthy);
    set(L, "error_rate", provider.error_rate);
    set(L, "latency_ms", provider.latency_ms);
    set(L, "price_input", provider.price_input);
    set(L, "price_output", provider.price_output);
    set(L, "in_flight", provider.in_flight);
}

}  // namespace aihub::policy
