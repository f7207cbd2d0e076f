#include "policy/spec_facts.hpp"

#include "policy/money_library.hpp"

#include <lua.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace aihub::policy {

namespace {

// A member of a table that is read: its name, and where its value goes.
struct Wanted {
    std::string_view name;
    int type;
    void (*read)(lua_State* lua, void* to);  // the value is on top
    void* to;
};

std::string_view text_at(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* text = lua_tolstring(lua, index, &size);
    return {text, size};
}

Wanted wanted(std::string_view name, std::string_view& to) {
    return {
        name,
        LUA_TSTRING,
        [](lua_State* lua, void* at) { *static_cast<std::string_view*>(at) = text_at(lua, -1); },
        &to};
}

Wanted wanted(std::string_view name, bool& to) {
    return {
        name,
        LUA_TBOOLEAN,
        [](lua_State* lua, void* at) { *static_cast<bool*>(at) = lua_toboolean(lua, -1) != 0; },
        &to};
}

Wanted wanted(std::string_view name, std::int64_t& to) {
    return {
        name,
        LUA_TNUMBER,
        [](lua_State* lua, void* at) {
            *static_cast<std::int64_t*>(at) = static_cast<std::int64_t>(lua_tonumber(lua, -1));
        },
        &to};
}

Wanted wanted(std::string_view name, double& to) {
    return {
        name, LUA_TNUMBER, [](lua_State* lua, void* at) { *static_cast<double*>(at) = lua_tonumber(lua, -1); }, &to};
}

Wanted wanted(std::string_view name, WallTime& to) {
    return {
        name,
        LUA_TNUMBER,
        [](lua_State* lua, void* at) {
            const std::chrono::duration<double> since(lua_tonumber(lua, -1));
            *static_cast<WallTime*>(at) = WallTime(std::chrono::duration_cast<WallTime::duration>(since));
        },
        &to};
}

// Reads what the table on top has of `all`; anything else in it is an error.
template <std::size_t Count>
void read_members(lua_State* lua, const Wanted (&all)[Count]) {
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        const auto name = lua_type(lua, -2) == LUA_TSTRING ? text_at(lua, -2) : std::string_view("(number)");
        const Wanted* found = nullptr;
        for (const auto& one : all) {
            found = one.name == name ? &one : found;
        }
        if (found == nullptr) {
            luaL_error(lua, "the facts of a call have no \"%s\"; docs/policies/README.md lists them", name.data());
            return;
        }
        if (lua_type(lua, -1) != found->type) {
            luaL_error(lua, "%s has to be a %s", name.data(), lua_typename(lua, found->type));
        }
        found->read(lua, found->to);
        lua_pop(lua, 1);
    }
}

Wanted wanted(std::string_view name, std::vector<TextPair>& to) {
    return {
        name,
        LUA_TTABLE,
        [](lua_State* lua, void* at) {
            lua_pushnil(lua);
            while (lua_next(lua, -2) != 0) {
                if (lua_type(lua, -1) != LUA_TSTRING || lua_type(lua, -2) != LUA_TSTRING) {
                    luaL_error(lua, "headers, tags, assignments, labels and kv have to be strings by names");
                }
                static_cast<std::vector<TextPair>*>(at)->emplace_back(text_at(lua, -2), text_at(lua, -1));
                lua_pop(lua, 1);
            }
        },
        &to};
}

Wanted wanted(std::string_view name, std::vector<CandidateFacts>& to) {
    return {
        name,
        LUA_TTABLE,
        [](lua_State* lua, void* at) {
            lua_getfield(lua, -1, "provider");
            luaL_argcheck(lua, lua_isnil(lua, -1), 1, "candidates has to be a list of tables, { { provider = ... } }");
            lua_pop(lua, 1);
            for (int i = 1; i <= static_cast<int>(lua_objlen(lua, -1)); ++i) {
                lua_rawgeti(lua, -1, i);
                luaL_argcheck(lua, lua_istable(lua, -1), 1, "candidates has to be a list of tables");
                auto& candidate = static_cast<std::vector<CandidateFacts>*>(at)->emplace_back();
                read_members(
                    lua,
                    {wanted("provider", candidate.provider),
                     wanted("model", candidate.model),
                     wanted("region", candidate.region),
                     wanted("weight", candidate.weight)}
                );
                lua_pop(lua, 1);
            }
        },
        &to};
}

