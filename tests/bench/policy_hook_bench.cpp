// What asking a policy costs, with all limits armed: P9 is `route` of a policy that looks at its candidates.
#include "policy/policy_state.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <memory>
#include <string>

namespace aihub::policy {
namespace {

std::unique_ptr<PolicyState> state_of(const std::string& file, const std::string& source) {
    auto bundle = Bundle::make("bench", {{file, source}});
    return *PolicyState::open(std::make_shared<const Bundle>(*std::move(bundle)), StateOptions());
}

constexpr std::array kCandidates{
    CandidateFacts{"east", "m", "eu", 1}, CandidateFacts{"west", "m", "us", 1}, CandidateFacts{"north", "m", "eu", 1}};
constexpr std::array kTags{TextPair{"tier", "gold"}};

CallFacts facts() {
    CallFacts call;
    call.request_id = "req_0123456789";
    call.organization = "acme";
    call.model = "fast";
    call.input_tokens = 1200;
    call.tags = kTags;
    call.candidates = kCandidates;
    return call;
}

void ask_route(benchmark::State& state, const std::string& source) {
    auto policy = state_of("route.lua", source);
    const auto call = facts();
    std::uint64_t failures = 0;
    for (auto _ : state) {
        const auto answer = policy->route(call);
        failures += answer.decision ? 0 : 1;
        benchmark::DoNotOptimize(answer);
    }
    state.counters["failures"] = static_cast<double>(failures);
}

// A fixed answer: what the call itself costs.
void route_fixed(benchmark::State& state) {
    ask_route(
        state, "local d = { candidates = { { provider = 'p', model = 'm' } } }\nreturn function(ctx) return d end"
    );
}
BENCHMARK(route_fixed);

// A few fields and a choice, as most policies are.
void route_choice(benchmark::State& state) {
    ask_route(
        state,
        "local gold = { candidates = { { provider = 'a', model = 'm' }, { provider = 'b', model = 'm' } } }\n"
        "local rest = { candidates = { { provider = 'b', model = 'm' } } }\n"
        "return function(ctx)\n"
        "  if ctx.organization == 'acme' and ctx.input_tokens < 8000 then return gold end\n"
        "  return rest\nend"
    );
}
BENCHMARK(route_choice);

// scripts/data_residency: a list is made of a list.
void route_filter(benchmark::State& state) {
    ask_route(
        state,
        "return function(ctx)\n"
        "  local inside = {}\n"
        "  for _, candidate in ipairs(ctx.candidates) do\n"
        "    if aihub.prefix(candidate.region, 'eu') then inside[#inside + 1] = candidate end\n"
        "  end\n"
        "  return { candidates = inside }\nend"
    );
}
BENCHMARK(route_filter);

void admit(benchmark::State& state) {
    auto policy = state_of(
        "admit.lua", "return function(ctx) return { allow = ctx.input_tokens < 8000, limit_class = ctx.tags.tier } end"
    );
    const auto call = facts();
    for (auto _ : state) {
        benchmark::DoNotOptimize(policy->admit(call));
    }
}
BENCHMARK(admit);

// A million turns of a loop: what the counting of steps costs.
void loop(benchmark::State& state) {
    StateOptions options;
    options.budgets.fill({1'000'000'000, std::chrono::seconds(10)});
    auto bundle = Bundle::make(
        "bench", {{"label.lua", "return function() local n = 0 for i = 1, 1e6 do n = n + i end return {} end"}}
    );
    auto policy = *PolicyState::open(std::make_shared<const Bundle>(*std::move(bundle)), options);
    for (auto _ : state) {
        benchmark::DoNotOptimize(policy->label({}, {}));
    }
}
BENCHMARK(loop)->Unit(benchmark::kMillisecond);

// A script over its limit: the stop and the new state.
void stop_and_rebuild(benchmark::State& state) {
    auto policy = state_of("route.lua", "return function() while true do end end");
    for (auto _ : state) {
        benchmark::DoNotOptimize(policy->route({}));
    }
}
BENCHMARK(stop_and_rebuild)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace aihub::policy
