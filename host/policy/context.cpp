#include "policy/library.hpp"
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

void push(lua_State* lua, std::string_view text) {
    lua_pushlstring(lua, text.data(), text.size());
}

void push(lua_State* lua, bool flag) {
    lua_pushboolean(lua, flag ? 1 : 0);
}

void push(lua_State* lua, std::int64_t number) {
    lua_pushnumber(lua, static_cast<lua_Number>(number));
}

void push(lua_State* lua, double number) {
    lua_pushnumber(lua, number);
}

void push(lua_State* lua, std::span<const TextPair> pairs);

template <class Value>
void set(lua_State* lua, std::string_view name, const Value& value) {
    push(lua, name);
    push(lua, value);
    lua_rawset(lua, -3);
}

void push(lua_State* lua, std::span<const TextPair> pairs) {
    lua_createtable(lua, 0, static_cast<int>(pairs.size()));
    for (const auto& [name, value] : pairs) {
        set(lua, name, value);
    }
}

void push(lua_State* lua, std::span<const CandidateFacts> candidates) {
    lua_createtable(lua, static_cast<int>(candidates.size()), 0);
    int at = 0;
    for (const auto& candidate : candidates) {
        lua_createtable(lua, 0, 4);
        set(lua, "provider", candidate.provider);
        set(lua, "model", candidate.model);
        set(lua, "region", candidate.region);
        set(lua, "weight", candidate.weight);
        lua_rawseti(lua, -2, ++at);
    }
}

const CallFacts& running(lua_State* lua) {
    const auto* facts = ScriptHost::of(lua).facts;
    if (facts == nullptr) {
        luaL_error(lua, "ctx can only be read while a hook runs");
    }
    return *facts;
}

void note_read(const CallFacts& facts, std::size_t place) {
    constexpr std::size_t kNoted = 64;
    if (facts.assignments_read != nullptr && place < kNoted) {
        *facts.assignments_read |= std::uint64_t{1} << place;
    }
}

// ctx.assignments.name: that an arm was looked at is what makes the call count for the experiment. A script may have
// kept the table; what counts is the call that runs.
int assignment_of(lua_State* lua) {
    ScriptHost::of(lua).charge(kStepsPerField);
    const auto& facts = running(lua);
    std::size_t size = 0;
    const char* text = lua_type(lua, 2) == LUA_TSTRING ? lua_tolstring(lua, 2, &size) : "";
    const auto found = std::ranges::find(facts.assignments, std::string_view(text, size), &TextPair::first);
    if (found == facts.assignments.end()) {
        lua_pushnil(lua);
        return 1;
    }
    note_read(facts, static_cast<std::size_t>(found - facts.assignments.begin()));
    push(lua, found->second);
    return 1;
}

// What `pairs` visits.
int all_assignments(lua_State* lua) {
    const auto& facts = running(lua);
    ScriptHost::of(lua).charge(kStepsPerField * (facts.assignments.size() + 1));
    for (std::size_t place = 0; place < facts.assignments.size(); ++place) {
        note_read(facts, place);
    }
    push(lua, facts.assignments);
    return 1;
}

int refuse_write(lua_State* lua) {
    return luaL_error(lua, "ctx cannot be changed; return what you decide");
}

void push_assignments(lua_State* lua) {
    lua_createtable(lua, 0, 0);
    if (luaL_newmetatable(lua, "assignments") != 0) {
        lua_pushcfunction(lua, assignment_of);
        lua_setfield(lua, -2, "__index");
        lua_pushcfunction(lua, refuse_write);
        lua_setfield(lua, -2, "__newindex");
        lua_pushcfunction(lua, all_assignments);
        lua_setfield(lua, -2, kVisited);
        lua_pushboolean(lua, 0);
        lua_setfield(lua, -2, "__metatable");
    }
    lua_setmetatable(lua, -2);
}

// ctx.name. The values are made when they are asked for: a script reads few of them.
int field_of(lua_State* lua) {
    auto& host = ScriptHost::of(lua);
    host.charge(kStepsPerField);
    const auto& facts = running(lua);
    std::size_t size = 0;
    const char* text = lua_type(lua, 2) == LUA_TSTRING ? lua_tolstring(lua, 2, &size) : "";
    const auto* found = std::ranges::lower_bound(kFields, std::string_view(text, size), {}, &Field::name);
    if (found == kFields.end() || found->name != std::string_view(text, size)) {
        return luaL_error(lua, "ctx has no field \"%s\"; docs/policies/README.md lists them", text);
    }
    if (found->name == "assignments") {
        push_assignments(lua);
        return 1;
    }
    std::visit([&](auto member) { push(lua, facts.*member); }, found->member);
    return 1;
}