// By name: { east = { region = "eu" } }
Wanted wanted(std::string_view name, std::vector<ProviderFacts>& to) {
    return {
        name,
        LUA_TTABLE,
        [](lua_State* lua, void* at) {
            lua_pushnil(lua);
            while (lua_next(lua, -2) != 0) {
                luaL_argcheck(
                    lua,
                    lua_istable(lua, -1) && lua_type(lua, -2) == LUA_TSTRING,
                    1,
                    "providers has to hold tables by names: { east = { region = \"eu\" } }"
                );
                auto& provider = static_cast<std::vector<ProviderFacts>*>(at)->emplace_back();
                provider.name = text_at(lua, -2);
                read_members(
                    lua,
                    {wanted("region", provider.region),
                     wanted("healthy", provider.healthy),
                     wanted("error_rate", provider.error_rate),
                     wanted("latency_ms", provider.latency_ms),
                     wanted("price_input", provider.price_input),
                     wanted("price_output", provider.price_output),
                     wanted("in_flight", provider.in_flight)}
                );
                lua_pop(lua, 1);
            }
        },
        &to};
}

void set(lua_State* lua, const char* name, std::string_view text) {
    lua_pushlstring(lua, text.data(), text.size());
    lua_setfield(lua, -2, name);
}

void push_candidate(lua_State* lua, const Candidate& candidate) {
    lua_createtable(lua, 0, 5);
    set(lua, "provider", candidate.provider);
    set(lua, "model", candidate.model);
    lua_pushnumber(lua, candidate.weight);
    lua_setfield(lua, -2, "weight");
    if (candidate.timeout) {
        lua_pushnumber(lua, static_cast<lua_Number>(candidate.timeout->count()));
        lua_setfield(lua, -2, "timeout_ms");
    }
    if (candidate.retries) {
        lua_pushinteger(lua, *candidate.retries);
        lua_setfield(lua, -2, "retries");
    }
}

void push_flag(lua_State* lua, const char* name, bool flag) {
    lua_pushboolean(lua, flag ? 1 : 0);
    lua_setfield(lua, -2, name);
}

}  // namespace

void read_call(lua_State* lua, int index, SpecFacts& facts) {
    luaL_checktype(lua, index, LUA_TTABLE);
    lua_pushvalue(lua, index);
    auto& call = facts.call;
    call.request_id = "spec";
    read_members(
        lua,
        {wanted("request_id", call.request_id),
         wanted("organization", call.organization),
         wanted("team", call.team),
         wanted("user", call.user),
         wanted("key", call.key),
         wanted("session", call.session),
         wanted("model", call.model),
         wanted("dialect", call.dialect),
         wanted("region", call.region),
         wanted("language", call.language),
         wanted("stream", call.stream),
         wanted("has_tools", call.has_tools),
         wanted("has_images", call.has_images),
         wanted("message_count", call.message_count),
         wanted("input_tokens", call.input_tokens),
         wanted("output_tokens_max", call.output_tokens_max),
         wanted("longest_text_bytes", call.longest_text_bytes),
         wanted("attempt", call.attempt),
         wanted("headers", facts.headers),
         wanted("tags", facts.tags),
         wanted("assignments", facts.assignments),
         wanted("candidates", facts.candidates),
         wanted("providers", facts.providers),
         wanted("kv", facts.values),
         wanted("now", call.now)}
    );
    lua_pop(lua, 1);
    call.headers = facts.headers;
    call.tags = facts.tags;
    call.assignments = facts.assignments;
    std::ranges::sort(facts.values);
    call.values = facts.values;
    call.candidates = facts.candidates;
    call.providers = facts.providers;
}

