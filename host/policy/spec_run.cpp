#include "policy/spec_run.hpp"

#include "policy/library.hpp"
#include "policy/meter.hpp"
#include "policy/money_library.hpp"
#include "policy/policy_state.hpp"
#include "policy/price_check.hpp"
#include "policy/spec_facts.hpp"

#include <lua.hpp>

#include <algorithm>
#include <optional>

namespace aihub::policy {

namespace {

constexpr std::chrono::seconds kSpecTime{10};  // of processor, for all specs of a bundle
constexpr std::uint64_t kSpecSteps = 20'000'000;
// Watching lines takes its time; the steps, which are the budget proper, stay as they are.
constexpr std::chrono::seconds kWatchedTime{5};
constexpr std::size_t kResultsMax = 10'000;
constexpr std::size_t kFailureBytesMax = 2048;

// describe, it, expect and aihub.test.property. `record`, `seed` and `draw` are the host's.
constexpr std::string_view kPrelude = R"LUA(
local record, seed, draw = ...
local path = {}

local function describe(name, body)
    path[#path + 1] = tostring(name)
    body()
    path[#path] = nil
end

local function it(name, body)
    local passed, why = pcall(body)
    path[#path + 1] = tostring(name)
    record(table.concat(path, ", "), passed, tostring(why))
    path[#path] = nil
end

local function show(value)
    if type(value) == "userdata" then
        return ('aihub.money("%s")'):format(tostring(value))
    end
    if type(value) ~= "table" then
        return type(value) == "string" and ("%q"):format(value) or tostring(value)
    end
    local parts = {}
    for key, member in pairs(value) do
        parts[#parts + 1] = (type(key) == "number" and "" or tostring(key) .. " = ") .. show(member)
    end
    return "{ " .. table.concat(parts, ", ") .. " }"
end

local function same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then
        return a == b
    end
    for key, member in pairs(a) do
        if not same(member, b[key]) then return false end
    end
    for key in pairs(b) do
        if a[key] == nil then return false end
    end
    return true
end

local function expect(value)
    local function check(holds, what, wanted)
        if not holds then
            error("expected " .. what .. show(wanted) .. ", got " .. show(value), 3)
        end
    end
    return {
        to_be = function(wanted) check(value == wanted, "", wanted) end,
        not_to_be = function(wanted) check(value ~= wanted, "anything but ", wanted) end,
        to_equal = function(wanted) check(same(value, wanted), "", wanted) end,
        to_fail_with = function(part)
            local passed, why = pcall(value)
            value = passed and "no error" or tostring(why)
            check(not passed and value:find(part, 1, true) ~= nil, "an error with ", part)
        end,
    }
end

local rounds = 100

-- Small and large ones, and zero.
local function any_count()
    return draw(10 ^ draw(7))
end

local function any_usage(fields)
    local input, output = any_count(), any_count()
    local read = draw(input + 1)
    local write = draw(input - read + 1)
    local usage = {
        model = "m", provider = "p", operation = "chat_completions", requests = 1,
        input_tokens = input, output_tokens = output, cache_read_tokens = read, cache_write_tokens = write,
        cache_write_1h_tokens = draw(write + 1), reasoning_tokens = draw(output + 1),
    }
    for name, value in pairs(fields or {}) do usage[name] = value end
    return usage
end

local function property(name, body)
    it(name, function()
        for round = 1, rounds do
            seed(round)
            local last
            local generator = {
                whole = function(least, most) return least + draw(most - least + 1) end,
                pick = function(list) return list[1 + draw(#list)] end,
                usage = function(fields)
                    last = any_usage(fields)
                    return last
                end,
                usage_more_than_last = function()
                    local more = {}
                    for key, value in pairs(last or any_usage()) do more[key] = value end
                    more.input_tokens = more.input_tokens + any_count()
                    more.output_tokens = more.output_tokens + any_count() + 1
                    last = more
                    return more
                end,
            }
            local passed, why = pcall(body, generator)
            if not passed then
                error("round " .. round .. " of " .. rounds .. ": " .. tostring(why), 0)
            end
        end
    end)
end

return describe, it, expect, property
)LUA";

StateLimits spec_limits() {
    StateLimits limits;
    limits.memory_soft_bytes *= 4;
    limits.memory_hard_bytes *= 4;
    return limits;
}

// One spec file and the state that it asks.
class SpecHost final : public Meter {
public:
    SpecHost(const SourceFile& file_of_it, PolicyState& policy_of_it, PriceCheck* prices_of_it, SpecReport& report_to)
        : Meter(spec_limits()), file(file_of_it), policy(policy_of_it), prices(prices_of_it), report(report_to) {}

    static SpecHost& of(lua_State* lua) { return static_cast<SpecHost&>(Meter::of(lua)); }

    const SourceFile& file;
    PolicyState& policy;
    PriceCheck* prices;  // null: the bundle has no prices
    SpecReport& report;
    Random random{1};
    SpecFacts facts;      // of the call that is being made
    std::string failure;  // of it
};

int record(lua_State* lua) {
    auto& host = SpecHost::of(lua);
    if (host.report.results.size() >= kResultsMax) {
        return luaL_error(lua, "more than 10000 specs");
    }
    auto& result = host.report.results.emplace_back();
    result.file = host.file.name;
    result.name = lua_tolstring(lua, 1, nullptr);
    if (lua_toboolean(lua, 2) == 0) {
        result.failure = std::string_view(lua_tolstring(lua, 3, nullptr)).substr(0, kFailureBytesMax);
    }
    return 0;
}

// seed(round): the draws behind it are the same each time.
int seed(lua_State* lua) {
    SpecHost::of(lua).random = Random(static_cast<std::uint64_t>(luaL_checknumber(lua, 1)));
    return 0;
}

// draw(count): 0 to count - 1
int draw(lua_State* lua) {
    constexpr lua_Number kCountMax = 1e15;
    const lua_Number count = luaL_checknumber(lua, 1);
    luaL_argcheck(lua, count >= 1 && count <= kCountMax, 1, "at least one has to be drawn from");
    lua_pushnumber(lua, static_cast<lua_Number>(SpecHost::of(lua).random.below(static_cast<std::size_t>(count))));
    return 1;
}

// Pushes the decision, or leaves the reason in host.failure.
template <class Decision>
bool push_answer(lua_State* lua, SpecHost& host, Hook hook, const Answer<Decision>& answer) {
    auto& most = host.report.steps_most[static_cast<std::size_t>(hook)];
    most = std::max(most, answer.steps);
    if (!answer.decision) {
        host.failure = answer.failure->text();
        return false;
    }
    push_decision(lua, *answer.decision);
    return true;
}

bool push_price(lua_State* lua, SpecHost& host) {
    const auto answer = host.policy.price(host.facts.price);
    if (answer.decision && host.prices != nullptr) {
        host.prices->vary(host.facts.price);
    }
    return push_answer(lua, host, Hook::price, answer);
}

bool ask(lua_State* lua, SpecHost& host, Hook hook) {
    auto& policy = host.policy;
    const auto& call = host.facts.call;
    switch (hook) {
        case Hook::admit:
            return push_answer(lua, host, hook, policy.admit(call));
        case Hook::experiment:
            return push_answer(lua, host, hook, policy.experiment(call));
        case Hook::route:
            return push_answer(lua, host, hook, policy.route(call));
        case Hook::fallback:
            return push_answer(lua, host, hook, policy.fallback(call, host.facts.attempt));
        case Hook::label:
            return push_answer(lua, host, hook, policy.label(call, host.facts.outcome));
        case Hook::price:
            return push_price(lua, host);
        case Hook::guard_request:
        case Hook::guard_window:
        case Hook::guard_response:
            return push_answer(lua, host, hook, policy.guard(hook, host.facts.guarded));
    }
    return false;
}

// Of the arguments of aihub.test.<hook>.
void read_facts(lua_State* lua, Hook hook, SpecFacts& facts) {
    switch (hook) {
        case Hook::price:
            read_price(lua, 1, 2, facts);
            return;
        case Hook::guard_request:
        case Hook::guard_window:
        case Hook::guard_response:
            read_guarded(lua, 1, facts);
            return;
        case Hook::fallback:
            read_attempt(lua, 2, facts);
            break;
        case Hook::label:
            read_outcome(lua, 2, facts);
            break;
        default:
            break;
    }
    read_call(lua, 1, facts);
}

// aihub.test.route(facts), aihub.test.fallback(facts, failed) ... Upvalue: the hook.
int test_hook(lua_State* lua) {
    const auto hook = static_cast<Hook>(lua_tointeger(lua, lua_upvalueindex(1)));
    auto& host = SpecHost::of(lua);
    host.facts = SpecFacts();
    if (lua_isnoneornil(lua, 1)) {
        lua_settop(lua, 0);
        lua_createtable(lua, 0, 0);
    }
    read_facts(lua, hook, host.facts);
    if (!ask(lua, host, hook)) {
        return luaL_error(lua, "%s", host.failure.c_str());
    }
    return 1;
}

// Puts describe, it and expect into the table on top, and leaves `property` above it.
void add_prelude(lua_State* lua) {
    if (luaL_loadbufferx(lua, kPrelude.data(), kPrelude.size(), "=specs", "t") != 0) {
        lua_error(lua);
    }
    lua_pushvalue(lua, -2);
    lua_setfenv(lua, -2);
    lua_pushcfunction(lua, record);
    lua_pushcfunction(lua, seed);
    lua_pushcfunction(lua, draw);
    lua_call(lua, 3, 4);
    lua_insert(lua, -4);
    lua_setfield(lua, -5, "expect");
    lua_setfield(lua, -4, "it");
    lua_setfield(lua, -3, "describe");
}

// `property` is on top, and goes; the table that gets `aihub` is below it.
void add_aihub(lua_State* lua) {
    lua_createtable(lua, 0, 2);
    lua_pushcfunction(lua, make_money);
    lua_setfield(lua, -2, "money");
    lua_createtable(lua, 0, static_cast<int>(kHooks.size()) + 1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "property");
    for (const auto hook : kHooks) {
        lua_pushinteger(lua, static_cast<lua_Integer>(hook));
        lua_pushcclosure(lua, test_hook, 1);
        lua_setfield(lua, -2, hook_name(hook).data());
    }
    make_environment(lua, "aihub.test");
    lua_setfield(lua, -2, "test");
    make_environment(lua, "aihub");
    lua_setfield(lua, -3, "aihub");
    lua_pop(lua, 1);
}

int run_protected(lua_State* lua) {
    (void)luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    open_library(lua);
    push_library(lua);
    add_prelude(lua);
    add_aihub(lua);
    make_environment(lua, nullptr);
    const auto& file = SpecHost::of(lua).file;
    lua_pushfstring(lua, "@%s", file.name.c_str());
    if (luaL_loadbufferx(lua, file.text.data(), file.text.size(), lua_tolstring(lua, -1, nullptr), "t") != 0) {
        lua_error(lua);
    }
    lua_pushvalue(lua, -3);
    lua_setfenv(lua, -2);
    lua_call(lua, 0, 0);
    return 0;
}

// Why the file as a whole failed; empty when it did not.
std::string run_file(SpecHost& host, std::chrono::nanoseconds time) {
    lua_State* lua = lua_newstate(&Meter::allocate, static_cast<Meter*>(&host));
    if (lua == nullptr) {
        return "no memory for a state of the interpreter";
    }
    host.begin(lua, {kSpecSteps, std::chrono::ceil<std::chrono::microseconds>(time)});
    const int status = lua_cpcall(lua, run_protected, nullptr);
    host.end();
    std::string failure;
    if (host.stopped()) {
        failure = std::string(host.stopped_file()) + ":" + std::to_string(host.stopped_line()) +
                  ": the spec was stopped, over its limit of " + std::string(fault_name(*host.stopped()));
    } else if (status != 0) {
        failure =
            lua_type(lua, -1) == LUA_TSTRING ? lua_tolstring(lua, -1, nullptr) : "an error was raised that is no text";
    }
    lua_close(lua);
    return failure;
}

// `lines` is null where nobody watches.
StateOptions spec_options(SeenLines* lines) {
    StateOptions options;
    options.watch = lines;
    options.limits.load.cpu_max = kWatchedTime;
    for (auto& budget : options.budgets) {
        budget.cpu_max = kWatchedTime;
    }
    return options;
}

}  // namespace

bool SpecReport::passed() const {
    return std::ranges::all_of(results, [](const SpecResult& result) { return result.failure.empty(); });
}

Result<SpecReport> run_specs(const std::shared_ptr<const Bundle>& bundle) {
    SpecReport report;
    SeenLines lines;
    std::unique_ptr<PolicyState> price_policy;
    std::optional<PriceCheck> prices;
    if (bundle->find("price.lua") != nullptr) {
        price_policy = AIHUB_TRY(PolicyState::open(bundle, spec_options(nullptr)));
        prices.emplace(*price_policy, bundle->manifest().splitting_is_checked);
    }
    const auto end = thread_cpu_now() + kSpecTime;
    for (const auto& file : bundle->files()) {
        if (!file.is_spec()) {
            continue;
        }
        const auto left = end - thread_cpu_now();
        if (left <= left.zero()) {
            report.results.push_back(
                {file.name, "(the file)", "not run: the specs of the bundle have used up their time"}
            );
            break;
        }
        const auto policy = AIHUB_TRY(PolicyState::open(bundle, spec_options(&lines)));
        SpecHost host(file, *policy, prices ? &*prices : nullptr, report);
        if (auto failure = run_file(host, left); !failure.empty()) {
            report.results.push_back({file.name, "(the file)", std::move(failure)});
        }
    }
    if (report.results.empty()) {
        return Error{
            Errc::invalid_request,
            "bundle " + bundle->name() +
                " has no specs; write route_spec.lua beside route.lua: " + "docs/policies/README.md shows how"};
    }
    for (auto& finding : prices ? prices->findings() : std::vector<PriceCheck::Finding>()) {
        report.results.push_back({"price.lua", std::string(finding.property), std::move(finding.failure)});
    }
    report.coverage = AIHUB_TRY(lines.coverage(*bundle));
    return report;
}

std::string text_report(const SpecReport& report) {
    std::string out;
    std::size_t failed = 0;
    for (const auto& result : report.results) {
        if (!result.failure.empty()) {
            ++failed;
            out += "FAILED " + result.file + ": " + result.name + "\n  " + result.failure + "\n";
        }
    }
    out += text_of(report.coverage);
    for (const auto hook : kHooks) {
        const auto index = static_cast<std::size_t>(hook);
        if (report.steps_most[index] > 0) {
            out += std::string(hook_name(hook)) + ": at most " + std::to_string(report.steps_most[index]) + " of " +
                   std::to_string(default_budget(hook).steps_max) + " steps\n";
        }
    }
    return out + std::to_string(report.results.size() - failed) + " passed, " + std::to_string(failed) + " failed\n";
}

}  // namespace aihub::policy
