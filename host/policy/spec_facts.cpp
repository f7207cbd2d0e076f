#include "policy/spec_facts.hpp"

#include <lua.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace aihub::policy {

namespace {

// A member of a table that is read: its name, and where its value goes.
struct Wanted {
    std::string_view name;
    int type;
    void (*read)(lua_State* L, void* to);  // the value is on top
    void* to;
};

std::string_view text_at(lua_State* L, int index) {
    std::size_t size = 0;
    const char* text = lua_tolstring(L, index, &size);
    return {text, size};
}

Wanted wanted(std::string_view name, std::string_view& to) {
    return {
        name, LUA_TSTRING, [](lua_State* L, void* at) { *static_cast<std::string_view*>(at) = text_at(L, -1); }, &to};
}

Wanted wanted(std::string_view name, bool& to) {
    return {
        name, LUA_TBOOLEAN, [](lua_State* L, void* at) { *static_cast<bool*>(at) = lua_toboolean(L, -1) != 0; }, &to};
}

Wanted wanted(std::string_view name, std::int64_t& to) {
    return {
        name,
        LUA_TNUMBER,
        [](lua_State* L, void* at) {
            *static_cast<std::int64_t*>(at) = static_cast<std::int64_t>(lua_tonumber(L, -1));
        },
        &to};
}

Wanted wanted(std::string_view name, double& to) {
    return {name, LUA_TNUMBER, [](lua_State* L, void* at) { *static_cast<double*>(at) = lua_tonumber(L, -1); }, &to};
}

Wanted wanted(std::string_view name, WallTime& to) {
    return {
        name,
        LUA_TNUMBER,
        [](lua_State* L, void* at) {
            const std::chrono::duration<double> since(lua_tonumber(L, -1));
            *static_cast<WallTime*>(at) = WallTime(std::chrono::duration_cast<WallTime::duration>(since));
        },
        &to};
}

// Reads what the table on top has of `all`; anything else in it is an error.
template <std::size_t Count>
void read_members(lua_State* L, const Wanted (&all)[Count]) {
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
        const auto name = lua_type(L, -2) == LUA_TSTRING ? text_at(L, -2) : std::string_view("(number)");
        const Wanted* found = nullptr;
        for (const auto& one : all) {
            found = one.name == name ? &one : found;
        }
        if (found == nullptr) {
            luaL_error(L, "the facts of a call have no \"%s\"; docs/policies/README.md lists them", name.data());
            return;
        }
        if (lua_type(L, -1) != found->type) {
            luaL_error(L, "%s has to be a %s", name.data(), lua_typename(L, found->type));
        }
        found->read(L, found->to);
        lua_pop(L, 1);
    }
}

Wanted wanted(std::string_view name, std::vector<TextPair>& to) {
    return {
        name,
        LUA_TTABLE,
        [](lua_State* L, void* at) {
            lua_pushnil(L);
            while (lua_next(L, -2) != 0) {
                if (lua_type(L, -1) != LUA_TSTRING || lua_type(L, -2) != LUA_TSTRING) {
                    luaL_error(L, "headers, tags and assignments have to be strings by names");
                }
                static_cast<std::vector<TextPair>*>(at)->emplace_back(text_at(L, -2), text_at(L, -1));
                lua_pop(L, 1);
            }
        },
        &to};
}

Wanted wanted(std::string_view name, std::vector<CandidateFacts>& to) {
    return {
        name,
        LUA_TTABLE,
        [](lua_State* L, void* at) {
            for (int i = 1; i <= static_cast<int>(lua_objlen(L, -1)); ++i) {
                lua_rawgeti(L, -1, i);
                luaL_argcheck(L, lua_istable(L, -1), 1, "candidates has to be a list of tables");
                auto& candidate = static_cast<std::vector<CandidateFacts>*>(at)->emplace_back();
                read_members(
                    L,
                    {wanted("provider", candidate.provider),
                     wanted("model", candidate.model),
                     wanted("region", candidate.region),
                     wanted("weight", candidate.weight)}
                );
                lua_pop(L, 1);
            }
        },
        &to};
}

// By name: { east = { region = "eu" } }
Wanted wanted(std::string_view name, std::vector<ProviderFacts>& to) {
    return {
        name,
        LUA_TTABLE,
        [](lua_State* L, void* at) {
            lua_pushnil(L);
            while (lua_next(L, -2) != 0) {
                luaL_argcheck(
                    L,
                    lua_istable(L, -1) && lua_type(L, -2) == LUA_TSTRING,
                    1,
                    "providers has to hold tables by names: { east = { region = \"eu\" } }"
                );
                auto& provider = static_cast<std::vector<ProviderFacts>*>(at)->emplace_back();
                provider.name = text_at(L, -2);
                read_members(
                    L,
                    {wanted("region", provider.region),
                     wanted("healthy", provider.healthy),
                     wanted("error_rate", provider.error_rate),
                     wanted("latency_ms", provider.latency_ms),
                     wanted("price_input", provider.price_input),
                     wanted("price_output", provider.price_output),
                     wanted("in_flight", provider.in_flight)}
                );
                lua_pop(L, 1);
            }
        },
        &to};
}