void SpecFacts::clear() {
    call = CallFacts();
    attempt = AttemptFacts();
    outcome = OutcomeFacts();
    price = PriceFacts();
    headers.clear();
    tags.clear();
    assignments.clear();
    candidates.clear();
    providers.clear();
    values.clear();
}

void read_attempt(lua_State* lua, int index, SpecFacts& facts) {
    luaL_checktype(lua, index, LUA_TTABLE);
    lua_pushvalue(lua, index);
    read_members(
        lua,
        {wanted("provider", facts.attempt.provider),
         wanted("model", facts.attempt.model),
         wanted("kind", facts.attempt.kind),
         wanted("status", facts.attempt.status),
         wanted("attempts", facts.attempt.attempts)}
    );
    lua_pop(lua, 1);
}

void read_outcome(lua_State* lua, int index, SpecFacts& facts) {
    luaL_checktype(lua, index, LUA_TTABLE);
    lua_pushvalue(lua, index);
    read_members(
        lua,
        {wanted("provider", facts.outcome.provider),
         wanted("model", facts.outcome.model),
         wanted("error_kind", facts.outcome.error_kind),
         wanted("status", facts.outcome.status),
         wanted("input_tokens", facts.outcome.input_tokens),
         wanted("output_tokens", facts.outcome.output_tokens),
         wanted("duration_ms", facts.outcome.duration_ms)}
    );
    lua_pop(lua, 1);
}

void read_guarded(lua_State* lua, int index, SpecFacts& facts) {
    luaL_checktype(lua, index, LUA_TTABLE);
    lua_pushvalue(lua, index);
    read_members(
        lua,
        {wanted("text", facts.guarded.text),
         wanted("offset", facts.guarded.offset),
         wanted("last", facts.guarded.last),
         wanted("labels", facts.labels)}
    );
    lua_pop(lua, 1);
    facts.guarded.labels = facts.labels;
}

void read_price(lua_State* lua, int usage, int quote, SpecFacts& facts) {
    luaL_checktype(lua, usage, LUA_TTABLE);
    lua_pushvalue(lua, usage);
    auto& used = facts.price.usage;
    read_members(
        lua,
        {wanted("provider", used.provider),
         wanted("model", used.model),
         wanted("operation", used.operation),
         wanted("known", used.known),
         wanted("requests", used.requests),
         wanted("input_tokens", used.input_tokens),
         wanted("output_tokens", used.output_tokens),
         wanted("cache_read_tokens", used.cache_read_tokens),
         wanted("cache_write_tokens", used.cache_write_tokens),
         wanted("cache_write_1h_tokens", used.cache_write_1h_tokens),
         wanted("reasoning_tokens", used.reasoning_tokens),
         wanted("audio_tokens", used.audio_tokens),
         wanted("audio_ms", used.audio_ms),
         wanted("images", used.images)}
    );
    lua_pop(lua, 1);
    auto& quoted = facts.price.quote;
    quoted.currency = "USD";
    if (lua_isnoneornil(lua, quote)) {
        return;
    }
    luaL_checktype(lua, quote, LUA_TTABLE);
    lua_pushvalue(lua, quote);
    read_members(
        lua,
        {wanted("organization", quoted.organization),
         wanted("team", quoted.team),
         wanted("user", quoted.user),
         wanted("key", quoted.key),
         wanted("model", quoted.model),
         wanted("currency", quoted.currency),
         wanted("started_at", quoted.started_at),
         wanted("tags", facts.tags),
         wanted("assignments", facts.assignments)}
    );
    lua_pop(lua, 1);
    quoted.tags = facts.tags;
    quoted.assignments = facts.assignments;
}

void push_decision(lua_State* lua, const AdmitDecision& decision) {
    lua_createtable(lua, 0, 4);
    push_flag(lua, "allow", decision.allow);
    set(lua, "code", decision.code);
    set(lua, "message", decision.message);
    set(lua, "limit_class", decision.limit_class);
}

