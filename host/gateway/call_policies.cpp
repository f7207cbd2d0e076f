#include "gateway/call_policies.hpp"

#include "dialect/request_needs.hpp"
#include "gateway/caller.hpp"
#include "gateway/worker.hpp"

#include <algorithm>
#include <utility>

namespace aihub::gateway {

namespace {

constexpr std::uint64_t kBuckets = 10000;
// What is counted of a request's texts: more would hold the loop for milliseconds.
constexpr std::uint64_t kCountedBytesMax = 1U << 20U;

std::string_view unit_of(const Caller& caller, const Call& call) {
    for (const auto each : {caller.user, caller.key, caller.session}) {
        if (!each.empty()) {
            return each;
        }
    }
    return call.request_id;
}

// Whether the canary's share holds the caller. Who is in stays in while the share grows.
bool in_canary(const policy::PolicySet& set, std::string_view unit) {
    const auto text = set.candidate.bundle->hash() + ":canary:" + std::string(unit);
    return policy::sha256_number(text) % kBuckets < set.canary_buckets;
}

// Finds the bundle that decides and the one beside it.
void choose(CallPolicies& policies, std::string_view unit) {
    const auto& pinned = *policies.pinned;
    policies.bundle = pinned.active.get();
    if (pinned.candidate == nullptr) {
        return;
    }
    if (pinned.set->stage == policy::Stage::shadow) {
        policies.shadow = pinned.candidate.get();
    } else if (in_canary(*pinned.set, unit)) {
        policies.bundle = pinned.candidate.get();
    }
}

void show_request(const Call& call, policy::CallFacts& facts) {
    facts.request_id = call.request_id;
    facts.model = call.model;
    const auto format = operation_format(call.operation);
    facts.dialect = format.substr(0, format.find('.'));
    facts.stream = call.stream;
    if (call.members.empty()) {
        return;
    }
    auto needs = dialect::ask_needs(call.members);
    dialect::count_texts(call.members, needs, kCountedBytesMax);
    const auto* known = call.state->shared->config->model_table.find(call.model);
    const auto family = known == nullptr ? model::TokenizerFamily::other : known->tokenizer;
    facts.has_tools = needs.tools;
    facts.has_images = needs.image;
    facts.message_count = static_cast<std::int64_t>(needs.messages);
    facts.longest_text_bytes = static_cast<std::int64_t>(needs.longest_text);
    facts.input_tokens = static_cast<std::int64_t>(needs.estimated_input(family));
    facts.output_tokens_max = static_cast<std::int64_t>(needs.output_tokens);
}

void show_headers(const Call& call, CallPolicies& policies) {
    for (const auto& name : call.state->shared->config->policies.headers) {
        if (const auto value = call.head.find(name); !value.empty()) {
            policies.headers.emplace_back(name, value);
        }
    }
    policies.facts.headers = policies.headers;
}

}  // namespace

void pin_policies(Worker& worker, Call& call, PrincipalPtr principal) {
    auto made = std::make_unique<CallPolicies>();
    made->pinned = worker.policies();
    made->principal = std::move(principal);
    const auto caller = caller_of(call, *made->principal);
    choose(*made, unit_of(caller, call));
    if (made->bundle == nullptr) {
        return;
    }
    auto& facts = made->facts;
    facts.organization = caller.organization;
    facts.team = caller.team;
    facts.user = caller.user;
    facts.key = caller.key;
    facts.session = caller.session;
    facts.region = caller.region;
    facts.values = made->pinned->values;
    facts.now = worker.services().clock.wall_now();
    for (const auto& [name, value] : made->principal->tags) {
        made->tags.emplace_back(name, value);
    }
    facts.tags = made->tags;
    show_request(call, facts);
    show_headers(call, *made);
    call.trail.row.policy = made->bundle->bundle().hash();
    call.policies = std::move(made);
}

void show_assignments(Call& call) {
    auto& policies = *call.policies;
    policies.assignments.clear();
    for (const auto& each : call.assignments) {
        policies.assignments.emplace_back(each.experiment->name, each.chosen().name);
    }
    policies.facts.assignments = policies.assignments;
    policies.facts.assignments_read = &call.assignments_used;
}

void show_candidates(Call& call, std::span<const catalog::Candidate> candidates) {
    auto& policies = *call.policies;
    policies.candidates.clear();
    for (const auto& each : candidates) {
        const auto& target = *each.target;
        policies.candidates.push_back(
            {target.name, each.model, target.settings->region, static_cast<double>(each.weight)}
        );
    }
    policies.facts.candidates = policies.candidates;
}

void show_providers(Call& call, const Clock& clock) {
    auto& policies = *call.policies;
    const auto& shared = *call.state->shared;
    const auto now = clock.steady_now();
    policies.providers.clear();
    for (const auto& [name, target] : shared.catalog->targets()) {
        const auto& health = *target.health;
        policy::ProviderFacts facts;
        facts.name = name;
        facts.region = target.settings->region;
        facts.healthy = !health.breaker.blocks(now);
        facts.error_rate = health.breaker.error_rate(shared.config->breaker, now);
        facts.latency_ms = std::chrono::duration<double, std::milli>(health.latency.expected(now)).count();
        facts.in_flight = static_cast<std::int64_t>(health.gate.inside());
        policies.providers.push_back(facts);
    }
    policies.facts.providers = policies.providers;
}

}  // namespace aihub::gateway
