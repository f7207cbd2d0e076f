#include "gateway/policy_steps.hpp"

#include "gateway/asked.hpp"
#include "gateway/worker.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

namespace aihub::gateway {

namespace {

using policy::Hook;

constexpr std::size_t kPairsBytesMax = 256;
// Amounts count in trillionths.
constexpr Amount::Units kUnitsOfNano = 1000;

// What the client hears when a hook must not fail and did; the operator's log has the rest.
Error hook_failed() {
    return {Errc::unavailable, "a policy of this gateway failed; try again later", "policy_failed", {}};
}

bool means(const Call& call, Hook hook, policy::OnError wanted) {
    return on_error(call.state->shared->config->policies, call.policies->bundle->bundle(), hook) == wanted;
}

void count_difference(LoopBundle& shadow) {
    shadow.figures().differences.fetch_add(1, std::memory_order_relaxed);
}

// Without the hook a bundle admits everybody.
policy::AdmitDecision admits() {
    policy::AdmitDecision decision;
    decision.allow = true;
    return decision;
}

// For the call; the words of those that admit it are not looked at.
bool differ(const policy::AdmitDecision& left, const policy::AdmitDecision& right) {
    return left.allow != right.allow || left.limit_class != right.limit_class ||
           (!left.allow && left.code != right.code);
}

bool asks(const LoopBundle* bundle, Hook hook) {
    return bundle != nullptr && bundle->has(hook);
}

// What the configuration has for the model, for the hooks that come before the route is made: all of it, whatever is
// healthy or fits, as `admit` may have to know that there is nothing where the call may go.
void show_known_candidates(Call& call) {
    if (call.model.empty()) {
        return;
    }
    auto known = call.state->shared->catalog->resolve(call.model);
    if (known) {
        std::erase_if(*known, [&](const auto& each) { return !takes(*each.target, call.operation); });
        show_candidates(call, *known);
    }
}

void ask_shadow_admit(Worker& worker, Call& call, const policy::AdmitDecision& decided) {
    auto* const shadow = call.policies->shadow;
    if (shadow == nullptr) {
        return;
    }
    const auto other = shadow->has(Hook::admit) ? ask_admit(worker, call, *shadow) : admits();
    if (other && differ(*other, decided)) {
        count_difference(*shadow);
    }
}

// The provider of that name; nullptr: it is configured but not loaded. An error: there is none.
Result<const catalog::Target*> target_of(const Call& call, const std::string& provider) {
    const auto& shared = *call.state->shared;
    const auto found = shared.catalog->targets().find(provider);
    if (found != shared.catalog->targets().end()) {
        return &found->second;
    }
    if (shared.config->providers.contains(provider)) {
        return static_cast<const catalog::Target*>(nullptr);
    }
    return Error{Errc::not_found, "there is no provider \"" + provider + "\""};
}

bool is_same(const catalog::Candidate& candidate, const policy::Candidate& named) {
    return candidate.target->name == named.provider && candidate.model == named.model;
}

// The settings of the configured candidate that it is, or of one at the same provider.
const catalog::Policy* settings_for(
    const policy::Candidate& named, const catalog::Target& target, const std::vector<catalog::Candidate>& configured
) {
    const auto exact = std::ranges::find_if(configured, [&](const auto& each) { return is_same(each, named); });
    if (exact != configured.end()) {
        return exact->policy;
    }
    const auto near = std::ranges::find(configured, &target, &catalog::Candidate::target);
    return near != configured.end() ? near->policy : &target.policy;
}

// `decided` at `target`, with texts and settings that live as long as the call's policies.
catalog::Candidate candidate_of(
    Call& call,
    const policy::Candidate& decided,
    const catalog::Target& target,
    const std::vector<catalog::Candidate>& configured
) {
    auto& policies = *call.policies;
    const auto& named = policies.names.emplace_back(decided);
    catalog::Candidate candidate;
    candidate.target = &target;
    candidate.model = named.model;
    candidate.policy = settings_for(named, target, configured);
    candidate.facts = call.state->shared->config->model_table.find(named.model);
    candidate.attempts_max = named.retries ? static_cast<std::size_t>(*named.retries) + 1 : 0;
    if (named.timeout) {
        auto& own = policies.settings.emplace_back(*candidate.policy);
        own.total = *named.timeout;
        own.first_byte = std::min(own.first_byte, own.total);
        own.idle = std::min(own.idle, own.total);
        own.connect = std::min(own.connect, own.total);
        candidate.policy = &own;
    }
    return candidate;
}

// Each place goes to one of those that are left, by its share of their weights; those of weight 0 come last.
void weigh(std::vector<policy::Candidate>& candidates, Random& random) {
    const auto differs = [&](const auto& each) { return each.weight != candidates.front().weight; };
    if (std::ranges::none_of(candidates, differs)) {
        return;
    }
    for (auto begin = candidates.begin(); begin != candidates.end(); ++begin) {
        double sum = 0;
        for (auto each = begin; each != candidates.end(); ++each) {
            sum += each->weight;
        }
        auto drawn = random.unit() * sum;
        auto taken = begin;
        for (auto each = begin; each != candidates.end() && drawn >= 0 && sum > 0; ++each) {
            if (each->weight > 0) {
                taken = each;
                drawn -= each->weight;
            }
        }
        std::rotate(begin, taken, taken + 1);
    }
}

// Why the gateway cannot follow it; empty: it can.
std::string trouble_with(const Call& call, const policy::RouteDecision& decision) {
    if (!decision.transforms.empty()) {
        return "there is no transform \"" + decision.transforms.front() + "\"; this gateway has none";
    }
    bool usable = false;
    for (const auto& each : decision.candidates) {
        const auto target = target_of(call, each.provider);
        if (!target) {
            return target.error().message;
        }
        usable = usable || (*target != nullptr && takes(**target, call.operation));
    }
    return usable ? std::string() : "no provider that it names takes this kind of request";
}

// The configured route as a decision, to compare others with.
policy::RouteDecision as_decision(const std::vector<catalog::Candidate>& configured) {
    policy::RouteDecision decision;
    for (const auto& each : configured) {
        decision.candidates.push_back(
            {each.target->name, std::string(each.model), static_cast<double>(each.weight), std::nullopt, std::nullopt}
        );
    }
    return decision;
}

void ask_shadow_route(
    Worker& worker,
    Call& call,
    const std::optional<policy::RouteDecision>& decided,
    const std::vector<catalog::Candidate>& configured
) {
    auto* const shadow = call.policies->shadow;
    if (shadow == nullptr || (!shadow->has(Hook::route) && !decided)) {
        return;
    }
    const auto check = [&](const policy::RouteDecision& decision) { return trouble_with(call, decision); };
    // What it reads decides nothing.
    auto* const read = std::exchange(call.policies->facts.assignments_read, nullptr);
    const auto other = shadow->has(Hook::route) ? ask_route(worker, call, *shadow, check) : as_decision(configured);
    call.policies->facts.assignments_read = read;
    if (other && *other != decided.value_or(as_decision(configured))) {
        count_difference(*shadow);
    }
}

// Where `decided` stands in the route, to which it is added when it may; nullptr: it cannot be tried.
const catalog::Candidate* place_of(Call& call, const policy::Candidate& decided) {
    auto* const route = call.policies->route;
    const auto found = std::ranges::find_if(*route, [&](const auto& each) { return is_same(each, decided); });
    if (found != route->end()) {
        return &*found;
    }
    const auto target = target_of(call, decided.provider);
    // It must not move: attempts view its candidates.
    if (!target || *target == nullptr || !takes(**target, call.operation) || route->size() == route->capacity()) {
        return nullptr;
    }
    route->push_back(candidate_of(call, decided, **target, *route));
    return &route->back();
}

// "2026-11-22T06:04:01Z"
std::string utc_text(WallTime time) {
    const auto seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

// Answers with images pass as they are, so nobody counts them: a price that needs their number fails, and the call is
// unrated.
constexpr std::int64_t kNotKnown = -1;

policy::UsageFacts usage_of(const model::UsageRow& row) {
    const auto count = [](const std::optional<std::uint64_t>& said) {
        return static_cast<std::int64_t>(said.value_or(0));
    };
    const auto& usage = row.usage;
    policy::UsageFacts facts;
    facts.provider = row.provider;
    facts.model = row.model_used;
    facts.operation = row.operation;
    facts.known = usage.known() || usage.audio_ms.has_value();
    facts.input_tokens = count(usage.input);
    facts.output_tokens = count(usage.output);
    facts.cache_read_tokens = count(usage.cache_read);
    facts.cache_write_tokens = count(usage.cache_write);
    facts.cache_write_1h_tokens = count(usage.cache_write_1h);
    facts.reasoning_tokens = count(usage.reasoning);
    facts.audio_tokens = count(usage.audio);
    facts.audio_ms = count(usage.audio_ms);
    if (row.operation.starts_with("images_")) {
        facts.images = kNotKnown;
    }
    return facts;
}

policy::QuoteFacts quote_of(const Call& call, std::string_view started_at) {
    const auto& known = call.policies->facts;
    policy::QuoteFacts facts;
    facts.organization = known.organization;
    facts.team = known.team;
    facts.user = known.user;
    facts.key = known.key;
    facts.model = known.model;
    facts.currency = call.state->shared->config->policies.currency;
    facts.started_at = started_at;
    facts.tags = known.tags;
    facts.assignments = known.assignments;
    return facts;
}

void append_safe(std::string& out, std::string_view text) {
    for (const char c : text) {
        const bool bad = c == ',' || c == '=' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
        out += bad ? '_' : c;
    }
}

void label(Worker& worker, Call& call, std::chrono::nanoseconds duration) {
    auto& row = call.trail.row;
    policy::OutcomeFacts outcome;
    outcome.provider = row.provider;
    outcome.model = row.model_used;
    outcome.error_kind = row.outcome == model::Outcome::completed ? std::string_view() : outcome_name(row.outcome);
    outcome.status = row.status;
    outcome.input_tokens = static_cast<std::int64_t>(row.usage.input.value_or(0));
    outcome.output_tokens = static_cast<std::int64_t>(row.usage.output.value_or(0));
    outcome.duration_ms = std::chrono::duration<double, std::milli>(duration).count();
    show_assignments(call);
    call.policies->facts.assignments_read = nullptr;  // A label changes nothing for the caller.
    if (const auto decision = ask_label(worker, call, outcome)) {
        row.labels = listed_pairs(decision->labels);
    }
}

}  // namespace

Result<std::string> admit_by_policy(Worker& worker, Call& call) {
    auto& policies = *call.policies;
    if (asks(policies.bundle, Hook::admit) || asks(policies.shadow, Hook::admit)) {
        show_known_candidates(call);
    }
    auto decision = admits();
    if (policies.bundle->has(Hook::admit)) {
        auto said = ask_admit(worker, call, *policies.bundle);
        if (!said && means(call, Hook::admit, policy::OnError::refuse)) {
            return hook_failed();
        }
        decision = std::move(said).value_or(admits());
    }
    ask_shadow_admit(worker, call, decision);
    if (decision.allow) {
        return std::move(decision.limit_class);
    }
    policies.denied = true;
    return Error{Errc::forbidden, decision.message, decision.code, {}};
}

ExperimentWord experiments_by_policy(Worker& worker, Call& call) {
    auto& bundle = *call.policies->bundle;
    if (!bundle.has(Hook::experiment)) {
        return {};
    }
    const auto check = [&](const policy::ExperimentDecision& made) {
        return experiment::trouble_with(made, call.state->shared->config->experiments);
    };
    auto decision = ask_experiment(worker, call, bundle, check);
    if (!decision) {
        return {means(call, Hook::experiment, policy::OnError::control), {}};
    }
    return {false, *std::move(decision)};
}

Result<std::vector<catalog::Candidate>> route_by_policy(
    Worker& worker, Call& call, std::vector<catalog::Candidate> configured
) {
    auto& policies = *call.policies;
    const bool may_fall = policies.bundle->has(Hook::fallback);
    const bool asked = asks(policies.bundle, Hook::route);
    if (call.model.empty() || (!asked && !may_fall && !asks(policies.shadow, Hook::route))) {
        return configured;  // Without a name of a model the client has chosen the provider.
    }
    show_assignments(call);
    show_candidates(call, configured);
    show_providers(call, worker.services().clock);
    std::optional<policy::RouteDecision> decision;
    if (asked) {
        const auto check = [&](const policy::RouteDecision& made) { return trouble_with(call, made); };
        decision = ask_route(worker, call, *policies.bundle, check);
        if (!decision && means(call, Hook::route, policy::OnError::refuse)) {
            return hook_failed();
        }
    }
    ask_shadow_route(worker, call, decision, configured);
    std::vector<catalog::Candidate> route;
    route.reserve(std::max(configured.size(), policy::kCandidatesMax) + (may_fall ? kFallbacksMax : 0));
    if (decision) {
        if (decision->weighted) {
            weigh(decision->candidates, worker.random());
        }
        for (const auto& each : decision->candidates) {
            const auto target = target_of(call, each.provider);
            if (target && *target != nullptr && takes(**target, call.operation)) {
                route.push_back(candidate_of(call, each, **target, configured));
            }
        }
    } else {
        route = configured;
    }
    return route;
}

FallbackWord fallback_by_policy(
    Worker& worker, Call& call, const catalog::Candidate& failed, const capability::Failure& failure
) {
    auto& policies = *call.policies;
    if (policies.route == nullptr || !policies.bundle->has(Hook::fallback)) {
        return {};
    }
    policy::AttemptFacts facts;
    facts.provider = failed.target->name;
    facts.model = failed.model;
    facts.kind = catalog::failure_name(failure.kind);
    facts.status = failure.http_status;
    facts.attempts = call.trail.row.attempts;
    policies.facts.attempt = facts.attempts + 1;
    show_candidates(call, *policies.route);
    show_providers(call, worker.services().clock);
    FallbackWord word;
    const auto check = [&](const policy::FallbackDecision& decision) -> std::string {
        word.next = decision.next ? place_of(call, *decision.next) : nullptr;
        const bool good = !decision.next || word.next != nullptr;
        return good ? "" : decision.next->provider + " with " + decision.next->model + " is no candidate for this call";
    };
    const auto decision = ask_fallback(worker, call, facts, check);
    word.stop = decision ? !decision->next : means(call, Hook::fallback, policy::OnError::refuse);
    return word;
}

void rate_by_policy(Worker& worker, Call& call, model::UsageRow& row) {
    auto& policies = *call.policies;
    if (!policies.bundle->has(Hook::price)) {
        return;
    }
    show_assignments(call);
    const auto started_at = utc_text(policies.facts.now);
    const auto decision = ask_price(worker, call, {usage_of(row), quote_of(call, started_at)});
    row.rating = decision ? "rated" : "unrated";
    if (!decision) {
        return;
    }
    row.amount = decision->total.text();
    row.currency = decision->currency;
    const auto nanos = decision->total.units() / kUnitsOfNano;
    policies.bundle->figures().cost_nanos.fetch_add(static_cast<std::uint64_t>(nanos), std::memory_order_relaxed);
}

void record_policies(Worker& worker, Call& call, std::chrono::nanoseconds duration) {
    auto& policies = *call.policies;
    if (policies.bundle->has(Hook::label)) {
        label(worker, call, duration);
    }
    using model::Outcome;
    const auto outcome = call.trail.row.outcome;
    const bool failed =
        outcome == Outcome::upstream_error || outcome == Outcome::timeout || outcome == Outcome::internal_error;
    auto& figures = policies.bundle->figures();
    figures.calls.fetch_add(1, std::memory_order_relaxed);
    figures.failed_calls.fetch_add(failed ? 1 : 0, std::memory_order_relaxed);
    figures.denied.fetch_add(policies.denied ? 1 : 0, std::memory_order_relaxed);
    figures.add_duration(std::chrono::duration_cast<std::chrono::microseconds>(duration));
}

std::string listed_pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) {
        if (out.size() + name.size() + value.size() + 2 > kPairsBytesMax) {
            continue;
        }
        out += out.empty() ? "" : ",";
        append_safe(out, name);
        out += '=';
        append_safe(out, value);
    }
    return out;
}

}  // namespace aihub::gateway