void push_decision(lua_State* lua, const ExperimentDecision& decision) {
    lua_createtable(lua, 0, static_cast<int>(decision.choices.size()));
    for (const auto& choice : decision.choices) {
        if (choice.arm.empty()) {
            push_flag(lua, choice.experiment.c_str(), choice.eligible);
        } else {
            set(lua, choice.experiment.c_str(), choice.arm);
        }
    }
}

void push_decision(lua_State* lua, const RouteDecision& decision) {
    lua_createtable(lua, 0, 3);
    if (decision.weighted) {
        lua_pushliteral(lua, "weighted");
        lua_setfield(lua, -2, "balance");
    }
    lua_createtable(lua, static_cast<int>(decision.candidates.size()), 0);
    int at = 0;
    for (const auto& candidate : decision.candidates) {
        push_candidate(lua, candidate);
        lua_rawseti(lua, -2, ++at);
    }
    lua_setfield(lua, -2, "candidates");
    lua_createtable(lua, static_cast<int>(decision.transforms.size()), 0);
    at = 0;
    for (const auto& transform : decision.transforms) {
        lua_pushlstring(lua, transform.data(), transform.size());
        lua_rawseti(lua, -2, ++at);
    }
    lua_setfield(lua, -2, "transforms");
}

void push_decision(lua_State* lua, const FallbackDecision& decision) {
    if (decision.next) {
        push_candidate(lua, *decision.next);
        return;
    }
    lua_createtable(lua, 0, 1);
    push_flag(lua, "stop", true);
}

void push_decision(lua_State* lua, const LabelDecision& decision) {
    lua_createtable(lua, 0, static_cast<int>(decision.labels.size()));
    for (const auto& [name, value] : decision.labels) {
        set(lua, name.c_str(), value);
    }
}

void push_decision(lua_State* lua, const PriceDecision& decision) {
    lua_createtable(lua, 0, 3);
    set(lua, "currency", decision.currency);
    push_money(lua, decision.total);
    lua_setfield(lua, -2, "total");
    lua_createtable(lua, static_cast<int>(decision.lines.size()), 0);
    int at = 0;
    for (const auto& line : decision.lines) {
        lua_createtable(lua, 0, 5);
        set(lua, "kind", line.kind);
        lua_pushnumber(lua, static_cast<lua_Number>(line.quantity));
        lua_setfield(lua, -2, "quantity");
        if (line.unit) {
            push_money(lua, *line.unit);
            lua_setfield(lua, -2, "unit");
            lua_pushnumber(lua, static_cast<lua_Number>(line.unit_size));
            lua_setfield(lua, -2, "unit_size");
        }
        push_money(lua, line.amount);
        lua_setfield(lua, -2, "amount");
        lua_rawseti(lua, -2, ++at);
    }
    lua_setfield(lua, -2, "lines");
}

void push_decision(lua_State* lua, const GuardDecision& decision) {
    lua_createtable(lua, 0, 4);
    switch (decision.action) {
        case GuardDecision::Action::pass:
            set(lua, "action", "pass");
            return;
        case GuardDecision::Action::block:
            set(lua, "action", "block");
            set(lua, "code", decision.code);
            set(lua, "message", decision.message);
            return;
        case GuardDecision::Action::redact:
            break;
    }
    set(lua, "action", "redact");
    lua_createtable(lua, static_cast<int>(decision.spans.size()), 0);
    int at = 0;
    for (const auto& span : decision.spans) {
        lua_createtable(lua, 0, 3);
        lua_pushnumber(lua, static_cast<lua_Number>(span.begin + 1));
        lua_setfield(lua, -2, "first");
        lua_pushnumber(lua, static_cast<lua_Number>(span.end));
        lua_setfield(lua, -2, "last");
        set(lua, "with", span.with);
        lua_rawseti(lua, -2, ++at);
    }
    lua_setfield(lua, -2, "spans");
}

}  // namespace aihub::policy