// Upvalue: "usage", "quote" or "given".
int refuse_unknown(lua_State* lua) {
    const char* name = lua_type(lua, 2) == LUA_TSTRING ? lua_tolstring(lua, 2, nullptr) : luaL_typename(lua, 2);
    return luaL_error(
        lua,
        "%s has no field \"%s\"; docs/policies/README.md lists them",
        lua_tolstring(lua, lua_upvalueindex(1), nullptr),
        name
    );
}

// Gives the table on top of the stack a metatable for which a misspelt name is an error: nil would pass for
// false, or become a price of 0.
void refuse_unknown_fields(lua_State* lua, const char* what) {
    if (luaL_newmetatable(lua, what) != 0) {
        lua_pushstring(lua, what);
        lua_pushcclosure(lua, refuse_unknown, 1);
        lua_setfield(lua, -2, "__index");
        lua_pushboolean(lua, 0);
        lua_setfield(lua, -2, "__metatable");
    }
    lua_setmetatable(lua, -2);
}

}  // namespace

void push_context(lua_State* lua) {
    lua_newuserdata(lua, 1);
    lua_createtable(lua, 0, 3);
    lua_pushcfunction(lua, field_of);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_write);
    lua_setfield(lua, -2, "__newindex");
    lua_pushboolean(lua, 0);
    lua_setfield(lua, -2, "__metatable");
    lua_setmetatable(lua, -2);
}

void push_attempt(lua_State* lua, const AttemptFacts& attempt) {
    lua_createtable(lua, 0, 5);
    set(lua, "provider", attempt.provider);
    set(lua, "model", attempt.model);
    set(lua, "kind", attempt.kind);
    set(lua, "status", attempt.status);
    set(lua, "attempts", attempt.attempts);
    refuse_unknown_fields(lua, "failed");
}

void push_outcome(lua_State* lua, const OutcomeFacts& outcome) {
    lua_createtable(lua, 0, 7);
    set(lua, "provider", outcome.provider);
    set(lua, "model", outcome.model);
    set(lua, "error_kind", outcome.error_kind);
    set(lua, "status", outcome.status);
    set(lua, "input_tokens", outcome.input_tokens);
    set(lua, "output_tokens", outcome.output_tokens);
    set(lua, "duration_ms", outcome.duration_ms);
    refuse_unknown_fields(lua, "outcome");
}

void push_price(lua_State* lua, const PriceFacts& facts) {
    const auto& usage = facts.usage;
    lua_createtable(lua, 0, 14);
    set(lua, "provider", usage.provider);
    set(lua, "model", usage.model);
    set(lua, "operation", usage.operation);
    set(lua, "known", usage.known);
    set(lua, "requests", usage.requests);
    set(lua, "input_tokens", usage.input_tokens);
    set(lua, "output_tokens", usage.output_tokens);
    set(lua, "cache_read_tokens", usage.cache_read_tokens);
    set(lua, "cache_write_tokens", usage.cache_write_tokens);
    set(lua, "cache_write_1h_tokens", usage.cache_write_1h_tokens);
    set(lua, "reasoning_tokens", usage.reasoning_tokens);
    set(lua, "audio_tokens", usage.audio_tokens);
    set(lua, "audio_ms", usage.audio_ms);
    if (usage.images >= 0) {  // Else it is not known, and asking for it is an error.
        set(lua, "images", usage.images);
    }
    refuse_unknown_fields(lua, "usage");
    const auto& quote = facts.quote;
    lua_createtable(lua, 0, 9);
    set(lua, "organization", quote.organization);
    set(lua, "team", quote.team);
    set(lua, "user", quote.user);
    set(lua, "key", quote.key);
    set(lua, "model", quote.model);
    set(lua, "currency", quote.currency);
    set(lua, "started_at", quote.started_at);
    set(lua, "tags", quote.tags);
    set(lua, "assignments", quote.assignments);
    refuse_unknown_fields(lua, "quote");
}

void push_guarded(lua_State* lua, const GuardFacts& facts) {
    lua_createtable(lua, 0, 4);
    set(lua, "text", facts.text);
    set(lua, "offset", facts.offset);
    set(lua, "last", facts.last);
    set(lua, "labels", facts.labels);
    refuse_unknown_fields(lua, "given");
}

void push_provider(lua_State* lua, const ProviderFacts& provider) {
    lua_createtable(lua, 0, 8);
    set(lua, "name", provider.name);
    set(lua, "region", provider.region);
    set(lua, "healthy", provider.healthy);
    set(lua, "error_rate", provider.error_rate);
    set(lua, "latency_ms", provider.latency_ms);
    set(lua, "price_input", provider.price_input);
    set(lua, "price_output", provider.price_output);
    set(lua, "in_flight", provider.in_flight);
    refuse_unknown_fields(lua, "provider");
}

}  // namespace aihub::policy