void set(lua_State* L, const char* name, std::string_view text) {
    lua_pushlstring(L, text.data(), text.size());
    lua_setfield(L, -2, name);
}

void push_candidate(lua_State* L, const Candidate& candidate) {
    lua_createtable(L, 0, 5);
    set(L, "provider", candidate.provider);
    set(L, "model", candidate.model);
    lua_pushnumber(L, candidate.weight);
    lua_setfield(L, -2, "weight");
    if (candidate.timeout) {
        lua_pushnumber(L, static_cast<lua_Number>(candidate.timeout->count()));
        lua_setfield(L, -2, "timeout_ms");
    }
    if (candidate.retries) {
        lua_pushinteger(L, *candidate.retries);
        lua_setfield(L, -2, "retries");
    }
}

void push_flag(lua_State* L, const char* name, bool flag) {
    lua_pushboolean(L, flag ? 1 : 0);
    lua_setfield(L, -2, name);
}

}  // namespace

void read_call(lua_State* L, int index, SpecFacts& facts) {
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushvalue(L, index);
    auto& call = facts.call;
    call.request_id = "spec";
    read_members(
        L,
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
         wanted("now", call.now)}
    );
    lua_pop(L, 1);
    call.headers = facts.headers;
    call.tags = facts.tags;
    call.assignments = facts.assignments;
    call.candidates = facts.candidates;
    call.providers = facts.providers;
}

void read_attempt(lua_State* L, int index, SpecFacts& facts) {
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushvalue(L, index);
    read_members(
        L,
        {wanted("provider", facts.attempt.provider),
         wanted("model", facts.attempt.model),
         wanted("kind", facts.attempt.kind),
         wanted("status", facts.attempt.status),
         wanted("attempts", facts.attempt.attempts)}
    );
    lua_pop(L, 1);
}

void read_outcome(lua_State* L, int index, SpecFacts& facts) {
    luaL_checktype(L, index, LUA_TTABLE);
    lua_pushvalue(L, index);
    read_members(
        L,
        {wanted("provider", facts.outcome.provider),
         wanted("model", facts.outcome.model),
         wanted("error_kind", facts.outcome.error_kind),
         wanted("status", facts.outcome.status),
         wanted("input_tokens", facts.outcome.input_tokens),
         wanted("output_tokens", facts.outcome.output_tokens),
         wanted("duration_ms", facts.outcome.duration_ms)}
    );
    lua_pop(L, 1);
}

void push_decision(lua_State* L, const AdmitDecision& decision) {
    lua_createtable(L, 0, 4);
    push_flag(L, "allow", decision.allow);
    set(L, "code", decision.code);
    set(L, "message", decision.message);
    set(L, "limit_class", decision.limit_class);
}

void push_decision(lua_State* L, const ExperimentDecision& decision) {
    lua_createtable(L, 0, static_cast<int>(decision.choices.size()));
    for (const auto& choice : decision.choices) {
        if (choice.arm.empty()) {
            push_flag(L, choice.experiment.c_str(), choice.eligible);
        } else {
            set(L, choice.experiment.c_str(), choice.arm);
        }
    }
}

void push_decision(lua_State* L, const RouteDecision& decision) {
    lua_createtable(L, 0, 2);
    lua_createtable(L, static_cast<int>(decision.candidates.size()), 0);
    int at = 0;
    for (const auto& candidate : decision.candidates) {
        push_candidate(L, candidate);
        lua_rawseti(L, -2, ++at);
    }
    lua_setfield(L, -2, "candidates");
    lua_createtable(L, static_cast<int>(decision.transforms.size()), 0);
    at = 0;
    for (const auto& transform : decision.transforms) {
        lua_pushlstring(L, transform.data(), transform.size());
        lua_rawseti(L, -2, ++at);
    }
    lua_setfield(L, -2, "transforms");
}

void push_decision(lua_State* L, const FallbackDecision& decision) {
    if (decision.next) {
        push_candidate(L, *decision.next);
        return;
    }
    lua_createtable(L, 0, 1);
    push_flag(L, "stop", true);
}

void push_decision(lua_State* L, const LabelDecision& decision) {
    lua_createtable(L, 0, static_cast<int>(decision.labels.size()));
    for (const auto& [name, value] : decision.labels) {
        set(L, name.c_str(), value);
    }
}

}  // namespace aihub::policy
